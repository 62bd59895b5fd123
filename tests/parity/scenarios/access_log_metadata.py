"""Access logs of requests whose dynamic metadata is of a kind."""

import json

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    http_filter,
    load,
    text_format,
)
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Messages, Step

_FORMAT = text_format("%REQ(:PATH)% %RESPONSE_CODE% %DYNAMIC_METADATA(of:x)%\n")
_STRING = "value: {string_match: {prefix: a}}"
_AT = "filter: of, path: [{key: x}]"
_FILTERS = {
    "prefix": f"matcher: {{{_AT}, {_STRING}}}",
    "inverted": f"matcher: {{{_AT}, {_STRING}, invert: true}}",
    "must_be_there": f"matcher: {{{_AT}, {_STRING}}}, match_if_key_not_found: false",
    "inverted_must_be_there": (
        f"matcher: {{{_AT}, {_STRING}, invert: true}}, match_if_key_not_found: false"
    ),
    "absent": f"matcher: {{{_AT}, value: {{present_match: false}}}}, match_if_key_not_found: true",
    "present": f"matcher: {{{_AT}, value: {{present_match: true}}}}, match_if_key_not_found: false",
    "null": f"matcher: {{{_AT}, value: {{null_match: {{}}}}}}, match_if_key_not_found: false",
    "deep": (
        "matcher: {filter: of, path: [{key: deep}, {key: z}], value: {double_match: {exact: 2}}}, "
        "match_if_key_not_found: false"
    ),
    "elsewhere": f"matcher: {{filter: other, path: [{{key: x}}], {_STRING}}}",
    "nothing": "{}",
    "nothing_must_be_there": "match_if_key_not_found: false",
}
_FROM_HEADER = http_filter(
    "header_to_metadata",
    "header_to_metadata.v3.Config",
    "request_rules: [{header: x-m, on_header_present: {metadata_namespace: of, key: x}}]",
)
_DEEP = http_filter(
    "meta", "set_metadata.v3.Config", "metadata: [{metadata_namespace: of, value: {deep: {z: 2}}}]"
)
_ROUTES = "[{match: {prefix: /}, direct_response: {status: 200}}]"


def _listener(name: str, condition: str) -> Node:
    log = access_log(f"$dir/{name}.log", _FORMAT)
    fields = {} if condition == "{}" else load("{" + condition + "}")
    log[0]["filter"] = {"metadata_filter": fields}
    router = http_filter("router", "router.v3.Router")
    manager = {"access_log": log, "http_filters": [_FROM_HEADER, _DEEP, router]}
    return http(name, routes=_ROUTES, hcm=json.dumps(manager))


def _each() -> list[bytes | Step]:
    steps: list[bytes | Step] = []
    for number, value in enumerate(("abc", "bcd", None), 1):
        lines = () if value is None else (f"X-M: {value}",)
        steps += [get(f"/{value}", *lines), Messages(number)]
    return steps


GROUP = Group(
    bootstrap([_listener(name, condition) for name, condition in _FILTERS.items()], [cluster()]),
    [Case(name, _each(), listener=name) for name in _FILTERS],
)
