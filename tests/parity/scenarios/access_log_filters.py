"""Filters of access logs: which requests have a line."""

import json

from tests.parity.config import Node, access_log, bootstrap, cluster, http, load, text_format
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get, response
from tests.parity.steps import Messages, Step
from tests.parity.steps_h2 import Data, Headers

_FORMAT = text_format("%REQ(:PATH)% %RESPONSE_CODE%\n")
_STATUS = "status_code_filter: {comparison: {op: %s, value: {default_value: 404, runtime_key: %s}}}"
_DURATION = "duration_filter: {comparison: {op: %s, value: {default_value: 0, runtime_key: none}}}"
_RUNTIME = "runtime_filter: {runtime_key: %s, percent_sampled: {numerator: %d, denominator: %s}}"
_GRPC = "grpc_status_filter: {statuses: [NOT_FOUND, UNAVAILABLE], exclude: %s}"
_TWO = f"{{filters: [{{{_STATUS % ('GE', 'none')}}}, {{traceable_filter: {{}}}}]}}"
_FILTERS = {
    "status_ge": _STATUS % ("GE", "none"),
    "status_eq": _STATUS % ("EQ", "none"),
    "status_le": _STATUS % ("LE", "none"),
    "status_ne": _STATUS % ("NE", "none"),
    "status_of_runtime": _STATUS % ("GE", "log.least"),
    "duration_ge": _DURATION % "GE",
    "not_health_check": "not_health_check_filter: {}",
    "traceable": "traceable_filter: {}",
    "half": _RUNTIME % ("none", 50, "HUNDRED"),
    "of_ten_thousand": _RUNTIME % ("log.share", 0, "TEN_THOUSAND"),
    "more_than_all": _RUNTIME % ("log.many", 0, "HUNDRED"),
    "a_fraction": _RUNTIME % ("log.fraction", 50, "HUNDRED"),
    "independent": "runtime_filter: {runtime_key: none, use_independent_randomness: true}",
    "and": f"and_filter: {_TWO}",
    "or": f"or_filter: {_TWO}",
    "header": "header_filter: {header: {name: X-A, string_match: {prefix: a}}}",
    "header_inverted": (
        "header_filter: {header: {name: x-a, string_match: {exact: a}, invert_match: true}}"
    ),
    "header_of_the_method": (
        "header_filter: {header: {name: ':method', string_match: {exact: GET}}}"
    ),
    "any_flag": "response_flag_filter: {}",
    "flags": "response_flag_filter: {flags: [NR, UH]}",
    "grpc": _GRPC % "false",
    "not_grpc": _GRPC % "true",
    "end": "log_type_filter: {types: [DownstreamEnd]}",
    "not_end": "log_type_filter: {types: [DownstreamEnd], exclude: true}",
}
_ROUTES = """
- {match: {prefix: /refused}, route: {cluster: refused}}
- {match: {prefix: /missing}, direct_response: {status: 404}}
- {match: {prefix: /fails}, direct_response: {status: 500}}
- {match: {prefix: /grpc}, route: {cluster: grpc}}
- {match: {prefix: /up}, route: {cluster: up}}
"""
_RUNTIME_LAYER = """
layered_runtime:
  layers:
  - name: static
    static_layer:
      log.least: 500
      log.share: 100
      log.many: 1000
      log.fraction: {numerator: 0, denominator: HUNDRED}
"""


def _listener(name: str, condition: str) -> Node:
    log = access_log(f"$dir/{name}.log", _FORMAT)
    log[0]["filter"] = load("{" + condition + "}")
    return http(name, routes=_ROUTES, hcm=json.dumps({"access_log": log}))


def _each(*paths: str, lines: tuple[str, ...] = ()) -> list[bytes | Step]:
    steps: list[bytes | Step] = []
    for number, path in enumerate(paths, 1):
        steps += [get(path, *lines), Messages(number)]
    return steps


def _number(value: int) -> str:
    return f"X-Request-Id: {value:08x}-0000-4000-8000-000000000000"


def _numbers(*values: int) -> list[bytes | Step]:
    steps: list[bytes | Step] = []
    for number, value in enumerate(values, 1):
        steps += [get(f"/missing/{value}", _number(value)), Messages(number)]
    return steps


_ALL = ("/missing", "/fails", "/up", "/none", "/refused")
_GRPC_REQUEST = fields(
    "/grpc", ("content-type", "application/grpc"), ("te", "trailers"), method="POST"
)


def _grpc(listener: str, grpc_status: str) -> Case:
    reply = H2Reply(
        status(200, ("content-type", "application/grpc")),
        b"\0\0\0\0\0",
        (("grpc-status", grpc_status),),
    )
    return Case(
        f"{listener}_status_{grpc_status}",
        [Headers(_GRPC_REQUEST), Data(b"\0\0\0\0\0", end=True)],
        {"grpc": [reply]},
        listener=listener,
        protocol="h2",
    )


_SIMPLE = (
    *("status_ge", "status_eq", "status_le", "status_ne", "status_of_runtime", "duration_ge"),
    *("not_health_check", "traceable", "independent", "and", "or", "any_flag", "flags"),
    *("grpc", "not_grpc", "end", "not_end", "header_inverted", "header_of_the_method"),
)
_BY_NUMBER = ("half", "of_ten_thousand", "more_than_all", "a_fraction")
CASES = [
    *(Case(name, _each(*_ALL), listener=name) for name in _SIMPLE),
    *(
        Case(name, _numbers(0, 49, 50, 99, 100, 149, 150, 10_000, 10_099), listener=name)
        for name in _BY_NUMBER
    ),
    Case(
        "traceable_as_asked", _each("/up", lines=("X-Envoy-Force-Trace: 1",)), listener="traceable"
    ),
    Case(
        "header",
        [
            *(get("/missing/1", "X-A: abc"), Messages(1)),
            *(get("/missing/2", "X-A: b"), Messages(2)),
            *(get("/missing/3", "X-A: b", "X-A: a"), Messages(3)),
            *(get("/missing/4"), Messages(4)),
        ],
        listener="header",
    ),
    Case(
        "a_status_of_headers",
        [get("/up")],
        [response("200 OK", "grpc-status: 5")],
        listener="grpc",
    ),
    Case("status_of_an_answer", [get("/up")], [response("404 Not Found")], listener="status_eq"),
    *(_grpc("grpc", number) for number in ("0", "5", "17", "x", "")),
    *(_grpc("not_grpc", number) for number in ("0", "14", "99")),
]
GROUP = Group(
    bootstrap(
        [_listener(name, condition) for name, condition in _FILTERS.items()],
        [cluster(), cluster("refused"), cluster("grpc", h2=True)],
        _RUNTIME_LAYER,
    ),
    CASES,
    upstreams={"up": Server(), "refused": Server("refused"), "grpc": Server("h2")},
)
