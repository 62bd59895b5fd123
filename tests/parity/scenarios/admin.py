"""The admin interface: every endpoint's answer that changes nothing."""

from tests.parity.config import bootstrap, cluster, http, tcp
from tests.parity.scenario import Case, Group, Loose, Server, get
from tests.parity.steps import Messages, Open, Send

_ABSENT = "allocprofiler|heap_dump|memory/tcmalloc|peak_heap_dump|runtime_modify"
_VOLATILE = [
    Loose(r"^ {6}\w+: .*$", "<dropped>", "the words about parameters are one's own"),
    Loose(
        rf"^  /({_ABSENT})( \(POST\))?: .*$", "<dropped>", "profilers and the like are Envoy's own"
    ),
    Loose(r"goo\.gle/debug\w+ +", "<for people>", "by design not the same twice"),
    Loose(r"^total: \d+$", "total: <n>", "names are not looked up while serving"),
    Loose(r"^  (?!admin|http2?|main|upstream)\w+: \w+$", "<dropped>", "loggers of one's own"),
    Loose(r'("(?:uptime_\w+|version|hot_restart_version)": )"[^"]*"', r'\1"<any>"', "of this run"),
    Loose(r"^(.*_weight|.*::rq_time): .*$", r"\1: <any>", "of this run"),
]
_FILTER = "%5E(cluster.up.upstream_rq_(total%7C200%7Cactive)%7Chttp.http.downstream_rq_total)%24"

_PATHS = {
    "ready": "/ready",
    "ready_with_a_query": "/ready?x",
    "unknown": "/nothing",
    "unknown_below_a_known": "/ready/x",
    "no_slash": "/stats/",
    "help": "/help",
    "stats_of_a_filter": f"/stats?filter={_FILTER}",
    "stats_of_a_bad_filter": "/stats?filter=%5B",
    "stats_of_a_type": f"/stats?filter={_FILTER}&type=Gauges",
    "stats_of_an_unknown_type": "/stats?type=Odd",
    "stats_as_json": f"/stats?filter={_FILTER}&format=json",
    "stats_as_something": f"/stats?filter={_FILTER}&format=odd",
    "stats_for_prometheus": f"/stats?filter={_FILTER}&format=prometheus",
    "prometheus": f"/stats/prometheus?filter={_FILTER}",
    "used_stats": "/stats?usedonly&filter=%5Ecluster.up.upstream_cx",
    "stats_of_no_match": "/stats?filter=%5Enothing%24",
    "listeners": "/listeners",
    "listeners_as_json": "/listeners?format=json",
    "clusters": "/clusters",
    "clusters_as_json": "/clusters?format=json",
    "runtime": "/runtime",
    "logging_get": "/logging",
    "quit_get": "/quitquitquit",
    "reset_get": "/reset_counters",
    "drain_get": "/drain_listeners",
    "fail_get": "/healthcheck/fail",
    "ok_get": "/healthcheck/ok",
    "reopen_get": "/reopen_logs",
    "config_dump_of_bootstrap": "/config_dump?resource=bootstrap",
    "config_dump_of_a_listener": "/config_dump?resource=static_listeners&name_regex=%5Etcp%24",
    "config_dump_of_a_cluster": "/config_dump?resource=static_clusters&name_regex=%5Eup%24",
    "config_dump_of_nothing": "/config_dump?resource=odd",
    "config_dump_of_a_mask": (
        "/config_dump?resource=static_clusters&name_regex=%5Eup%24&mask=cluster.name"
    ),
    "config_dump_of_a_bad_regex": "/config_dump?name_regex=%5B",
    "config_dump_of_a_bad_mask": "/config_dump?mask=bootstrap,,odd",
    "config_dump_of_a_bad_mask_of_items": (
        "/config_dump?resource=static_clusters&mask=cluster.name,o%22dd"
    ),
    "certs": "/certs",
    "contention": "/contention",
    "cpu_profiler_get": "/cpuprofiler",
    "heap_profiler_get": "/heapprofiler",
    "init_dump": "/init_dump",
    "init_dump_of_a_mask": "/init_dump?mask=listener",
    "recent_lookups": "/stats/recentlookups",
    "recent_lookups_enable_get": "/stats/recentlookups/enable",
    "hot_restart_version": "/hot_restart_version",
}
_COMMANDS = {
    "reset": "/reset_counters",
    "ok": "/healthcheck/ok",
    "reopen": "/reopen_logs",
    "logging_level": "/logging?level=error",
    "logging_unknown_level": "/logging?level=odd",
    "logging_unknown_logger": "/logging?odd=error",
    "cpu_profiler": "/cpuprofiler",
    "cpu_profiler_off": "/cpuprofiler?enable=n",
    "heap_profiler": "/heapprofiler?enable=y",
    "recent_lookups_clear": "/stats/recentlookups/clear",
    "recent_lookups_disable": "/stats/recentlookups/disable",
    "tap": "/tap",
    "ready": "/ready",
    "stats": "/stats?filter=%5Enothing%24",
    "unknown": "/nothing",
}

CASES = [
    *(Case(f"get_{name}", [get(path)], loose=_VOLATILE) for name, path in _PATHS.items()),
    *(
        Case(f"post_{name}", [get(path, method="POST")], loose=_VOLATILE)
        for name, path in _COMMANDS.items()
    ),
    Case(
        "get_server_info",
        [get("/server_info")],
        loose=[
            Loose(r'^ {2,}(?!"id": |"cluster": ).*$', "<dropped>", "flags, versions, extensions"),
            *_VOLATILE,
        ],
    ),
    Case("get_memory", [get("/memory")], loose=[Loose(r'"\d+"', '"<n>"', "of this run")]),
    Case(
        "recent_lookups_when_enabled",
        [
            *(get("/stats/recentlookups/enable", method="POST"), Messages(1)),
            *(get("/stats/recentlookups/clear", method="POST"), Messages(2)),
            *(get("/stats/recentlookups"), Messages(3)),
            *(get("/stats/recentlookups/disable", method="POST"), Messages(4)),
        ],
    ),
    Case("head_ready", [get("/ready", method="HEAD")]),
    Case("put_ready", [get("/ready", method="PUT")]),
    Case("put_reset", [get("/reset_counters", method="PUT")]),
    Case("two_requests", [get("/ready"), Messages(1), get("/ready"), Messages(2)]),
    Case("close", [get("/ready", "Connection: close")]),
    Case("no_host", [b"GET /ready HTTP/1.1\r\n\r\n"]),
    Case(
        "stats_after_a_request",
        [
            *(Open("d", listener="http"), Send(get(), "d"), Messages(1, "d")),
            *(get(f"/stats?filter={_FILTER.replace('total', 'completed')}"), Messages(1)),
        ],
        loose=[Loose(r": \d+$", ": <n>", "other cases have counted, too", "client")],
    ),
]

GROUP = Group(
    bootstrap([http(), tcp()], [cluster()]),
    CASES,
    upstreams={"up": Server()},
    listener="admin",
)
