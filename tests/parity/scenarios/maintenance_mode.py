"""A cluster from which the runtime takes requests away."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, Server, get, post, request
from tests.parity.steps import Messages, Open, Send, Step
from tests.parity.steps_h2 import Headers, StreamDone

_ADMIN = Open("a", listener="admin")
_LAYERS = """
layered_runtime:
  layers:
  - name: base
    static_layer:
      upstream.maintenance_mode.up: 100
      upstream.maintenance_mode.much: 250
      upstream.maintenance_mode.word: all
      upstream.maintenance_mode.share: {numerator: 100}
      upstream.maintenance_mode.flag: true
      upstream.maintenance_mode.negative: -1
      upstream.maintenance_mode.broken: 0.9
  - {name: admin, admin_layer: {}}
"""
_HOSTS = """
- name: v
  domains: ["*"]
  include_request_attempt_count: true
  include_attempt_count_in_response: true
  virtual_clusters: [{name: all, headers: [{name: ":path", string_match: {prefix: "/"}}]}]
  response_headers_to_add: [{header: {key: x-added, value: "%RESPONSE_CODE_DETAILS%"}}]
  routes:
  - match: {prefix: /mirrored}
    route: {cluster: up, request_mirror_policies: [{cluster: other}]}
  - match: {prefix: /mirror}
    route: {cluster: other, request_mirror_policies: [{cluster: up}]}
  - {match: {prefix: /much}, route: {cluster: much}}
  - {match: {prefix: /word}, route: {cluster: word}}
  - {match: {prefix: /share}, route: {cluster: share}}
  - {match: {prefix: /flag}, route: {cluster: flag}}
  - {match: {prefix: /negative}, route: {cluster: negative}}
  - {match: {prefix: /broken}, route: {cluster: broken}}
  - match: {prefix: /weighted}
    route: {weighted_clusters: {clusters: [{name: up, weight: 1}]}}
  - match: {prefix: /own}
    route: {cluster: up}
    stat_prefix: own
    response_headers_to_add: [{header: {key: x-own, value: "%UPSTREAM_CLUSTER%"}}]
  - {match: {prefix: /strict}, route: {cluster: up, timeout: 3s}}
  - {match: {prefix: /}, route: {cluster: up}}
"""
_NAMES = ("up", "much", "word", "share", "flag", "negative", "broken", "other")
_LEAVES = (
    "upstream_rq_maintenance_mode",
    "upstream_rq_503",
    "upstream_rq_total",
    "internal.upstream_rq_503",
    "external.upstream_rq_503",
    "upstream_rq_completed",
    "alt.upstream_rq_503",
    "upstream_rq_pending_overflow",
)
_STATS = [
    *(f"cluster.up.{leaf}" for leaf in _LEAVES),
    "cluster.other.upstream_rq_200",
    "vhost.v.vcluster.all.upstream_rq_503",
    "vhost.v.route.own.upstream_rq_503",
    "http.http.rq_total",
    "http.http.downstream_rq_5xx",
]
_STRICT = "strict_check_headers: [x-envoy-upstream-rq-timeout-ms]"


def _changed(query: str, count: int = 1) -> list[Step]:
    return [Send(get(f"/runtime_modify?{query}", method="POST"), "a"), Messages(count, "a")]


def _one(name: str, *steps: bytes | Step, listener: str = "http") -> Case:
    return Case(name, [*steps], stats=_STATS, listener=listener)


GROUP = Group(
    bootstrap(
        [
            http(virtual_hosts=_HOSTS),
            http("suppressed", virtual_hosts=_HOSTS, router_fields="suppress_envoy_headers: true"),
            http("strict", virtual_hosts=_HOSTS, router_fields=_STRICT),
        ],
        [cluster(), *(cluster(name, to=["up"]) for name in _NAMES if name != "up")],
        _LAYERS,
    ),
    [
        _one("a_get", get("/"), Messages(1)),
        _one("two_requests", get("/"), Messages(1), Send(get("/")), Messages(2)),
        _one("a_head", request("HEAD / HTTP/1.1", "Host: a"), Messages(1)),
        _one("a_body", post("/", b"hello"), Messages(1)),
        _one("of_grpc", get("/s/m", "content-type: application/grpc"), Messages(1)),
        _one("another_name", get("/", "x-envoy-upstream-alt-stat-name: alt"), Messages(1)),
        _one("without_headers", get("/"), Messages(1), listener="suppressed"),
        _one(
            "a_strict_check_first",
            get("/strict", "x-envoy-upstream-rq-timeout-ms: x"),
            Messages(1),
            listener="strict",
        ),
        _one("a_weighted_cluster", get("/weighted"), Messages(1)),
        _one("a_route_with_statistics", get("/own"), Messages(1)),
        _one("a_copy_is_not_made", get("/mirrored"), Messages(1)),
        _one("a_copy_is_taken_away", get("/mirror"), Messages(1), Messages(1, "up")),
        _one("over_http2", Open(protocol="h2"), Headers(fields("/"), end=True), StreamDone()),
        *(_one(f"by_{name}", get(f"/{name}"), Messages(1)) for name in _NAMES[1:-1]),
        _one(
            "until_an_operator_ends_it",
            *(_ADMIN, get("/"), Messages(1)),
            *(*_changed("upstream.maintenance_mode.up=0"), Send(get("/")), Messages(2)),
            *(*_changed("upstream.maintenance_mode.up=", 2), Send(get("/")), Messages(3)),
        ),
        _one(
            "from_when_an_operator_wants_it",
            *(_ADMIN, get("/word"), Messages(1)),
            *(*_changed("upstream.maintenance_mode.word=100"), Send(get("/word")), Messages(2)),
        ),
    ],
    upstreams={"up": Server()},
    fresh=True,
)
