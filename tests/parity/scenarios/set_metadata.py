"""The set-metadata filter: what requests are given, and what a route has to say of it."""

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    http_filter,
    load,
    text_format,
)
from tests.parity.scenario import Case, Group, get

_TYPE = "set_metadata.v3.Config"
_CONFIG = f"type.googleapis.com/envoy.extensions.filters.http.{_TYPE}"
_OWN = """
metadata:
- {metadata_namespace: a, value: {own: 1, both: own, list: [1], deep: {x: 1}}}
- {metadata_namespace: b, value: {own: 1}}
- {metadata_namespace: b, value: {second: 1}}
- {metadata_namespace: b, value: {third: 1, own: 3}, allow_overwrite: true}
"""
_OLD = "{metadata_namespace: a, value: {old: 1, list: [1]}}"
_ROUTE = "metadata: [{metadata_namespace: a, value: {route: 1, both: route}}]"
_OVER = (
    "metadata: [{metadata_namespace: a, allow_overwrite: true, "
    "value: {route: 1, both: route, list: [2], deep: {y: 1}}}]"
)
_HOST = "metadata: [{metadata_namespace: h, value: {host: 1}}]"
_WEIGHTED = "metadata: [{metadata_namespace: r, value: {weighted: 1}}]"


def _typed(fields: str) -> str:
    return f"typed_per_filter_config: {{set: {{'@type': {_CONFIG}, {fields}}}}}"


_PLAIN = "route: {cluster: up}"
_ROUTES = f"""
- {{match: {{prefix: /plain}}, {_PLAIN}}}
- {{match: {{prefix: /route}}, {_PLAIN}, {_typed(_ROUTE)}}}
- {{match: {{prefix: /over}}, {_PLAIN}, {_typed(_OVER)}}}
- {{match: {{prefix: /empty}}, {_PLAIN}, {_typed("metadata: []")}}}
- {{match: {{prefix: /old}}, {_PLAIN}, {_typed("metadata_namespace: c, value: {old: 2}")}}}
- match: {{prefix: /weighted}}
  route: {{weighted_clusters: {{clusters: [{{name: up, weight: 1, {_typed(_WEIGHTED)}}}]}}}}
  {_typed(_ROUTE)}
"""
_PATHS = ("plain", "route", "over", "empty", "old", "weighted")
_NAMESPACES = " ".join(f"{name}=%DYNAMIC_METADATA({name})%" for name in "abchr")
_LOG = text_format(f"%REQ(:PATH)% {_NAMESPACES}\n")


def _listener(name: str, fields: str, of_host: str = "") -> Node:
    host = {"name": "all", "domains": ["*"], "routes": load(_ROUTES)}
    host |= load(f"{{{of_host}}}")
    node = http(name, virtual_hosts=str([host]))
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager["access_log"] = access_log(f"$dir/{name}.log", _LOG)
    manager["http_filters"] = [http_filter("set", _TYPE, fields), *manager["http_filters"]]
    return node


GROUP = Group(
    bootstrap(
        [_listener("own", _OWN), _listener("old", _OLD), _listener("host", _OWN, _typed(_HOST))],
        [cluster()],
    ),
    [
        Case(
            f"{listener}_{path}",
            [get(f"/{path}")],
            listener=listener,
            stats=[
                f"{prefix}set_metadata.overwrite_denied" for prefix in (f"http.{listener}.", "")
            ],
        )
        for listener in ("own", "old", "host")
        for path in _PATHS
    ],
)
