"""The demo's upstreams: each answers with its name and with what it was asked."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Upstream(ThreadingHTTPServer):
    """A named HTTP/1.1 server on loopback; port 0 takes a free one."""

    daemon_threads = True
    # A demo that was just stopped must be able to start again.
    allow_reuse_address = True

    def __init__(self, name: str, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.name = name
        self.port: int = self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that left before its answer is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def start(self) -> Upstream:
        threading.Thread(target=self.serve_forever, name=self.name, daemon=True).start()
        return self

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Any method and path gets one line of text."""

    protocol_version = "HTTP/1.1"
    # Head and body in one write: apart, the second waits for the first one's acknowledgement.
    wbufsize = -1
    server: Upstream

    def version_string(self) -> str:
        return "demo"

    def answer(self) -> None:
        if upgrade := self.headers.get("upgrade"):
            self.switch(upgrade)
            return
        self.read_body()
        body = f"{self.server.name} answers {self.command} {self.path}\n".encode()
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def switch(self, upgrade: str) -> None:
        """What follows is no HTTP any more: one line, and the end."""
        self.send_response(101)
        self.send_header("connection", "upgrade")
        self.send_header("upgrade", upgrade)
        self.end_headers()
        self.wfile.write(f"{self.server.name} speaks {upgrade} at {self.path}\n".encode())
        self.close_connection = True

    def read_body(self) -> None:
        """All of it: an answer that comes first would end the request before its body does."""
        if "transfer-encoding" not in self.headers:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            return
        while size := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
            self.rfile.read(size + len(b"\r\n"))
        while self.rfile.readline().strip():
            pass

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer

    def log_message(self, format: str, *args: object) -> None:
        """The proxy's access log tells the story; a second one would only repeat it."""
