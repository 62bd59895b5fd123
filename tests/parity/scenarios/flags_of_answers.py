"""Which flags an answer of our own already has where it is formatted and mapped."""

import json

from tests.parity.config import Node, bootstrap, cluster, http, http_filter
from tests.parity.scenario import Case, Group, get

_ON = "{default_value: {numerator: 100}}"
_ALWAYS = "{numerator: 100}"
_FILTERS = {
    "local_ratelimit": http_filter(
        "limit",
        "local_ratelimit.v3.LocalRateLimit",
        f"{{stat_prefix: l, filter_enabled: {_ON}, filter_enforced: {_ON}, "
        "token_bucket: {max_tokens: 1, fill_interval: 3600s}, response_headers_to_add: "
        "[{header: {key: x-filter, value: '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%'}}]}",
    ),
    "fault": http_filter(
        "fault",
        "fault.v3.HTTPFault",
        f"{{abort: {{http_status: 503, percentage: {_ALWAYS}}}, "
        f"delay: {{fixed_delay: 0.001s, percentage: {_ALWAYS}}}}}",
    ),
    "health_check": http_filter(
        "health",
        "health_check.v3.HealthCheck",
        "{pass_through_mode: false, headers: [{name: ':path', string_match: {prefix: /}}], "
        "cluster_min_healthy_percentages: {nobody: {value: 50}}}",
    ),
}


def _listener(name: str) -> Node:
    told = {"header": {"key": "x-flags", "value": "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"}}
    mappers = [
        {
            "filter": {"response_flag_filter": {"flags": [flag]}},
            "headers_to_add": [{"header": {"key": "x-mapped", "value": flag}}],
            "body_format_override": {
                "text_format_source": {"inline_string": "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"}
            },
        }
        for flag in ("RL", "FI", "DI", "LH")
    ]
    manager = {
        "local_reply_config": {"mappers": mappers},
        "http_filters": [
            _FILTERS[name],
            http_filter("router", "router.v3.Router"),
        ],
    }
    route = {
        "match": {"prefix": "/"},
        "route": {"cluster": "up"},
        "response_headers_to_add": [told],
    }
    return http(name, routes=json.dumps([route]), hcm=json.dumps(manager))


GROUP = Group(
    bootstrap(
        [_listener(name) for name in _FILTERS],
        [cluster(), cluster("nobody", "load_assignment: {endpoints: null}")],
    ),
    [Case(name, [get(), get()], listener=name) for name in _FILTERS],
)
