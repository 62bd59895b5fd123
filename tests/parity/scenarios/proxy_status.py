"""The `proxy-status` header (RFC 9209) by what went wrong."""

import json

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Heads, Messages, Send, Step

_ROUTES = """
- {match: {prefix: /dead}, route: {cluster: dead}}
- {match: {prefix: /nowhere}, route: {cluster_header: x-to}}
- {match: {prefix: /slow}, route: {cluster: up, timeout: 0.05s}}
- {match: {prefix: /idle}, route: {cluster: up, idle_timeout: 0.05s}}
- {match: {prefix: /full}, route: {cluster: full}}
- {match: {prefix: /empty}, route: {cluster: empty}}
- {match: {prefix: /direct}, direct_response: {status: 503}}
- {match: {path: /}, route: {cluster: up}}
"""


def _listener(name: str, config: Node, **fields: object) -> Node:
    return http(name, routes=_ROUTES, hcm=json.dumps({"proxy_status_config": config, **fields}))


_NONE: Node = {"endpoints": []}
_ON: dict[str, list[bytes | Step]] = {
    "a_good_answer": [get()],
    "a_direct_response": [get("/direct")],
    "no_route": [get("/none")],
    "no_cluster": [get("/nowhere", "x-to: none")],
    "no_cluster_named": [get("/nowhere")],
    "no_host": [get("/empty")],
    "a_refused_connection": [get("/dead")],
    "a_timeout": [get("/slow"), Messages(1)],
    "an_idle_stream": [get("/idle"), Messages(1)],
    "an_open_breaker": [get("/full")],
    "an_early_end": [get(), Heads(1, "up"), Finish("close", "up")],
    "a_reset": [get(), Heads(1, "up"), Finish("reset", "up")],
    "garbage": [get(), Heads(1, "up"), Send(b"garbage\r\n\r\n", "up")],
    "a_bad_request": [request("GET / HTTP/1.1", "Host: a", "Content-Length: x"), Ended()],
    "a_bad_path": [get("/x#y"), Ended()],
    "no_host_header": [request("GET / HTTP/1.1"), Ended()],
}
_WAITS = {"a_timeout", "an_idle_stream", "an_early_end", "a_reset", "garbage"}
_LISTENERS = {
    "plain": _listener("plain", {}),
    "recommended": _listener("recommended", {"set_recommended_response_code": True}),
    "brief": _listener("brief", {"remove_details": True}),
    "flagless": _listener("flagless", {"remove_response_flags": True}),
    "undisturbed": _listener("undisturbed", {"remove_connection_termination_details": True}),
    "node": _listener("node", {"use_node_id": True}),
    "no_node": _listener("no_node", {"use_node_id": False}),
    "named": _listener("named", {"literal_proxy_name": "lit"}, via="v", server_name="srv"),
    "server": _listener("server", {}, server_name="srv"),
}
_MANY = ("plain", "recommended")
CASES = [
    *(
        Case(
            f"{name}_{kind}",
            steps,
            listener=name,
            replies=[Reply(when="never")] if kind in _WAITS else [],
            stats=[f"http.{name}.downstream_rq_{digit}xx" for digit in "245"],
        )
        for name in _MANY
        for kind, steps in _ON.items()
    ),
    *(
        Case(f"{name}_{kind}", _ON[kind], listener=name)
        for name in _LISTENERS
        if name not in _MANY
        for kind in ("no_route", "a_refused_connection", "a_good_answer")
    ),
    Case(
        "another_proxy_has_one",
        [get()],
        replies=[response("200 OK", "Proxy-Status: other; error=x")],
        listener="plain",
    ),
]
_FULL = "circuit_breakers: {thresholds: [{max_requests: 0, max_pending_requests: 0}]}"
GROUP = Group(
    bootstrap(
        list(_LISTENERS.values()),
        [
            cluster(),
            cluster("dead"),
            cluster("full", _FULL, to=["up"]),
            cluster("empty", json.dumps({"load_assignment": {"cluster_name": "empty", **_NONE}})),
        ],
    ),
    CASES,
    upstreams={"up": Server(), "dead": Server("refused")},
)
