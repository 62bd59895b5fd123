"""What Envoy counts of deprecated fields: how often it looks at each once there is a runtime."""

import json

from tests.parity.config import access_log, bootstrap, cluster, http, merged
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Messages, Note

_FILTERS = "type.googleapis.com/envoy.extensions.filters.http"
_HEADER = {"header": {"key": "x-a", "value": "b"}, "append": True}
_MUTATION = {
    "name": "mutation",
    "typed_config": {
        "@type": f"{_FILTERS}.header_mutation.v3.HeaderMutation",
        "mutations": {"request_mutations": [{"append": _HEADER}]},
    },
}
_ROUTER = {"name": "router", "typed_config": {"@type": f"{_FILTERS}.router.v3.Router"}}
_OWN = {
    "mutation": {
        "@type": f"{_FILTERS}.header_mutation.v3.HeaderMutationPerRoute",
        "mutations": {"request_mutations": [{"append": _HEADER}]},
    }
}
_ROUTES = """
- match: {prefix: /}
  route: {cluster: up, max_grpc_timeout: 1s, grpc_timeout_offset: 0.1s}
"""
_HCM = {
    "http_filters": [_MUTATION, _ROUTER],
    "access_log": access_log("$dir/http.log", {"format": "%RESPONSE_CODE%\n"}),
    "upgrade_configs": [{"upgrade_type": "websocket", "filters": [_MUTATION, _ROUTER]}],
    "route_config": {"typed_per_filter_config": _OWN},
}
_LAYERS = """
layered_runtime:
  layers:
  - name: base
    static_layer:
      envoy.features.fail_on_any_deprecated_feature: true
      envoy.features.enable_all_deprecated_features: true
"""
_STATS = ["deprecated_feature_use", "deprecated_feature_seen_since_process_start"]

GROUP = Group(
    bootstrap(
        [http(routes=_ROUTES, hcm=json.dumps(_HCM))],
        [cluster(), merged(cluster("two", to=["up"]), {"http2_protocol_options": {}})],
        _LAYERS,
    ),
    [
        Case(
            "counted_at_the_start",
            [get(), Messages(1), Note([f"runtime.{stat}" for stat in _STATS])],
        )
    ],
    fresh=True,
)
