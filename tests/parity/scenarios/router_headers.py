"""Headers by which a request asks something of the router: checked strictly, respected."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get
from tests.parity.sessions import Reply
from tests.parity.steps import Messages

_INTERNAL = """
internal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}
use_remote_address: true
"""
_ROUTES = """
- {match: {path: /direct}, direct_response: {status: 200}}
- {match: {path: /nowhere}, route: {cluster_header: x-to}}
- {match: {prefix: /}, route: {cluster: up}}
"""
_TIMEOUT = "x-envoy-upstream-rq-timeout-ms"
_EXPECTED = "x-envoy-expected-rq-timeout-ms"
_PER_TRY = "x-envoy-upstream-rq-per-try-timeout-ms"
_STRICT = f"""
strict_check_headers:
- {_TIMEOUT}
- {_PER_TRY}
- x-envoy-max-retries
- x-envoy-retry-on
- x-envoy-retry-grpc-on
"""
_CHECKED = {
    "no_number": [f"{_TIMEOUT}: soon"],
    "a_sign": [f"{_TIMEOUT}: +5000"],
    "below_zero": [f"{_TIMEOUT}: -1"],
    "empty": [f"{_TIMEOUT}:"],
    "too_large": [f"{_TIMEOUT}: 99999999999999999999"],
    "twice": [f"{_TIMEOUT}: 5000", f"{_TIMEOUT}: 6000"],
    "a_unit": [f"{_PER_TRY}: 5s"],
    "retries": ["x-envoy-max-retries: two"],
    "conditions": ["x-envoy-retry-on: 5xx, connect-failure,,reset"],
    "a_condition_unknown": ["x-envoy-retry-on: 5xx,nope"],
    "a_condition_of_grpc": ["x-envoy-retry-on: cancelled"],
    "conditions_of_grpc": ["x-envoy-retry-grpc-on: cancelled,internal"],
    "a_condition_not_of_grpc": ["x-envoy-retry-grpc-on: 5xx"],
    "the_first_of_two": ["x-envoy-retry-on: nope", f"{_TIMEOUT}: soon"],
}
_RESPECTED = {
    "expected": [f"{_EXPECTED}: 5000"],
    "expected_none": [f"{_EXPECTED}: 0"],
    "expected_no_number": [f"{_EXPECTED}: soon"],
    "expected_over_asked": [f"{_EXPECTED}: 5000", f"{_TIMEOUT}: 7000"],
    "expected_no_number_over_asked": [f"{_EXPECTED}: soon", f"{_TIMEOUT}: 7000"],
    "asked": [f"{_TIMEOUT}: 7000"],
    "neither": [],
}

_TOLD = [
    "x-envoy-retry-on: reset",
    "x-envoy-retry-grpc-on: cancelled",
    "x-envoy-max-retries: 2",
    "x-envoy-hedge-on-per-try-timeout: false",
    "x-envoy-retriable-header-names: a",
    "x-envoy-retriable-status-codes: 599",
    "x-envoy-upstream-alt-stat-name: other",
    f"{_PER_TRY}: soon",
    "x-envoy-upstream-rq-timeout-alt-response: 1",
    "x-envoy-is-timeout-retry: true",
]

GROUP = Group(
    bootstrap(
        [
            http("strict", routes=_ROUTES, hcm=_INTERNAL, router_fields=_STRICT),
            http("respect", hcm=_INTERNAL, router_fields="respect_expected_rq_timeout: true"),
            http("plain", hcm=_INTERNAL),
        ],
        [cluster()],
    ),
    [
        *(
            Case(
                f"strict_{name}",
                [get("/", *headers)],
                listener="strict",
                stats=["http.strict.downstream_rq_4xx", "cluster.up.upstream_rq_total"],
            )
            for name, headers in _CHECKED.items()
        ),
        Case("strict_but_direct", [get("/direct", f"{_TIMEOUT}: soon")], listener="strict"),
        Case("strict_but_no_cluster", [get("/nowhere", f"{_TIMEOUT}: soon")], listener="strict"),
        *(
            Case(f"respects_{name}", [get("/", *headers)], listener="respect")
            for name, headers in _RESPECTED.items()
        ),
        Case("what_the_router_is_told_ends_there", [get("/", *_TOLD)], listener="plain"),
        Case(
            "another_answer_to_a_timeout",
            [
                get("/", f"{_TIMEOUT}: 50", "x-envoy-upstream-rq-timeout-alt-response: 1"),
                Messages(1),
            ],
            replies=[Reply(when="never")],
            stats=["cluster.up.upstream_rq_204", "cluster.up.upstream_rq_timeout"],
            listener="plain",
        ),
        Case("does_not_respect", [get("/", f"{_EXPECTED}: 5000")], listener="plain"),
    ],
    listener="plain",
)
