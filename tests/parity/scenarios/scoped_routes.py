"""Route tables that are chosen by a key from the headers, given inline."""

import json

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, response
from tests.parity.steps import Messages

_BUFFER = "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer"
_PER_ROUTE = "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute"
_ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"


def _table(name: str, **fields: object) -> Node:
    body = {"status": 200, "body": {"inline_string": name}}
    routes: list[Node] = [
        {"match": {"prefix": "/own"}, "direct_response": body},
        {"match": {"prefix": f"/{name}"}, "route": {"cluster": "up"}},
        {
            "match": {"prefix": "/moved"},
            "route": {
                "cluster": "up",
                "internal_redirect_policy": {"response_headers_to_copy": ["x-scope"]},
            },
        },
    ]
    host = {"name": name, "domains": ["*"], "routes": routes, **fields}
    return {"name": name, "virtual_hosts": [host], "internal_only_headers": [f"x-of-{name}"]}


def _scope(name: str, *key: str, **fields: object) -> Node:
    fragments = [{"string_key": part} for part in key]
    return {
        "name": name,
        "route_configuration": _table(name, **fields),
        "key": {"fragments": fragments},
    }


def _listener(name: str, *fragments: Node, scopes: list[Node], **hcm: object) -> Node:
    builder = {"fragments": [{"header_value_extractor": each} for each in fragments]}
    listed = {"scoped_route_configurations": scopes}
    routes = {
        "name": "scopes",
        "scope_key_builder": builder,
        "scoped_route_configurations_list": listed,
    }
    fields = json.dumps({"scoped_routes": routes, "route_config": None, **hcm})
    return http(name, hcm=fields)


_NAMED = {"name": "X-Scope", "element_separator": ";", "element": {"separator": "=", "key": "a"}}
_LIMIT = {"@type": _PER_ROUTE, "buffer": {"max_request_bytes": 2}}
_FILTERS = [
    {"name": "buffer", "typed_config": {"@type": _BUFFER, "max_request_bytes": 8}},
    {"name": "router", "typed_config": {"@type": _ROUTER}},
]
_SCOPES = [_scope("one", "1"), _scope("two", "2"), _scope("empty", "")]


def _asks(name: str, *values: str, path: str = "/own") -> list[Case]:
    return [
        Case(f"{name}_{number}", [get(path, f"X-Scope: {value}")], listener=name)
        for number, value in enumerate(values)
    ]


def _post(scope: str, path: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nX-Scope: {scope}\r\nContent-Length: 5\r\n\r\n"
    return head.encode() + b"12345"


_EXTRACT_EARLY = {
    "name": "early",
    "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.http.early_header_mutation"
        ".header_mutation.v3.HeaderMutation",
        "mutations": [
            {
                "append": {
                    "header": {"key": "x-scope", "value": "2"},
                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                }
            }
        ],
    },
}
CASES = [
    *_asks("whole", "1", "2", "3", "", "1;2"),
    *_asks("first", "1;2", "2;1", ";1"),
    *_asks("second", "1;2", "2;1", "1", "1;", "9;1;2"),
    *_asks("named", "a=1", "b=2;a=2", "a", "a=1=2", "aa=1", "a=1;a=2", " a=1"),
    *_asks("both", "1", "2"),
    *_asks("early", "1", "3"),
    *_asks("whole", "1", path="/one")[:1],
    Case("whole_without_the_header", [get("/own")], listener="whole"),
    Case("whole_twice", [get("/own", "X-Scope: 1", "X-Scope: 2")], listener="whole"),
    Case("both_by_host", [get("/own", "X-Scope: 1", host="b.test")], listener="both"),
    Case("not_of_this_scope", [get("/two", "X-Scope: 1")], listener="whole"),
    Case(
        "headers_of_the_scope_are_internal",
        [get("/one", "X-Scope: 1", "X-Of-One: 1", "X-Of-Two: 2")],
        listener="whole",
    ),
    *(
        Case(f"filters_of_the_scope_{scope}", [_post(scope, f"/{path}")], listener="filtered")
        for scope, path in (("1", "one"), ("2", "two"))
    ),
    *(
        Case(
            f"redirected_{name}",
            [get("/moved", "X-Scope: 1"), Messages(1)],
            {"up": [response("302 Found", f"location: http://a.test/{path}", *lines)]},
            listener="whole",
        )
        for name, path, lines in (
            ("within_its_scope", "one", ("x-scope: 1",)),
            ("to_another_scope", "two", ("x-scope: 2",)),
            ("to_what_its_scope_has_not", "two", ("x-scope: 1",)),
            ("to_no_scope", "one", ()),
        )
    ),
]
_DUMPS = {
    "scopes_of_a_name": "resource=inline_scoped_route_configs&name_regex=empty",
    "scopes_of_the_name_of_all": "resource=inline_scoped_route_configs&name_regex=scopes",
    "scopes_of_another_name": "resource=inline_scoped_route_configs&name_regex=other",
    "scopes_of_a_mask": (
        "resource=inline_scoped_route_configs&name_regex=both&mask=name,scoped_route_configs"
    ),
    "dynamic_scopes": "resource=dynamic_scoped_route_configs",
    "tables_of_scopes": "resource=static_route_configs&name_regex=.*(one|two|empty)",
    "tables": "resource=static_route_configs&mask=route_config.name",
    "scopes_of_a_key": "resource=inline_scoped_route_configs&name_regex=two",
    "all_by_a_mask": "mask=inline_scoped_route_configs&name_regex=empty",
    "names_by_a_mask": "mask=inline_scoped_route_configs.name",
}
CASES += [
    Case(f"dump_of_{name}", [get(f"/config_dump?{query}"), Messages(1)], listener="admin")
    for name, query in _DUMPS.items()
]
CASES = list({case.name: case for case in CASES}.values())
GROUP = Group(
    bootstrap(
        [
            _listener("whole", {"name": "x-scope", "index": 0}, scopes=_SCOPES),
            _listener(
                "first",
                {"name": "x-scope", "element_separator": ";", "index": 0},
                scopes=_SCOPES,
            ),
            _listener(
                "second",
                {"name": "x-scope", "element_separator": ";", "index": 1},
                scopes=_SCOPES,
            ),
            _listener("named", _NAMED, scopes=_SCOPES),
            _listener(
                "both",
                {"name": "x-scope", "index": 0},
                {"name": ":authority", "index": 0},
                scopes=[_scope("one", "1", "a.test"), _scope("two", "1", "b.test")],
            ),
            _listener(
                "early",
                {"name": "x-scope", "index": 0},
                scopes=_SCOPES,
                early_header_mutation_extensions=[_EXTRACT_EARLY],
            ),
            _listener(
                "filtered",
                {"name": "x-scope", "index": 0},
                scopes=[
                    _scope("one", "1"),
                    _scope("two", "2", typed_per_filter_config={"buffer": _LIMIT}),
                ],
                http_filters=_FILTERS,
            ),
        ],
        [cluster()],
    ),
    CASES,
)
