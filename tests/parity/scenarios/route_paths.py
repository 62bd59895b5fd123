"""Path matching, first match wins: prefix, path, separated prefix, regex, case, queries."""

from tests.parity.config import bootstrap, http
from tests.parity.scenario import Case, Group, get

_MATCHES = {
    "upper_only": "{prefix: /Case, case_sensitive: true}",
    "any_case_prefix": "{prefix: /CASE, case_sensitive: false}",
    "exact": "{path: /exact}",
    "any_case_path": "{path: /EXACT, case_sensitive: false}",
    "separated": "{path_separated_prefix: /sep}",
    "any_case_separated": "{path_separated_prefix: /SEP, case_sensitive: false}",
    "digits": "{safe_regex: {regex: '/item/\\d+'}}",
    "alternation": "{safe_regex: {regex: '/(a|ab)/c'}}",
    "long_prefix": "{prefix: /prefix/long}",
    "prefix": "{prefix: /prefix}",
    "shadowed": "{path: /prefix/shadowed}",
    "encoded": "{path: '/a%20b'}",
    "slash_only": "{path: /}",
}
_ROUTES = "".join(
    f"- {{name: {name}, match: {match}, direct_response: "
    f"{{status: 200, body: {{inline_string: {name}}}}}}}\n"
    for name, match in _MATCHES.items()
)

_PATHS = {
    "prefix_in_its_case": "/Case/x",
    "prefix_in_another_case": "/cAsE/x",
    "exact_path": "/exact",
    "exact_path_with_query": "/exact?a=b",
    "exact_path_in_another_case": "/Exact",
    "exact_path_with_slash": "/exact/",
    "separated_itself": "/sep",
    "separated_with_query": "/sep?x",
    "separated_child": "/sep/child",
    "separated_not_a_sibling": "/separate",
    "separated_in_another_case": "/Sep/child",
    "regex": "/item/42",
    "regex_with_query": "/item/42?x=/item/",
    "regex_must_match_all": "/item/42/more",
    "regex_must_match_from_the_start": "/x/item/42",
    "regex_alternation": "/ab/c",
    "the_first_of_two_prefixes": "/prefix/longer",
    "the_shorter_prefix": "/prefix/lo",
    "an_exact_path_after_its_prefix": "/prefix/shadowed",
    "prefix_is_not_a_path_component": "/prefixed",
    "encoded_as_configured": "/a%20b",
    "encoded_in_another_way": "/%61%20b",
    "slash": "/",
    "slash_with_query": "/?q",
    "nothing": "/nothing",
    "double_slash": "//exact",
    "dot_segments": "/x/../exact",
    "encoded_dots": "/x/%2e%2e/exact",
    "encoded_slash": "/sep%2Fchild",
    "a_fragment_is_refused": "/exact#frag",
    "a_question_in_the_query": "/exact?a?b",
    "semicolons": "/exact;a=b",
    "bytes_beyond_ascii": "/\xe9",
}

_CONFIG = bootstrap([http(routes=_ROUTES)], [])

CASES = [
    *(Case(name, [get(path)]) for name, path in _PATHS.items()),
    Case("options_asterisk", [get("*", method="OPTIONS")]),
    Case("connect", [get("a.test:443", method="CONNECT")]),
    Case("connect_without_a_port", [get("a.test", method="CONNECT")]),
]

GROUP = Group(_CONFIG, CASES)
