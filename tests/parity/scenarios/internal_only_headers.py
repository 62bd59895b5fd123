"""Headers that strangers may not send: ordinary ones, and those a request cannot do without."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, Server, get, post
from tests.parity.steps import Messages, Open, Step
from tests.parity.steps_h2 import Headers, StreamDone

_HOSTS = """
- name: named
  domains: [a.test]
  routes:
  - {match: {prefix: /}, direct_response: {status: 200, body: {inline_string: named}}}
- name: all
  domains: ["*"]
  routes:
  - {match: {prefix: /asks, headers: [{name: host, present_match: true}]}, route: {cluster: up}}
  - {match: {prefix: /moved}, redirect: {https_redirect: true}}
  - {match: {prefix: /rewritten}, route: {cluster: up, host_rewrite_literal: new.test}}
  - {match: {prefix: /two}, route: {cluster: two}}
  - {match: {prefix: /}, route: {cluster: up, append_x_forwarded_host: true}}
"""
_NAMES = {
    "ordinary": "X-A",
    "host": "Host",
    "authority": ":authority",
    "alone": "host",
    "scheme": ":scheme",
    "length": "content-length",
    "id": "x-request-id",
}


_ALONE = _HOSTS[_HOSTS.index("- name: all") :]


def _listener(name: str, header: str) -> Node:
    return http(
        name,
        virtual_hosts=_ALONE if name in {"alone", "scheme"} else _HOSTS,
        route_config=f"internal_only_headers: ['{header}']",
        hcm="{generate_request_id: true}",
    )


def _over_http2(path: str) -> list[Step]:
    return [Open(protocol="h2"), Headers(fields(path), end=True), StreamDone()]


def _cases(name: str) -> list[Case]:
    paths = ("/", "/asks", "/moved", "/rewritten", "/two")
    return [
        Case(f"{name}_get_named", [get("/", "x-a: 1"), Messages()], listener=name),
        *(
            Case(
                f"{name}_get_{path[1:] or 'any'}",
                [get(path, "x-a: 1", host="b.test:80"), Messages()],
                listener=name,
            )
            for path in paths
        ),
        Case(
            f"{name}_post",
            [post("/", b"hello", "x-a: 1", host="b.test"), Messages()],
            listener=name,
        ),
        *(
            Case(f"{name}_http2_{path[1:] or 'any'}", _over_http2(path), listener=name)
            for path in paths
        ),
    ]


GROUP = Group(
    bootstrap(
        [_listener(name, header) for name, header in _NAMES.items()],
        [cluster(), cluster("two", h2=True)],
    ),
    [case for name in _NAMES for case in _cases(name)],
    upstreams={"up": Server(), "two": Server("h2")},
)
