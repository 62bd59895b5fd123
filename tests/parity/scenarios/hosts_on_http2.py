"""Which hosts a request of HTTP/2 may name, by `:authority`, by `host`, and by both."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import Fields
from tests.parity.scenario import Case, Group
from tests.parity.steps import Answered, Settle
from tests.parity.steps_h2 import Headers

_HOSTS = {
    "a_name": "b.test",
    "a_port": "b.test:80",
    "an_odd_port": "b:99999",
    "no_port": "b:",
    "an_address": "[::1]:80",
    "a_half_address": "[::1",
    "capitals": "B.Test",
    "an_underscore": "a_b",
    "a_space": "a b",
    "a_slash": "a/b",
    "a_question": "a?b",
    "a_user": "u@b",
    "a_quote": 'a"b',
    "an_angle": "a<b",
    "a_percent": "a%20b",
    "a_brace": "a{b",
    "a_bar": "a|b",
    "a_caret": "a^b",
    "a_backslash": "a\\b",
    "other_signs": "!$&'()*+,;=~-",
    "a_hash": "a#b",
    "a_high_byte": "a\xe9b",
    "a_comma": "a,b",
    "nothing": "",
}


def _head(authority: str | None, host: str | None) -> Fields:
    pseudo = ((":method", "GET"), (":scheme", "http"), (":path", "/"))
    named = () if authority is None else ((":authority", authority),)
    return (*pseudo, *named, *(() if host is None else (("host", host),)))


def _forms(host: str) -> dict[str, Fields]:
    return {
        "authority": _head(host, None),
        "host": _head(None, host),
        "both": _head("a.test", host),
    }


_STATS = [
    *(f"http.http.downstream_rq_{name}" for name in ("total", "2xx", "4xx", "rx_reset")),
    *("http2.rx_messaging_error", "http2.tx_reset"),
]
CASES = [
    Case(
        f"{form}_{name}",
        [Headers(head, end=True), Answered(), Settle()],
        protocol="h2",
        stats=_STATS,
    )
    for name, host in _HOSTS.items()
    for form, head in _forms(host).items()
]
GROUP = Group(
    bootstrap([http(plain=True, hcm="stream_error_on_invalid_http_message: true")], [cluster()]),
    CASES,
)
