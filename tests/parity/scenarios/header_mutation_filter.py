"""The header mutation filter: heads, trailers and queries, on all levels."""

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter, http_protocol
from tests.parity.scenario import Case, Group, get, request, response

_TYPED = (
    '"@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3'
    ".HeaderMutationPerRoute"
)


def _add(key: str, value: str, action: str = "APPEND_IF_EXISTS_OR_ADD", more: str = "") -> str:
    return (
        f"{{append: {{header: {{key: {key}, value: '{value}'}}, append_action: {action}{more}}}}}"
    )


def _filter(mutations: str, more: str = "") -> Node:
    fields = f"{{mutations: {{{mutations}}}{more}}}"
    return http_filter("mutate", "header_mutation.v3.HeaderMutation", fields)


def _level(value: str) -> str:
    adds = _add("x-level", value)
    sets = _add("x-last", value, "OVERWRITE_IF_EXISTS_OR_ADD")
    lists = f"request_mutations: [{adds}, {sets}], response_mutations: [{adds}, {sets}]"
    return f"typed_per_filter_config: {{mutate: {{{_TYPED}, mutations: {{{lists}}}}}}}"


def _query(*mutations: str) -> str:
    return f"query_parameter_mutations: [{', '.join(mutations)}]"


def _parameter(key: str, value: str, action: str = "APPEND_IF_EXISTS_OR_ADD") -> str:
    record = f"record: {{key: {key}, value: '{value}'}}"
    return f"{{append: {{{record}, action: {action}}}}}"


_ROUTES = f"""[{{match: {{prefix: /}}, route: {{weighted_clusters: {{clusters:
    [{{name: up, weight: 1, {_level("cluster")}}}]}}}}, {_level("route")}}}]"""
_LEVELS = f"""{_level("table")}, virtual_hosts: [{{name: all, domains: ['*'], routes: {_ROUTES},
    {_level("host")}}}]"""
_LISTS = {
    "request": "request_mutations: ["
    + ", ".join(
        [
            "{remove: x-gone}",
            _add("x-new", "%REQUEST_HEADER(x-a)%"),
            _add("x-a", "2"),
            _add("x-b", "2", "ADD_IF_ABSENT"),
            _add("x-c", "2", "OVERWRITE_IF_EXISTS"),
            _add("x-d", "2", "OVERWRITE_IF_EXISTS"),
            _add("x-e", "%REQUEST_HEADER(x-none)%"),
            _add("x-f", "", more=", keep_empty_value: true"),
            "{remove: x-new2}",
            _add("x-new2", "back"),
            "{remove_on_match: {key_matcher: {prefix: x-drop}}}",
        ]
    )
    + "]",
    "response": "response_mutations: ["
    + ", ".join(
        [
            "{remove: x-gone}",
            _add("x-code", "%RESPONSE_CODE%"),
            _add("x-path", "%REQUEST_HEADER(:path)%"),
            _add("server", "mine", "OVERWRITE_IF_EXISTS_OR_ADD"),
            "{remove_on_match: {key_matcher: {suffix: -drop}}}",
        ]
    )
    + "]",
    "query": _query(
        _parameter("a", "new"),
        _parameter("b", "new", "ADD_IF_ABSENT"),
        _parameter("c", "new", "OVERWRITE_IF_EXISTS"),
        _parameter("d", "%REQUEST_HEADER(x-a)%", "OVERWRITE_IF_EXISTS_OR_ADD"),
        "{remove: e}",
    ),
}
_TRAILERS = (
    f"request_trailers_mutations: [{_add('x-rt', '1')}, {{remove: x-gone}}], "
    f"response_trailers_mutations: [{_add('x-st', '1')}, {{remove: x-gone}}]"
)
_READS = ", ".join(
    _add(f"x-{name}", f"%{operator}%")
    for name, operator in (
        ("trailer", "TRAILER(x-kept)"),
        ("own", "TRAILER(x-trailer)"),
        ("removed", "TRAILER(x-gone)"),
        ("response", "RESPONSE_HEADER(x-head)"),
        ("response-kept", "RESPONSE_HEADER(x-kept)"),
        ("request", "REQUEST_HEADER(x-ask)"),
        ("request-kept", "REQUEST_HEADER(x-kept)"),
        ("code", "RESPONSE_CODE"),
        ("grpc", "GRPC_STATUS_NUMBER"),
        ("bytes", "RESPONSE_TRAILERS_BYTES"),
    )
)
_READERS = (
    f"request_trailers_mutations: [{{remove: x-gone}}, {_READS}], "
    f"response_trailers_mutations: [{{remove: x-gone}}, {_READS}]"
)
_TRAILING = "explicit_http_config: {http_protocol_options: {enable_trailers: true}}"
_OWN_ANSWERS = """[{match: {path: /direct}, direct_response: {status: 404}},
    {match: {path: /redirect}, redirect: {path_redirect: /p}}]"""
_SPECIFIC = ", most_specific_header_mutations_wins: true"
_CHUNKED = b"3\r\nabc\r\n0\r\nx-gone: 1\r\nx-kept: 1\r\n\r\n"


def _with_trailers(node: Node) -> Node:
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_protocol_options"] = {"enable_trailers": True}
    return node


GROUP = Group(
    bootstrap(
        [
            *[filtered(name, [_filter(lists)]) for name, lists in _LISTS.items()],
            filtered(
                "own_answers",
                [_filter(f"response_mutations: [{_add('x-code', '%RESPONSE_CODE%')}]")],
                more=f"{{virtual_hosts: [{{name: all, domains: ['*'], routes: {_OWN_ANSWERS}}}]}}",
            ),
            _with_trailers(filtered("trailers", [_filter(_TRAILERS)])),
            _with_trailers(filtered("readers", [_filter(_READERS)])),
            filtered(
                "levels",
                [_filter(f"request_mutations: [{_add('x-level', 'own')}]")],
                more=f"{{{_LEVELS}}}",
            ),
            filtered(
                "specific",
                [_filter(f"request_mutations: [{_add('x-level', 'own')}]", _SPECIFIC)],
                more=f"{{{_LEVELS}}}",
            ),
        ],
        [cluster() | http_protocol(_TRAILING)],
    ),
    [
        Case(
            "request",
            [
                get(
                    "/",
                    "x-gone: 1",
                    "x-a: 1",
                    "x-b: 1",
                    "x-c: 1",
                    "x-new2: 1",
                    "x-drop-a: 1",
                    "x-drop-b: 1",
                )
            ],
        ),
        Case(
            "response",
            [get("/p?q")],
            [response("201 Created", "x-gone: 1", "x-drop: 1", "y-drop: 1", "server: theirs")],
            listener="response",
        ),
        *[
            Case(f"query_{name}", [get(path, "x-a: v w")], listener="query")
            for name, path in (
                ("none", "/p"),
                ("empty", "/p?"),
                ("all", "/p?a=1&b=2&c=3&d=4&e=5&f=6"),
                ("twice", "/p?e=1&c=1&c=2&a&e=2"),
                ("encoded", "/p?z=%41%20%2f+x&%65=1"),
                ("encoded_letters", "/p?z=%41%2d%2e&y=%2f%3A%40%3f%2c%3B"),
                ("not_encoded", "/p?z=http://a:1/b?c,d;e@f!$'()*+g&y=h=i"),
                ("wrongly_encoded", "/p?z=%zz%4&y=%"),
            )
        ],
        Case(
            "trailers",
            [request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", body=_CHUNKED)],
            [request("HTTP/1.1 200 OK", "transfer-encoding: chunked", body=_CHUNKED)],
            listener="trailers",
        ),
        Case(
            "trailers_are_read",
            [
                request(
                    "POST / HTTP/1.1",
                    "Host: a",
                    "Transfer-Encoding: chunked",
                    "x-ask: 1",
                    body=_CHUNKED,
                )
            ],
            [
                request(
                    "HTTP/1.1 200 OK",
                    "transfer-encoding: chunked",
                    "x-head: 1",
                    body=_CHUNKED.replace(b"x-kept", b"grpc-status: 5\r\nx-kept"),
                )
            ],
            listener="readers",
        ),
        *[
            Case(f"own_answer_{path[1:]}", [get(path)], listener="own_answers")
            for path in ("/direct", "/redirect", "/unrouted")
        ],
        Case("levels", [get("/")], listener="levels"),
        Case("levels_the_most_specific_last", [get("/")], listener="specific"),
    ],
    listener="request",
)
