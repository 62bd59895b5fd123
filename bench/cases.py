"""The cases: what the proxy is asked to carry, and by which load generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tool = Literal["wrk", "h2load"]
CONNECTIONS = 64
RESPONSE_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of load. `tcp` asks for a TCP proxy, `http2` for HTTP/2 from the client."""

    name: str
    title: str
    tool: Tool
    tcp: bool = False
    http2: bool = False
    close: bool = False


CASES = {
    case.name: case
    for case in (
        Case("http1", "HTTP/1.1, keep-alive", "wrk"),
        Case("http2", "HTTP/2 cleartext in, HTTP/1.1 out (4 x 16)", "h2load", http2=True),
        Case("tcp", "TCP proxy, carrying the HTTP/1.1 load", "wrk", tcp=True),
        Case("connect", "HTTP/1.1, a new connection each request", "wrk", close=True),
    )
}
