"""Absolute-form targets of `https` on a connection without TLS, at the edge and behind it."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, request
from tests.parity.steps import Answered

_EDGES = {
    "edge": "use_remote_address: true",
    "behind_a_hop": "use_remote_address: true, xff_num_trusted_hops: 1",
    "inside": "use_remote_address: false",
    "without_url": "use_remote_address: true, http_protocol_options: {allow_absolute_url: false}",
    "told": "use_remote_address: true, scheme_header_transformation: {scheme_to_overwrite: https}",
    "keeping": "use_remote_address: true, stream_error_on_invalid_http_message: true",
}


def _listener(name: str, fields: str) -> Node:
    return http(name, hcm="{" + fields + "}")


def _cases(name: str) -> list[Case]:
    sent = {
        "https": request("GET https://b.test/p HTTP/1.1", "Host: a.test"),
        "capitals": request("GET HTTPS://b.test/p HTTP/1.1", "Host: a.test"),
        "http": request("GET http://b.test/p HTTP/1.1", "Host: a.test"),
        "older": request("GET https://b.test/p HTTP/1.0", "Host: a.test"),
        "post": request(
            "POST https://b.test/p HTTP/1.1", "Host: a.test", "Content-Length: 2", body=b"hi"
        ),
        "told_https": request(
            "GET https://b.test/p HTTP/1.1", "Host: a.test", "X-Forwarded-Proto: https"
        ),
    }
    return [
        Case(
            f"{name}_{kind}",
            [data, Answered()],
            listener=name,
            stats=[
                f"http.{name}.downstream_rq_4xx",
                f"http.{name}.downstream_cx_protocol_error",
                f"http.{name}.downstream_rq_rx_reset",
            ],
        )
        for kind, data in sent.items()
    ]


GROUP = Group(
    bootstrap([_listener(name, fields) for name, fields in _EDGES.items()], [cluster()]),
    [case for name in _EDGES for case in _cases(name)],
)
