"""Filters that write dynamic metadata: what a filter behind them reads, and what is counted."""

# ruff: noqa: E501 - YAML of one line each is easier to compare.

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get, response

_CONFIG = "type.googleapis.com/envoy.extensions.filters.http.header_to_metadata.v3.Config"
_OWN = "envoy.filters.http.header_to_metadata"


def _reads(*conditions: str) -> Node:
    """Denies a request of which a condition holds, and names it in the log."""
    policies = ", ".join(
        f"p{number}: {{permissions: [{{metadata: {{{condition}}}}}], principals: [{{any: true}}]}}"
        for number, condition in enumerate(conditions)
    )
    return http_filter(
        "reads", "rbac.v3.RBAC", f"{{rules: {{action: DENY, policies: {{{policies}}}}}}}"
    )


def _is(key: str, value: str, namespace: str = _OWN) -> str:
    return f"filter: {namespace}, path: [{{key: {key}}}], value: {{{value}}}"


_RULES = """request_rules: [
    {header: a, on_header_present: {key: a}, on_header_missing: {key: a, value: none}},
    {header: number, on_header_present: {key: number, type: NUMBER, metadata_namespace: ns}, remove: true},
    {header: encoded, on_header_present: {key: encoded, encode: BASE64}},
    {header: proto, on_header_present: {key: proto, encode: BASE64, type: PROTOBUF_VALUE}},
    {cookie: c, on_header_present: {key: cookie}, on_header_missing: {key: cookie, value: no cookie}},
    {header: re, on_header_present: {key: re, regex_value_rewrite: {pattern: {regex: "^(.).*"}, substitution: '\\1!'}}},
    {header: gone, on_header_present: {key: gone, regex_value_rewrite: {pattern: {regex: "x.*"}, substitution: ""}}},
    {header: fixed, on_header_present: {key: fixed, value: always}}],
    response_rules: [{header: x-up, on_header_present: {key: up}, remove: true},
    {header: x-none, on_header_missing: {key: up, value: nothing}}]"""
_STATS = [
    f"http_filter_name.sp.{name}"
    for name in (
        "base64_decode_failed",
        "header_value_too_long",
        "regex_substitution_failed",
        "request_header_not_found",
        "request_metadata_added",
        "request_rules_processed",
        "response_header_not_found",
        "response_metadata_added",
        "response_rules_processed",
    )
]
_CONDITIONS = [
    _is("a", "string_match: {exact: '1,2'}"),
    _is("number", "double_match: {exact: 12.5}", "ns"),
    _is("encoded", "string_match: {exact: hi}"),
    _is("proto", "string_match: {exact: x}"),
    _is("cookie", "string_match: {exact: q}"),
    _is("re", "string_match: {exact: 'h!'}"),
    _is("gone", "present_match: true"),
    _is("fixed", "string_match: {exact: always}"),
    _is("a", "string_match: {exact: route}"),
]
_ROUTES = (
    '[{match: {prefix: /own}, route: {cluster: up}, typed_per_filter_config: {writes: {"@type": '
    f"{_CONFIG}, request_rules: [{{header: b, on_header_present: {{key: a, value: route}}}}]}}}}}}, "
    "{match: {prefix: /}, route: {cluster: up}}]"
)
_SET = """{metadata_namespace: ns, value: {a: {b: 1, l: [1]}}, metadata: [
    {metadata_namespace: ns, value: {a: 2}},
    {metadata_namespace: ns, value: {a: {c: 3, l: [two]}}, allow_overwrite: true},
    {metadata_namespace: m, value: {x: first}}, {metadata_namespace: m, value: {x: second}}]}"""

GROUP = Group(
    bootstrap(
        [
            filtered(
                "on",
                [
                    http_filter(
                        "writes", "header_to_metadata.v3.Config", f"{{stat_prefix: sp, {_RULES}}}"
                    ),
                    _reads(*_CONDITIONS),
                ],
                _ROUTES,
            ),
            filtered(
                "set",
                [
                    http_filter("sets", "set_metadata.v3.Config", _SET),
                    _reads(
                        "filter: ns, path: [{key: a}, {key: l}], "
                        "value: {list_match: {one_of: {string_match: {exact: two}}}}"
                    ),
                ],
            ),
            filtered(
                "keeps",
                [
                    http_filter("sets", "set_metadata.v3.Config", _SET),
                    _reads(
                        "filter: ns, path: [{key: a}], value: {double_match: {exact: 2}}",
                        "filter: m, path: [{key: x}], value: {string_match: {exact: first}}",
                    ),
                ],
            ),
        ],
        [cluster()],
    ),
    [
        Case("nothing_fits", [get("/")], stats=_STATS),
        Case("a_header", [get("/", "a: 1")], stats=_STATS),
        Case("a_repeated_header", [get("/", "a: 1", "a: 2")], stats=_STATS),
        Case("an_empty_header", [get("/", "a: ")], stats=_STATS),
        Case("a_number_is_taken_away", [get("/", "number:  1.5 ")], stats=_STATS),
        Case("a_number", [get("/", "number: 1.25e1")], stats=_STATS),
        Case("no_number", [get("/", "number: twelve")], stats=_STATS),
        Case("base64", [get("/", "encoded: aGk=")], stats=_STATS),
        Case("base64_without_padding", [get("/", "encoded: aGk")], stats=_STATS),
        Case("no_base64", [get("/", "encoded: !!")], stats=_STATS),
        Case("a_protobuf_value", [get("/", "proto: GgF4")], stats=_STATS),
        Case("no_protobuf_value", [get("/", "proto: GgV4")], stats=_STATS),
        Case("a_cookie", [get("/", 'cookie: b=1; c="q"', "cookie: c=2")], stats=_STATS),
        Case("an_empty_cookie", [get("/", "cookie: c=")], stats=_STATS),
        Case("rewritten", [get("/", "re: hello")], stats=_STATS),
        Case("rewritten_to_nothing", [get("/", "gone: x1")], stats=_STATS),
        Case("a_fixed_value", [get("/", "fixed: x")], stats=_STATS),
        Case("too_long", [get("/", f"a: {'x' * 8192}")], stats=_STATS),
        Case("nearly_too_long", [get("/", f"a: {'x' * 8191}")], stats=_STATS),
        Case("a_response_header", [get()], replies=[response("200 OK", "x-up: 1")], stats=_STATS),
        Case("a_route_has_its_own", [get("/own", "b: x", "a: 1")], stats=_STATS),
        Case(
            "set_and_merged",
            [get()],
            listener="set",
            stats=["http.set.set_metadata.overwrite_denied"],
        ),
        Case("not_overwritten", [get()], listener="keeps"),
    ],
    listener="on",
)
