"""The local rate limit filter whose tokens are shared with the other hosts of a local cluster."""

# ruff: noqa: E501 - YAML of one line each is easier to compare.

from tests.parity.config import bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, Loose, Server, get
from tests.parity.steps import Messages, Send

_KIND = "local_ratelimit.v3.LocalRateLimit"
_TYPED = f'"@type": type.googleapis.com/envoy.extensions.filters.http.{_KIND}'
_ON = "{default_value: {numerator: 100}}"
_ENABLED = (
    f"filter_enabled: {_ON}, filter_enforced: {_ON}, enable_x_ratelimit_headers: DRAFT_VERSION_03"
)
_SHARED = "local_cluster_rate_limit: {}"
_BUCKET = "token_bucket: {max_tokens: 7, fill_interval: 100000s}"
_GENERIC = "rate_limits: [{actions: [{generic_key: {descriptor_key: k, descriptor_value: v}}], %s}]"
_DESCRIPTOR = "descriptors: [{entries: [{key: k, value: v}], token_bucket: {max_tokens: 5, fill_interval: 100000s}}]"


def _route(path: str, fields: str) -> str:
    typed = f"{{limit: {{{_TYPED}, stat_prefix: x, {_BUCKET}, {_ENABLED}, {fields}}}}}"
    return f"{{match: {{path: {path}}}, route: {{cluster: up}}, typed_per_filter_config: {typed}}}"


_ROUTES = [
    _route("/own", _SHARED),
    _route("/alone", "stage: 0"),
    _route("/descriptor", f"{_SHARED}, {_DESCRIPTOR}, {_GENERIC % 'stage: null'}"),
    _route("/two", f"{_SHARED}, {_DESCRIPTOR}, {_GENERIC % 'hits_addend: {number: 2}'}"),
    _route("/retry", f"{_SHARED}, enable_retry_after_header: true"),
    "{match: {prefix: /}, route: {cluster: up}}",
]
_FILTER = http_filter("limit", _KIND, f"{{stat_prefix: x, {_BUCKET}, {_ENABLED}, {_SHARED}}}")
_RESET = Loose(r"(?<=x-ratelimit-reset: )\d{5,6}", "<reset>", "a second may pass")


def _times(path: str, count: int) -> Case:
    steps = [step for n in range(1, count + 1) for step in (Send(get(path)), Messages(n))]
    return Case(f"{path.strip('/') or 'of_the_filter'}_{count}_times", steps, loose=[_RESET])


GROUP = Group(
    bootstrap(
        [filtered("http", [_FILTER], f"[{', '.join(_ROUTES)}]")],
        [cluster(), cluster("mesh", to=["up", "second", "third"])],
        "cluster_manager: {local_cluster_name: mesh}",
    ),
    [
        _times("/", 3),
        _times("/own", 3),
        _times("/alone", 2),
        _times("/descriptor", 2),
        _times("/two", 1),
        _times("/retry", 3),
    ],
    upstreams={"up": Server(), "second": Server(), "third": Server()},
)
