"""What a route may ask besides the path: headers of all kinds, query parameters, gRPC."""

from tests.parity.config import bootstrap, http
from tests.parity.scenario import Case, Group, get

_MATCHES = {
    "exact": "headers: [{name: x-a, string_match: {exact: one}}]",
    "prefix": "headers: [{name: x-a, string_match: {prefix: pre}}]",
    "suffix": "headers: [{name: x-a, string_match: {suffix: fix}}]",
    "contains": "headers: [{name: x-a, string_match: {contains: mid}}]",
    "ignore_case": "headers: [{name: x-a, string_match: {exact: LOUD, ignore_case: true}}]",
    "regex": "headers: [{name: x-a, string_match: {safe_regex: {regex: '[0-9]{3}'}}}]",
    "range": "headers: [{name: x-n, range_match: {start: 5, end: 10}}]",
    "present": "headers: [{name: x-p, present_match: true}]",
    "absent": "headers: [{name: x-q, present_match: false}, {name: x-want, present_match: true}]",
    "inverted": "headers: [{name: x-i, string_match: {exact: one}, invert_match: true}]",
    "inverted_present": (
        "headers: [{name: x-j, present_match: true, invert_match: true}, {name: x-ij}]"
    ),
    "missing_is_empty": (
        "headers: [{name: x-m, string_match: {exact: ''}, treat_missing_header_as_empty: true},"
        " {name: x-need-m, present_match: true}]"
    ),
    "inverted_missing": (
        "headers: [{name: x-k, string_match: {exact: one}, invert_match: true,"
        " treat_missing_header_as_empty: true}, {name: x-need-k, present_match: true}]"
    ),
    "both": "headers: [{name: x-b, present_match: true}, {name: x-c, present_match: true}]",
    "method": "headers: [{name: ':method', string_match: {exact: DELETE}}]",
    "authority": "headers: [{name: ':authority', string_match: {exact: 'named.test'}}]",
    "query_exact": "query_parameters: [{name: q, string_match: {exact: v}}]",
    "query_prefix": "query_parameters: [{name: q, string_match: {prefix: pre}}]",
    "query_regex": "query_parameters: [{name: q, string_match: {safe_regex: {regex: '[0-9]+'}}}]",
    "query_present": "query_parameters: [{name: flag, present_match: true}]",
    "query_two": "query_parameters: [{name: m}, {name: nn, string_match: {exact: '2'}}]",
    "grpc": "grpc: {}",
    "fraction_none": "runtime_fraction: {default_value: {numerator: 0}}",
    "rest": "case_sensitive: true",
}
_ROUTES = "".join(
    f"- {{name: {name}, match: {{prefix: /, {match}}}, direct_response: "
    f"{{status: 200, body: {{inline_string: {name}}}}}}}\n"
    for name, match in _MATCHES.items()
)

_HEADERS = {
    "exact": ["x-a: one"],
    "exact_is_of_the_case": ["x-a: One"],
    "name_in_any_case": ["X-A: one"],
    "value_is_trimmed": ["x-a:   one  "],
    "prefix": ["x-a: prefab"],
    "suffix": ["x-a: a fix"],
    "contains": ["x-a: a mid b"],
    "ignore_case": ["x-a: lOUd"],
    "regex": ["x-a: 123"],
    "regex_matches_all": ["x-a: 1234"],
    "two_values_are_joined": ["x-a: one", "x-a: two"],
    "range_start_is_in": ["x-n: 5"],
    "range_end_is_out": ["x-n: 10"],
    "range_takes_signs_and_zeros": ["x-n: +07"],
    "range_wants_a_number": ["x-n: 7x"],
    "present": ["x-p: "],
    "absent": ["x-want: 1"],
    "absent_but_present": ["x-want: 1", "x-q: 1"],
    "inverted": ["x-i: two"],
    "inverted_equal": ["x-i: one"],
    "inverted_present": ["x-ij: 1"],
    "inverted_present_but_present": ["x-ij: 1", "x-j: 1"],
    "missing_is_empty": ["x-need-m: 1"],
    "inverted_missing_is_empty": ["x-need-k: 1"],
    "only_one_of_both": ["x-b: 1"],
    "both": ["x-b: 1", "x-c: 1"],
    "grpc": ["content-type: application/grpc+proto"],
    "grpc_web_is_not_grpc": ["content-type: application/grpc-web"],
    "none": [],
}
_QUERIES = {
    "exact": "q=v",
    "the_first_duplicate_decides": "q=w&q=v",
    "value_is_not_decoded": "q=%76",
    "prefix": "q=prefab",
    "regex": "q=42",
    "regex_matches_all": "q=42a",
    "present_without_a_value": "flag",
    "present_with_an_empty_value": "flag=",
    "two": "nn=2&m",
    "two_one_wrong": "nn=3&m",
    "after_semicolon": "a=b;q=v",
    "name_is_of_the_case": "Q=v",
    "empty_pairs": "&&q=v&&",
}

CASES = [
    *(Case(f"header_{name}", [get("/", *lines)]) for name, lines in _HEADERS.items()),
    *(Case(f"query_{name}", [get(f"/?{query}")]) for name, query in _QUERIES.items()),
    Case("method", [get(method="DELETE")]),
    Case("authority", [get(host="named.test")]),
]

GROUP = Group(bootstrap([http(routes=_ROUTES)], []), CASES)
