"""What a scenario file holds: one proxy configuration, and the cases played on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.parity.config import Node
from tests.parity.http2 import H2Reply
from tests.parity.sessions import Reply
from tests.parity.steps import Send, Step

Replies = Sequence[bytes | Reply | H2Reply]


@dataclass(frozen=True)
class Loose:
    """A stretch of a transcript that may differ, and why; `only` limits it to sections.

    A line that is shown as `<dropped>` is left out.
    """

    pattern: str
    shown: str
    reason: str
    only: str = ""


@dataclass(frozen=True)
class Case:
    """One script and what it compares.

    Compared always: what every client received, what every upstream connection received, how
    each ended, and the lines of the access logs. Compared when named: statistics (counters by
    how much they grew in this case, gauges by their value after it).
    """

    name: str
    steps: Sequence[bytes | Step]
    replies: Replies | Mapping[str, Replies] = ()
    stats: Sequence[str] = ()
    listener: str = ""
    protocol: str = ""
    loose: Sequence[Loose] = ()
    any_header_order: str = ""
    any_upstream_order: str = ""
    resets_count: bool = False

    def script(self) -> list[Step]:
        return [Send(step) if isinstance(step, bytes) else step for step in self.steps]

    def replies_of(self, upstream: str, default: str) -> list[Reply | H2Reply]:
        replies: Replies = ()
        if isinstance(self.replies, Mapping):
            replies = self.replies.get(upstream, ())
        elif upstream == default:
            replies = self.replies
        return [Reply(r) if isinstance(r, bytes) else r for r in replies]


@dataclass(frozen=True)
class Server:
    """A scripted upstream: `h1`, `h2`, `tcp`; or `refused` (bound, not listening)
    or `silent` (its accept queue is full, so connecting takes for ever)."""

    protocol: str = "h1"
    settings: Mapping[int, int] = field(default_factory=dict)
    unix: bool = False


@dataclass(frozen=True)
class Group:
    """Cases that share a configuration and, unless `fresh`, one proxy process.

    In the configuration `$name` stands for the port of the upstream `name` (its path, if it
    is a Unix socket) and `$dir` for a directory of the group's own.
    """

    config: Node
    cases: Sequence[Case]
    upstreams: Mapping[str, Server] = field(default_factory=lambda: {"up": Server()})
    listener: str = "http"
    protocol: str = "h1"
    fresh: bool = False
    barrier: bool = True
    args: Sequence[str] = ()


def get(path: str = "/", *lines: str, host: str = "a.test", method: str = "GET") -> bytes:
    """A request without a body; `lines` are header lines."""
    return request(f"{method} {path} HTTP/1.1", f"Host: {host}", *lines)


def request(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def post(path: str, body: bytes, *lines: str, host: str = "a.test") -> bytes:
    length = f"Content-Length: {len(body)}"
    return request(f"POST {path} HTTP/1.1", f"Host: {host}", length, *lines, body=body)


def response(status: str = "200 OK", *lines: str, body: bytes = b"ok") -> bytes:
    """A response of an upstream with content-length."""
    return request(f"HTTP/1.1 {status}", *lines, f"content-length: {len(body)}", body=body)
