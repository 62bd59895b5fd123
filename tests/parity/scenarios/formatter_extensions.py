"""Operators that extensions bring to formats, and JSON in filter state."""

# ruff: noqa: E501 - YAML of one line each is easier to compare.

from pathlib import Path

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter, load
from tests.parity.scenario import Case, Group, get, response

_URL = "type.googleapis.com/envoy.extensions.formatter"
FILES = Path(__file__).parent.parent / "files"


def _extensions(*kinds: str) -> str:
    each = ", ".join(f'{{name: x, typed_config: {{"@type": {_URL}.{kind}}}}}' for kind in kinds)
    return f"formatters: [{each}]"


_QUERY = _extensions("req_without_query.v3.ReqWithoutQuery")
_FILE = _extensions("file_content.v3.FileContent")
_BOTH = _extensions(
    "req_without_query.v3.ReqWithoutQuery", "metadata.v3.Metadata", "file_content.v3.FileContent"
)


def _content(name: str, more: str = "") -> str:
    return f"%FILE_CONTENT({FILES / name}){more}%"


def _add(key: str, value: str) -> str:
    return f"{{append: {{header: {{key: {key}, value: '{value}'}}}}}}"


_MUTATIONS = f"""mutations: {{{_BOTH},
  request_mutations: [{_add("path", "%REQ_WITHOUT_QUERY(:PATH)%")},
    {_add("short", "%REQ_WITHOUT_QUERY(X?:PATH):3%")},
    {_add("word", _content("word.txt"))},
    {_add("wo", _content("word.txt", ":2"))},
    {_add("empty", "a" + _content("empty.txt") + "b")}],
  query_parameter_mutations: [{{append: {{record: {{key: p, value: '%REQ_WITHOUT_QUERY(:PATH)%'}}}}}}],
  response_mutations: [{_add("path", "%REQ_WITHOUT_QUERY(:PATH)%")}]}}"""
_ROUTE = f"""[{{match: {{prefix: /}}, route: {{cluster: up}}, typed_per_filter_config: {{h:
  {{"@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute,
  mutations: {{{_QUERY}, request_mutations: [{_add("route", "%REQ_WITHOUT_QUERY(:PATH)%")}]}}}}}}}}]"""


def _logging(name: str, format_: str, filters: list[Node]) -> Node:
    """A listener that logs in a format of its own."""
    listener = filtered(name, filters)
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    manager["access_log"][0]["typed_config"]["log_format"] = load(format_)
    return listener


def _state(*values: str) -> Node:
    return http_filter(
        "state", "set_filter_state.v3.Config", f"{{on_request_headers: [{', '.join(values)}]}}"
    )


def _object(key: str, format_: str, factory: str = "envoy.string", more: str = "") -> str:
    return f"{{object_key: {key}, factory_key: {factory}, format_string: {{{format_}}}{more}}}"


_DOCUMENT = "json_format: {b: '%PROTOCOL%', a: ['%REQ(X)%', 7, true], n: '%BYTES_RECEIVED%'}"
_OBJECTS = [
    _object("document", _DOCUMENT),
    _object("omits", f"{_DOCUMENT}, omit_empty_values: true"),
    _object(
        "nothing",
        "json_format: {a: '%REQ(X)%'}, omit_empty_values: true",
        more=", skip_if_empty: true",
    ),
    _object(
        "path", f"text_format_source: {{inline_string: '%REQ_WITHOUT_QUERY(:PATH)%'}}, {_QUERY}"
    ),
    _object("number", "json_format: {}", "envoy.ratelimit.hits_addend"),
]
_STATES = "|".join(
    f"%FILTER_STATE({key}:PLAIN)%" for key in ("document", "omits", "nothing", "path", "number")
)

GROUP = Group(
    bootstrap(
        [
            filtered(
                "mutates",
                [http_filter("h", "header_mutation.v3.HeaderMutation", f"{{{_MUTATIONS}}}")],
                _ROUTE,
            ),
            _logging(
                "text",
                f'{{text_format_source: {{inline_string: "{_content("lines.txt")}<{_content("lines.txt", ":5")}>{_content("empty.txt")}\\n"}}, {_FILE}}}',
                [],
            ),
            _logging(
                "omits",
                f'{{text_format_source: {{inline_string: "{_content("word.txt")}<{_content("empty.txt")}>\\n"}}, omit_empty_values: true, {_FILE}}}',
                [],
            ),
            _logging(
                "json",
                f"{{json_format: {{a: '{_content('lines.txt')}', b: '{_content('empty.txt')}', c: 'x{_content('word.txt')}'}}, {_FILE}}}",
                [],
            ),
            _logging(
                "states",
                f"{{text_format_source: {{inline_string: '{_STATES}\n\n'}}}}",
                [_state(*_OBJECTS)],
            ),
        ],
        [cluster()],
    ),
    [
        Case("mutations", [get("/a/b?c=d")], listener="mutates"),
        Case("mutations_without_query", [get("/a")], [response("200 OK")], listener="mutates"),
        Case("content_in_text", [get()], listener="text"),
        Case("content_in_text_that_omits", [get()], listener="omits"),
        Case("content_in_json", [get()], listener="json"),
        Case("documents_in_filter_state", [get("/s?q", "x: y")], listener="states"),
        Case("documents_of_missing_values", [get("/s")], listener="states"),
    ],
    listener="mutates",
)
