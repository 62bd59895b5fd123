"""Rate limits by what metadata say: of the request, as filters wrote them, and of its route."""

from tests.parity.config import bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Messages

_KIND = "local_ratelimit.v3.LocalRateLimit"
_TYPED = f'"@type": type.googleapis.com/envoy.extensions.filters.http.{_KIND}'
_ALWAYS = "{default_value: {numerator: 100}}"
_WRITTEN = (
    "metadata: [{metadata_namespace: of.request, value: "
    "{plan: free, deep: {team: t1}, number: 7, flag: true, empty: ''}}]"
)
_OF_ROUTE = "metadata: {filter_metadata: {of.route: {plan: gold}}}"


def _bucket(tokens: int) -> str:
    return f"token_bucket: {{max_tokens: {tokens}, fill_interval: 100000s}}"


def _key(namespace: str, *path: str) -> str:
    steps = ", ".join(f"{{key: {step}}}" for step in path)
    return f"metadata_key: {{key: {namespace}, path: [{steps}]}}"


# The action, and the value that one request with it is let through for.
_ACTIONS = {
    "dynamic": (f"metadata: {{descriptor_key: k, {_key('of.request', 'plan')}}}", "free"),
    "deep": (f"metadata: {{descriptor_key: k, {_key('of.request', 'deep', 'team')}}}", "t1"),
    "number": (f"metadata: {{descriptor_key: k, {_key('of.request', 'number')}}}", "7"),
    "flag": (f"metadata: {{descriptor_key: k, {_key('of.request', 'flag')}}}", "true"),
    "empty": (
        f"metadata: {{descriptor_key: k, {_key('of.request', 'empty')}, default_value: d}}",
        "d",
    ),
    "default": (
        f"metadata: {{descriptor_key: k, {_key('of.request', 'none')}, default_value: d}}",
        "d",
    ),
    "missing": (f"metadata: {{descriptor_key: k, {_key('of.request', 'none')}}}", ""),
    "other_namespace": (f"metadata: {{descriptor_key: k, {_key('of.none', 'plan')}}}", "free"),
    "of_the_route": (
        f"metadata: {{descriptor_key: k, {_key('of.route', 'plan')}, source: ROUTE_ENTRY}}",
        "gold",
    ),
    "not_of_the_route": (
        f"metadata: {{descriptor_key: k, {_key('of.request', 'plan')}, source: ROUTE_ENTRY}}",
        "free",
    ),
}
# Only the older place of rate limits knows the older action.
_OLDER = {
    "older": (f"dynamic_metadata: {{descriptor_key: k, {_key('of.request', 'plan')}}}", "free"),
    "older_default": (
        f"dynamic_metadata: {{descriptor_key: k, {_key('of.request', 'none')}, default_value: d}}",
        "d",
    ),
}
_SKIPPED = f"metadata: {{descriptor_key: k, {_key('of.request', 'none')}, skip_if_absent: true}}"


def _route(name: str, actions: str, entries: str, *, older: bool = False) -> str:
    limits = f", rate_limits: [{{actions: [{actions}]}}]"
    limit = (
        f"{_TYPED}, stat_prefix: {name}, {_bucket(50)}, filter_enabled: {_ALWAYS}, "
        f"filter_enforced: {_ALWAYS}, descriptors: [{{entries: [{entries}], {_bucket(1)}}}]"
        f"{'' if older else limits}"
    )
    return (
        f"{{match: {{path: /{name}}}, {_OF_ROUTE}, "
        f"route: {{cluster: up{limits if older else ''}}}, "
        f"typed_per_filter_config: {{limit: {{{limit}}}}}}}"
    )


_ROUTES = [
    *(
        _route(name, f"{{{action}}}", f"{{key: k, value: '{value}'}}")
        for name, (action, value) in _ACTIONS.items()
    ),
    *(
        _route(name, f"{{{action}}}", f"{{key: k, value: '{value}'}}", older=True)
        for name, (action, value) in _OLDER.items()
    ),
    _route(
        "skipped",
        f"{{generic_key: {{descriptor_value: all}}}}, {{{_SKIPPED}}}",
        "{key: generic_key, value: all}",
    ),
]


def _case(name: str) -> Case:
    stats = [f"{name}.http_local_rate_limit.{stat}" for stat in ("ok", "rate_limited")]
    path = f"/{name}"
    return Case(name, [get(path), Messages(1), get(path), Messages(2)], stats=stats)


GROUP = Group(
    bootstrap(
        [
            filtered(
                "http",
                [
                    http_filter("write", "set_metadata.v3.Config", f"{{{_WRITTEN}}}"),
                    http_filter("limit", _KIND, "{stat_prefix: none}"),
                ],
                f"[{', '.join(_ROUTES)}]",
            )
        ],
        [cluster()],
        "layered_runtime: {layers: [{name: older, static_layer: "
        "{envoy.features.enable_all_deprecated_features: true}}]}",
    ),
    [_case(name) for name in (*_ACTIONS, *_OLDER, "skipped")],
)
