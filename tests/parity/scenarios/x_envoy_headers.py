"""The router's x-envoy headers: what a client inside may ask for, and what the upstream is told."""

from tests.parity.config import Node, bootstrap, cluster, http, http_protocol, merged
from tests.parity.scenario import Case, Group, Server, get, post, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Ended, Messages

_INSIDE = (
    "{use_remote_address: true, internal_address_config: "
    "{cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}}"
)
_ROUTES = """
- match: {prefix: /time_taken_off}
  route: {cluster: up}
  response_headers_to_remove: [x-envoy-upstream-service-time]
- match: {prefix: /time_replaced}
  route: {cluster: up}
  response_headers_to_add:
  - header: {key: x-envoy-upstream-service-time, value: hidden}
    append_action: OVERWRITE_IF_EXISTS_OR_ADD
- {match: {prefix: /none}, route: {cluster: up, timeout: 0s}}
- {match: {prefix: /limited}, route: {cluster: limited}}
- {match: {prefix: /refused}, route: {cluster: refused}}
- {match: {prefix: /full}, route: {cluster: full}}
- {match: {prefix: /}, route: {cluster: up, timeout: 7s}}
"""
_NEVER = Reply(when="never")
_HALF = Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
_RETRIES = (
    "x-envoy-retry-on: connect-failure",
    "x-envoy-retry-grpc-on: cancelled",
    "x-envoy-max-retries: 2",
    "x-envoy-retriable-header-names: x-again",
    "x-envoy-retriable-status-codes: 599",
    "x-envoy-hedge-on-per-try-timeout: false",
    "x-envoy-is-timeout-retry: true",
)
_EXPLICIT = "explicit_http_config: {http_protocol_options: {}}"


def _listener(name: str, hcm: str = "{}", router: str = "{}") -> Node:
    return http(name, routes=_ROUTES, hcm=hcm, router_fields=router)


def _charged(prefix: str) -> list[str]:
    names = ("200", "2xx", "completed")
    return [f"cluster.up.{prefix}upstream_rq_{name}" for name in names]


CASES = [
    Case("service_time_taken_off", [get("/time_taken_off")]),
    Case("service_time_replaced", [get("/time_replaced")]),
    Case("words_on_retries_are_for_us", [get("/", *_RETRIES)], listener="inside"),
    Case("words_on_retries_of_a_stranger", [get("/", *_RETRIES)]),
    Case(
        "time_for_a_request", [get("/", "x-envoy-upstream-rq-timeout-ms: 900")], listener="inside"
    ),
    Case("no_limit", [get("/", "x-envoy-upstream-rq-timeout-ms: 0")], listener="inside"),
    Case("time_with_a_sign", [get("/", "x-envoy-upstream-rq-timeout-ms: +9")], listener="inside"),
    Case("time_below_zero", [get("/", "x-envoy-upstream-rq-timeout-ms: -9")], listener="inside"),
    Case("time_with_spaces", [get("/", "x-envoy-upstream-rq-timeout-ms: 9 9")], listener="inside"),
    Case(
        "time_given_twice",
        [get("/", "x-envoy-upstream-rq-timeout-ms: 8", "x-envoy-upstream-rq-timeout-ms: 9")],
        listener="inside",
    ),
    Case(
        "time_for_a_try",
        [get("/", "x-envoy-upstream-rq-per-try-timeout-ms: 500")],
        listener="inside",
    ),
    Case(
        "time_for_a_try_and_a_hedge",
        [
            get(
                "/",
                "x-envoy-upstream-rq-per-try-timeout-ms: 500",
                "x-envoy-hedge-on-per-try-timeout: true",
            )
        ],
        listener="inside",
    ),
    Case(
        "more_time_for_a_try_than_for_all",
        [get("/", "x-envoy-upstream-rq-per-try-timeout-ms: 8000")],
        listener="inside",
    ),
    Case(
        "time_for_a_try_where_there_is_no_limit",
        [get("/none", "x-envoy-upstream-rq-per-try-timeout-ms: 8000")],
        listener="inside",
    ),
    Case(
        "a_try_takes_too_long",
        [get("/", "x-envoy-upstream-rq-per-try-timeout-ms: 50"), Messages(1)],
        [_NEVER],
        [
            "cluster.up.upstream_rq_per_try_timeout",
            "cluster.up.upstream_rq_timeout",
            "cluster.up.upstream_rq_504",
        ],
        listener="inside",
    ),
    Case(
        "a_try_that_has_begun_has_the_time_of_the_whole",
        [
            get(
                "/",
                "x-envoy-upstream-rq-timeout-ms: 300",
                "x-envoy-upstream-rq-per-try-timeout-ms: 50",
            ),
            Ended(),
        ],
        [_HALF],
        ["cluster.up.upstream_rq_per_try_timeout", "cluster.up.upstream_rq_timeout"],
        listener="inside",
    ),
    Case("expected_time_is_told_anew", [get("/", "x-envoy-expected-rq-timeout-ms: 3")]),
    Case(
        "expected_time_of_a_client_inside",
        [get("/", "x-envoy-expected-rq-timeout-ms: 3")],
        listener="inside",
    ),
    Case(
        "expected_time_is_respected",
        [get("/", "x-envoy-expected-rq-timeout-ms: 3000")],
        listener="respected",
    ),
    Case(
        "expected_time_has_passed",
        [get("/", "x-envoy-expected-rq-timeout-ms: 50"), Messages(1)],
        [_NEVER],
        listener="respected",
    ),
    Case(
        "expected_time_of_a_stranger_is_not_respected",
        [get("/", "x-envoy-expected-rq-timeout-ms: 3000")],
        listener="respected_outside",
    ),
    Case(
        "expected_time_and_another",
        [
            get(
                "/",
                "x-envoy-expected-rq-timeout-ms: 3000",
                "x-envoy-upstream-rq-timeout-ms: 4000",
            )
        ],
        listener="respected",
    ),
    Case(
        "no_expected_time_to_respect",
        [get("/", "x-envoy-upstream-rq-timeout-ms: 4000")],
        listener="respected",
    ),
    Case(
        "expected_time_that_is_no_number",
        [get("/", "x-envoy-expected-rq-timeout-ms: soon")],
        listener="respected",
    ),
    Case(
        "another_answer_to_a_timeout",
        [
            get(
                "/",
                "x-envoy-upstream-rq-timeout-ms: 50",
                "x-envoy-upstream-rq-timeout-alt-response: 0",
            ),
            Messages(1),
        ],
        [_NEVER],
        [
            "cluster.up.upstream_rq_204",
            "cluster.up.upstream_rq_504",
            "cluster.up.upstream_rq_timeout",
        ],
        listener="inside",
    ),
    Case(
        "another_answer_where_none_is_needed",
        [get("/", "x-envoy-upstream-rq-timeout-alt-response: 1")],
        listener="inside",
    ),
    Case(
        "time_for_a_stream",
        [get("/", "x-envoy-upstream-stream-duration-ms: 50"), Messages(1)],
        [_NEVER],
        [
            "cluster.up.upstream_rq_max_duration_reached",
            "cluster.up.upstream_rq_504",
            "cluster.up.upstream_rq_tx_reset",
        ],
        listener="inside",
    ),
    Case(
        "time_for_a_stream_whose_request_goes_on",
        [
            post("/", b"halfwhole", "x-envoy-upstream-stream-duration-ms: 50")[:-5],
            Answered(),
        ],
        [_NEVER],
        listener="inside",
    ),
    Case(
        "time_for_a_stream_with_half_a_response",
        [get("/", "x-envoy-upstream-stream-duration-ms: 100"), Ended()],
        [_HALF],
        listener="inside",
    ),
    Case(
        "time_for_streams_of_a_cluster",
        [get("/limited"), Messages(1)],
        [_NEVER],
        ["cluster.limited.upstream_rq_max_duration_reached"],
    ),
    Case("time_for_a_stream_is_enough", [get("/", "x-envoy-upstream-stream-duration-ms: 9000")]),
    Case(
        "statistics_of_another_name",
        [get("/", "x-envoy-upstream-alt-stat-name: Other")],
        stats=_charged("Other."),
        listener="inside",
    ),
    Case(
        "statistics_of_a_canary",
        [get()],
        [response("200 OK", "x-envoy-upstream-canary: true")],
        [*_charged("canary."), *_charged(""), *_charged("external.")],
    ),
    Case(
        "no_canary",
        [get()],
        [response("200 OK", "x-envoy-upstream-canary: 1")],
        _charged("canary."),
    ),
    Case("statistics_of_inside", [get()], stats=_charged("internal."), listener="inside"),
    Case("no_dynamic_statistics", [get()], stats=_charged(""), listener="quiet"),
    Case(
        "no_dynamic_statistics_of_a_failure",
        [get("/refused"), Messages(1)],
        stats=["cluster.refused.upstream_rq_503", "cluster.refused.upstream_rq_completed"],
        listener="quiet",
    ),
    Case("too_many_requests", [get("/full"), Messages(1)]),
    Case("too_many_requests_suppressed", [get("/full"), Messages(1)], listener="suppressed"),
    Case(
        "timeout_suppressed",
        [get("/", "x-envoy-upstream-rq-timeout-ms: 900")],
        listener="suppressed",
    ),
    Case(
        "odd_values_of_the_upstream",
        [get()],
        [
            response(
                "200 OK",
                "x-envoy-upstream-service-time: 1",
                "x-envoy-upstream-service-time: 2",
                "x-envoy-attempt-count: 5",
                "x-envoy-immediate-health-check-fail: true",
                "x-envoy-overloaded: true",
                "x-envoy-ratelimited: true",
            )
        ],
    ),
]

GROUP = Group(
    bootstrap(
        [
            _listener("outside"),
            _listener("inside", _INSIDE),
            _listener("respected", _INSIDE, "respect_expected_rq_timeout: true"),
            _listener("respected_outside", router="respect_expected_rq_timeout: true"),
            _listener("suppressed", _INSIDE, "suppress_envoy_headers: true"),
            _listener("quiet", router="dynamic_stats: false"),
        ],
        [
            cluster(),
            cluster("refused"),
            cluster("full", "circuit_breakers: {thresholds: [{max_requests: 0}]}", to=["up"]),
            merged(
                cluster("limited", to=["up"]),
                http_protocol(
                    f"{{common_http_protocol_options: {{max_stream_duration: 0.05s}}, {_EXPLICIT}}}"
                ),
            ),
        ],
    ),
    CASES,
    upstreams={"up": Server(), "refused": Server("refused")},
    listener="outside",
)
