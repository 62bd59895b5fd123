"""CONNECT has no path: what would be made of one is not there."""

import json

from tests.parity.config import Node, bootstrap, cluster, filtered, http, http_filter, merged
from tests.parity.scenario import Case, Group, request
from tests.parity.steps import Heads, Open, Send
from tests.parity.steps_h2 import Headers, StreamHead

_T = "type.googleapis.com"
_CONNECT = request("CONNECT a.test:80 HTTP/1.1", "Host: a.test:80", "X-A: b")
_MATCH = "match: {connect_matcher: {}}"
_ACTIONS = {
    "redirect": "redirect: {https_redirect: true}",
    "redirect_to_a_path": "redirect: {path_redirect: /b}",
    "redirect_by_a_format": "redirect: {path_rewrite: '/%REQ(x-a)%'}",
    "redirect_by_a_prefix": "redirect: {prefix_rewrite: /b}",
    "redirect_by_a_regex": "redirect: {regex_rewrite: {pattern: {regex: a}, substitution: b}}",
    "moved": "direct_response: {status: 301}",
    "created": "direct_response: {status: 201, body: {inline_string: here}}",
    "path_and_query": "direct_response: {status: 403, body_format: {text_format_source: "
    "{inline_string: '%PATH% %REQ(:PATH)% %QUERY_PARAM(a)% %QUERY_PARAMS%'}}}",
}
_SKIP = {
    "name": "skip",
    "typed_config": {"@type": f"{_T}/envoy.extensions.filters.common.matcher.action.v3.SkipFilter"},
}
_PARAMETER = {
    "name": "parameter",
    "typed_config": {
        "@type": f"{_T}/envoy.type.matcher.v3.HttpRequestQueryParamMatchInput",
        "query_param": "x",
    },
}
_NOT = {"single_predicate": {"input": _PARAMETER, "value_match": {"exact": "a"}}}
_MATCHERS: dict[str, Node] = {
    "no_match": {
        "matcher_tree": {"input": _PARAMETER, "exact_match_map": {"map": {"a": {"action": _SKIP}}}},
        "on_no_match": {"action": _SKIP},
    },
    "not": {
        "matcher_list": {
            "matchers": [{"predicate": {"not_matcher": _NOT}, "on_match": {"action": _SKIP}}]
        }
    },
}


def _matched(name: str) -> Node:
    """A filter that forbids, and is left out as a matcher says."""
    all_of_them = {"permissions": [{"any": True}], "principals": [{"any": True}]}
    rules = {"action": "DENY", "policies": {"all": all_of_them}}
    inner = http_filter("rbac", "rbac.v3.RBAC", json.dumps({"rules": rules}))
    outer = {
        "@type": f"{_T}/envoy.extensions.common.matching.v3.ExtensionWithMatcher",
        "extension_config": inner,
        "xds_matcher": _MATCHERS[name],
    }
    return filtered(name, [{"name": "rbac", "typed_config": outer}], _respond())


def _respond() -> str:
    body = "{inline_string: '%REQ(:path)%|'}"
    return (
        f"[{{{_MATCH}, direct_response: {{status: 200, "
        f"body_format: {{text_format_source: {body}}}}}}}]"
    )


_MUTATED = filtered(
    "mutated",
    [
        http_filter(
            "mutation",
            "header_mutation.v3.HeaderMutation",
            "{mutations: {query_parameter_mutations: "
            "[{append: {record: {key: a, value: b}}}, {remove: c}]}}",
        )
    ],
    _respond(),
)
_H2 = '{"http2_protocol_options": {"allow_connect": true}}'
_FIELDS = ((":method", "CONNECT"), (":authority", "a.test:80"), ("x-a", "b"))
_ANSWERED = [*_ACTIONS, *_MATCHERS, "mutated"]


def _over_http2(listener: Node) -> Node:
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    listener["filter_chains"][0]["filters"][0]["typed_config"] = merged(manager, json.loads(_H2))
    return listener


GROUP = Group(
    bootstrap(
        [
            *(
                _over_http2(http(name, routes=f"[{{{_MATCH}, {action}}}]"))
                for name, action in _ACTIONS.items()
            ),
            *(_over_http2(_matched(name)) for name in _MATCHERS),
            _over_http2(_MUTATED),
        ],
        [cluster()],
    ),
    [
        *(Case(name, [Send(_CONNECT), Heads()], listener=name) for name in _ANSWERED),
        *(
            Case(
                f"{name}_over_http2",
                [Open(protocol="h2"), Headers(_FIELDS), StreamHead()],
                listener=name,
            )
            for name in _ANSWERED
        ),
    ],
)
