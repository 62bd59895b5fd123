"""The dynamic metadata that an injected fault leaves, under the filter's own name."""

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    filtered,
    http_filter,
    text_format,
)
from tests.parity.scenario import Case, Group, get

_KIND = "fault.v3.HTTPFault"
_ALL = "percentage: {numerator: 100}"
_FAULTS = {
    "abort": f"abort: {{http_status: 418, {_ALL}}}",
    "abort_rarely": "abort: {http_status: 418, percentage: {numerator: 0}}",
    "abort_some": (
        f"abort: {{http_status: 418, {_ALL}}}, headers: [{{name: x-match, present_match: true}}]"
    ),
    "delay": f"delay: {{fixed_delay: 0.001s, {_ALL}}}",
    "both": f"delay: {{fixed_delay: 0.001s, {_ALL}}}, abort: {{http_status: 418, {_ALL}}}",
    "asked": f"delay: {{header_delay: {{}}, {_ALL}}}, abort: {{header_abort: {{}}, {_ALL}}}",
    "rate": f"response_rate_limit: {{fixed_limit: {{limit_kbps: 1000}}, {_ALL}}}",
}
_TELLS = ", filter_metadata: {a: 1}"
_LOG = text_format(
    "%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %DYNAMIC_METADATA(named)% "
    "%DYNAMIC_METADATA(envoy.filters.http.fault)%\n"
)
_REQUESTS = {
    "plain": get("/"),
    "match": get("/", "x-match: 1"),
    "abort": get("/", "x-envoy-fault-abort-request: 503"),
    "delay": get("/", "x-envoy-fault-delay-request: 1"),
}


def _listener(name: str, fields: str) -> Node:
    node = filtered(name, [http_filter("named", _KIND, f"{{{fields}}}")])
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager["access_log"] = access_log(f"$dir/{name}.log", _LOG)
    return node


_LISTENERS = {
    **_FAULTS,
    **{f"{name}_tells": fields + _TELLS for name, fields in _FAULTS.items()},
}
GROUP = Group(
    bootstrap([_listener(name, fields) for name, fields in _LISTENERS.items()], [cluster()]),
    [
        Case(f"{listener}_{name}", [request], listener=listener)
        for listener in _LISTENERS
        for name, request in _REQUESTS.items()
    ],
)
