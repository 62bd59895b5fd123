"""What `local_reply_config` makes of the proxy's own answers."""

import json

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, request, response
from tests.parity.steps import Ended, Step

_ROUTES = """
- {match: {prefix: /direct}, direct_response: {status: 404, body: {inline_string: dir}}}
- match: {prefix: /typed}
  direct_response: {status: 404, body: {inline_string: dir}}
  response_headers_to_add: [{header: {key: content-type, value: a/b}}]
- {match: {prefix: /redirect}, redirect: {host_redirect: z.test}}
- {match: {prefix: /nowhere}, route: {cluster_header: x-to}}
- {match: {prefix: /up}, route: {cluster: up}}
"""
_ADDED = "{response_headers_to_add: [{header: {key: x-v, value: v}}]}"


def _listener(name: str, **config: object) -> Node:
    hcm = json.dumps({"local_reply_config": config})
    return http(name, routes=_ROUTES, route_config=_ADDED, hcm=hcm)


def _text(text: str, **fields: object) -> Node:
    return {"text_format_source": {"inline_string": text}, **fields}


def _status(op: str, status: int) -> Node:
    value = {"default_value": status, "runtime_key": "none"}
    return {"status_code_filter": {"comparison": {"op": op, "value": value}}}


def _header(value: str) -> Node:
    return {"header_filter": {"header": {"name": "x-t", "string_match": {"exact": value}}}}


def _add(key: str, value: str, action: str = "APPEND_IF_EXISTS_OR_ADD") -> Node:
    return {"header": {"key": key, "value": value}, "append_action": action}


_OVERWRITE = "OVERWRITE_IF_EXISTS_OR_ADD"
_MAPPERS: list[Node] = [
    {
        "filter": _header("1"),
        "status_code": 418,
        "body": {"inline_string": "raw %RESPONSE_CODE%"},
        "headers_to_add": [
            _add("x-m", "%RESPONSE_CODE%-%LOCAL_REPLY_BODY%"),
            _add("x-v", "over", _OVERWRITE),
            _add("content-type", "a/b", _OVERWRITE),
        ],
    },
    {
        "filter": _header("2"),
        "status_code": 200,
        "body": {"inline_string": "mapped"},
        "body_format_override": _text("o %LOCAL_REPLY_BODY% %RESPONSE_CODE%", content_type="x/y"),
    },
    {"filter": _header("3"), "body_format_override": {"json_format": {"b": "%LOCAL_REPLY_BODY%"}}},
    {"filter": _header("4"), "status_code": 429},
    {"filter": _header("5"), "body": {"inline_string": ""}},
    {"filter": {"and_filter": {"filters": [_status("EQ", 503), _header("6")]}}, "status_code": 500},
    {"filter": {"or_filter": {"filters": [_header("7"), _header("8")]}}, "status_code": 500},
    {"filter": _status("EQ", 503), "status_code": 599, "body": {"inline_string": "503!"}},
    {"filter": {"response_flag_filter": {"flags": ["NR"]}}, "body": {"inline_string": "NR!"}},
    {"filter": _status("GE", 400), "headers_to_add": [_add("x-ge", "1")]},
]
_JSON: Node = {
    "b": "%LOCAL_REPLY_BODY%",
    "code": "%RESPONSE_CODE%",
    "m": "%REQUEST_HEADER(x-missing)%",
    "n": {"z": "1", "a": "%PROTOCOL%", "l": [1.5, True, None]},
}
_FIELDS = (
    "<%LOCAL_REPLY_BODY%> %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% "
    "%REQUEST_HEADER(:PATH)% %RESPONSE_HEADER(x-v)% %RESPONSE_HEADER(content-type)%\n"
)
_FORMATS: dict[str, Node] = {
    "text": _text(_FIELDS),
    "html": _text("<b>%LOCAL_REPLY_BODY%</b>", content_type="text/html; charset=UTF-8"),
    "json": {"json_format": _JSON},
    "problem": {
        "json_format": {"b": "%LOCAL_REPLY_BODY%"},
        "content_type": "application/problem+json",
    },
    "omit": _text("[%REQUEST_HEADER(x-missing)%]", omit_empty_values=True),
    "omit_json": {"json_format": _JSON, "omit_empty_values": True},
    "empty": _text(""),
    "as_it_is": _text("%LOCAL_REPLY_BODY%"),
}
_GRPC = "Content-Type: application/grpc"
_REQUESTS: dict[str, list[bytes | Step]] = {
    "no_route": [get("/none")],
    "direct": [get("/direct")],
    "typed": [get("/typed")],
    "redirect": [get("/redirect")],
    "no_cluster": [get("/nowhere", "x-to: none")],
    "grpc": [get("/none", _GRPC)],
    "bad_path": [get("/x#y"), Ended()],
    "bad_request": [request("GET / HTTP/1.1", "Host: a", "Content-Length: x"), Ended()],
    "head": [get("/none", method="HEAD")],
    "upstream": [get("/up")],
}
CASES = [
    *(
        Case(f"{name}_{kind}", steps, listener=name, replies=[response("404 Not Found")])
        for name in _FORMATS
        for kind, steps in _REQUESTS.items()
    ),
    *(
        Case(f"mapped_{number}_{kind}", [get(path, f"x-t: {number}", *more)], listener="mapped")
        for number in range(1, 9)
        for kind, path, more in [
            ("no_cluster", "/nowhere", ["x-to: none"]),
            ("direct", "/direct", []),
            ("grpc", "/none", [_GRPC]),
        ]
    ),
    *(
        Case(f"mapped_{kind}", steps, listener="mapped", replies=[response("503 No")])
        for kind, steps in _REQUESTS.items()
    ),
    *(
        Case(
            f"recoded_{kind}",
            steps,
            listener="recoded",
            stats=[f"http.recoded.downstream_rq_{digit}xx" for digit in "245"],
        )
        for kind, steps in _REQUESTS.items()
        if kind in ("no_route", "bad_path", "bad_request", "grpc", "direct")
    ),
]
GROUP = Group(
    bootstrap(
        [
            *(_listener(name, body_format=form) for name, form in _FORMATS.items()),
            _listener("mapped", mappers=_MAPPERS, body_format=_text("F(%LOCAL_REPLY_BODY%)")),
            _listener(
                "recoded",
                mappers=[
                    {
                        "filter": _status("EQ", 400),
                        "status_code": 401,
                        "body": {"inline_string": "bad"},
                    },
                    {"filter": _status("EQ", 404), "status_code": 400},
                ],
            ),
        ],
        [cluster()],
    ),
    CASES,
)
