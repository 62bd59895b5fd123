"""The cases: what the proxy is asked to carry, and by which load generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tool = Literal["wrk", "h2load", "bulk"]
CONNECTIONS = 64
RESPONSE_BYTES = 1024
TEXT_PATH = "/text"
TEXT_BYTES = 10 * 1024
EDGE_HOSTS = 50
EDGE_ROUTES = 20
EVERYBODY = ("voyant", "envoy", "nginx", "haproxy")
BY_BOOTSTRAP = ("voyant", "envoy")


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of load. `tcp` asks for a TCP proxy, `http2` for HTTP/2 from the client."""

    name: str
    title: str
    tool: Tool
    tcp: bool = False
    http2: bool = False
    close: bool = False
    edge: bool = False
    gzip: bool = False
    proxies: tuple[str, ...] = EVERYBODY
    path: str = "/"
    headers: tuple[str, ...] = ()
    upload: bool = False


CASES = {
    case.name: case
    for case in (
        Case("http1", "HTTP/1.1, keep-alive", "wrk"),
        Case("http2", "HTTP/2 cleartext in, HTTP/1.1 out (4 x 16)", "h2load", http2=True),
        Case("tcp", "TCP proxy, carrying the HTTP/1.1 load", "wrk", tcp=True),
        Case("connect", "HTTP/1.1, a new connection each request", "wrk", close=True),
        Case(
            "edge",
            f"HTTP/1.1 at an edge: {EDGE_HOSTS} virtual hosts x {EDGE_ROUTES} routes, JSON access"
            " log, header mutation, cors, local_ratelimit",
            "wrk",
            edge=True,
            proxies=BY_BOOTSTRAP,
            path=f"/service-{EDGE_ROUTES - 1}/x",
            headers=(f"Host: service-{EDGE_HOSTS - 1}.example.com",),
        ),
        Case(
            "gzip",
            f"compressor, gzip: {TEXT_BYTES // 1024} KiB of text",
            "wrk",
            gzip=True,
            proxies=BY_BOOTSTRAP,
            path=TEXT_PATH,
            headers=("Accept-Encoding: gzip",),
        ),
        Case("download", "a body of 1 GiB to the client; a request is 1 MiB", "bulk"),
        Case("upload", "a body of 1 GiB from the client; a request is 1 MiB", "bulk", upload=True),
    )
}
