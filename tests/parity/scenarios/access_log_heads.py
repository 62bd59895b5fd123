"""Sizes of heads and bytes on the wire in log lines of odd heads, redirects and tunnels."""

import json

from tests.parity.config import access_log, bootstrap, cluster, http, text_format
from tests.parity.scenario import Case, Group, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Heads, Messages, Settle

_FORMAT = (
    "%ACCESS_LOG_TYPE% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS%"
    " heads %REQUEST_HEADERS_BYTES% %RESPONSE_HEADERS_BYTES%"
    " rx %BYTES_RECEIVED% %DOWNSTREAM_WIRE_BYTES_RECEIVED% %DOWNSTREAM_HEADER_BYTES_RECEIVED%"
    " tx %BYTES_SENT% %DOWNSTREAM_WIRE_BYTES_SENT% %DOWNSTREAM_HEADER_BYTES_SENT%"
    " up rx %UPSTREAM_WIRE_BYTES_RECEIVED% %UPSTREAM_HEADER_BYTES_RECEIVED%"
    " tx %UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_HEADER_BYTES_SENT%\n"
)
_LOG = {
    "access_log": access_log("$dir/http.log", text_format(_FORMAT)),
    "access_log_options": {"flush_log_on_tunnel_successfully_established": True},
    "upgrade_configs": [{"upgrade_type": "websocket"}, {"upgrade_type": "CONNECT"}],
}
_ROUTES = """
- match: {prefix: /redirected}
  route: {cluster: up, internal_redirect_policy: {max_internal_redirects: 1}}
- match: {connect_matcher: {}}
  route: {cluster: up}
- {match: {prefix: /}, route: {cluster: up}}
"""
_UPGRADE = ("Connection: upgrade", "Upgrade: websocket")
_SWITCHED = b"HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"


def _to(path: str) -> bytes:
    return response("302 Found", f"location: http://a.test{path}")


CASES = [
    Case("absolute_url", [get("http://a.test/b"), Messages(1)]),
    Case("absolute_url_of_another_host", [get("http://longer.test/b"), Messages(1)]),
    Case("absolute_url_of_a_port", [get("http://a.test:80/b?c"), Messages(1)]),
    Case("two_hosts", [get("/b", "Host: b.test"), Messages(1)]),
    Case(
        "connect",
        [request("CONNECT a.test:80 HTTP/1.1", "Host: a.test:80"), Heads(1), Finish("close")],
        [Reply(b"HTTP/1.1 200 OK\r\n\r\n", when="head")],
    ),
    Case("too_large", [get("/b", "x-a: b", "x-c: " + "d" * 62000), Ended()]),
    Case("redirected", [get("/redirected", "x-a: b"), Messages(1)], [_to("/2"), response()]),
    Case(
        "redirected_too_often",
        [get("/redirected", "x-a: b"), Messages(1)],
        [_to("/redirected/2"), _to("/redirected/3")],
    ),
    Case(
        "redirected_nowhere",
        [get("/redirected", "x-a: b"), Messages(1)],
        [response("302 Found", "location: nowhere")],
    ),
    Case(
        "upgraded",
        [get("/b", *_UPGRADE), Heads(1), Settle(), b"hi", Settle(), Finish("close"), Ended("up")],
        [Reply(_SWITCHED, when="head")],
    ),
]
GROUP = Group(
    bootstrap([http(routes=_ROUTES, hcm=json.dumps(_LOG), plain=True)], [cluster()]),
    CASES,
)
