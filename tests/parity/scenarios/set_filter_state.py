"""The set-filter-state filter: what is left, what is replaced, and what is passed on."""

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

_TYPE = "set_filter_state.v3.Config"
_CONFIG = f"type.googleapis.com/envoy.extensions.filters.http.{_TYPE}"


def _value(key: str, text: str, more: str = "") -> str:
    source = f"format_string: {{text_format_source: {{inline_string: '{text}'}}}}"
    return f"{{object_key: {key}, factory_key: envoy.string, {source}{more}}}"


def _values(*values: str) -> str:
    return f"{{on_request_headers: [{', '.join(values)}]}}"


_ROUTE = _values(_value("k", "route %REQ(x-a)%", ", skip_if_empty: true"))[1:-1]
_ROUTES = f"""
- {{match: {{prefix: /plain}}, route: {{cluster: up}}}}
- match: {{prefix: /route}}
  route: {{cluster: up}}
  typed_per_filter_config: {{set: {{'@type': {_CONFIG}, {_ROUTE}}}}}
"""
_LISTENERS = {
    "kept": _values(_value("k", "%REQ(x-a)%")),
    "skipped": _values(_value("k", "%REQ(x-a)%", ", skip_if_empty: true")),
    "replaced": _values(_value("k", "first"), _value("k", "%REQ(x-a)%")),
    "not_replaced_by_nothing": _values(
        _value("k", "first"), _value("k", "%REQ(x-a)%", ", skip_if_empty: true")
    ),
    "read_only": _values(_value("k", "first", ", read_only: true"), _value("k", "second")),
    "shared_once": _values(_value("k", "shared", ", shared_with_upstream: ONCE")),
    "shared_on": _values(_value("k", "shared", ", shared_with_upstream: TRANSITIVE")),
    "not_shared": _values(_value("k", "own")),
}
_LOG = text_format("%REQ(:PATH)% %FILTER_STATE(k:PLAIN)% %UPSTREAM_FILTER_STATE(k:PLAIN)%\n")


def _listener(name: str, fields: str) -> Node:
    host = {"name": "all", "domains": ["*"], "routes": load(_ROUTES)}
    node = http(name, virtual_hosts=str([host]))
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager["access_log"] = access_log(f"$dir/{name}.log", _LOG)
    manager["http_filters"] = [http_filter("set", _TYPE, fields), *manager["http_filters"]]
    return node


GROUP = Group(
    bootstrap([_listener(name, fields) for name, fields in _LISTENERS.items()], [cluster()]),
    [
        Case(f"{listener}_{path}_{number}", [get(f"/{path}", *lines)], listener=listener)
        for listener in _LISTENERS
        for path in ("plain", "route")
        for number, lines in enumerate(((), ("x-a: 1",)))
    ],
)
