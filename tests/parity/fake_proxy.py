"""A stand-in for a proxy, for the tests of the harness: Envoy's flags, little behind them.

A listener with a cluster joins bytes both ways; one without answers every request with 200.
Every connection adds a line to `fake.log` beside the configuration.
"""

import json
import re
import socket
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

_counted = {"listener.tcp.downstream_cx_total": 0}


def _answer(sock: socket.socket, reply: bytes, asked: bytes = b"") -> None:
    while True:
        while b"\r\n\r\n" not in asked:
            data = sock.recv(65536)
            if not data:
                sock.close()
                return
            asked += data
        _, _, asked = asked.partition(b"\r\n\r\n")
        sock.sendall(reply)


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        target.close()


def _join(client: socket.socket, port: int, log: Path) -> None:
    _counted["listener.tcp.downstream_cx_total"] += 1
    upstream = socket.create_connection(("127.0.0.1", port))
    back = threading.Thread(target=_copy, args=(upstream, client), daemon=True)
    back.start()
    _copy(client, upstream)
    back.join()
    client.close()
    upstream.close()
    with log.open("a") as lines:
        lines.write("joined\n")


def _admin(sock: socket.socket, listeners: dict[str, Any]) -> None:
    asked = sock.makefile("rb")
    while line := asked.readline():
        while asked.readline().strip():
            pass
        path = line.split()[1].decode()
        wanted = re.compile(unquote(path.partition("filter=")[2]))
        body = "".join(f"{k}: {v}\n" for k, v in _counted.items() if wanted.search(k))
        if path.startswith("/listeners"):
            body = json.dumps({"listener_statuses": list(listeners.values())})
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n"
        sock.sendall((head + body).encode())


def _serve(listener: socket.socket, *target: Any) -> None:  # noqa: ANN401
    function, *rest = target
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=function, args=(sock, *rest), daemon=True).start()


def main() -> None:
    flags = dict(zip(sys.argv[1:], sys.argv[2:], strict=False))
    config = yaml.safe_load(Path(flags["-c"]).read_text())["static_resources"]
    ports = {
        c["name"]: c["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]
        for c in config["clusters"]
    }
    statuses: dict[str, Any] = {}
    for node in config["listeners"]:
        listener = socket.create_server(("127.0.0.1", 0))
        host, port = listener.getsockname()
        address = {"socket_address": {"address": host, "port_value": port}}
        statuses[node["name"]] = {"name": node["name"], "local_address": address}
        ok = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
        to = [_answer, ok]
        if node["name"] == "tcp":
            upstream = ports["up"]["socket_address"]["port_value"]
            to = [_join, upstream, Path(flags["-c"]).with_name("fake.log")]
        threading.Thread(target=_serve, args=(listener, *to), daemon=True).start()
    admin = socket.create_server(("127.0.0.1", 0))
    Path(flags["--admin-address-path"]).write_text("{}:{}".format(*admin.getsockname()))
    _serve(admin, _admin, statuses)


if __name__ == "__main__":
    main()
