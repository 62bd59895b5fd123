use std::sync::Arc;

use voyant_ir::cluster::{EndpointAddress, HealthStatus};
use voyant_ir::matcher::StringMatcher;

use super::super::backend::{Control, ListenerView};
use super::fixture::*;
use crate::observe::stats::Registry;
use crate::rt::address::PeerAddress;
use crate::upstream::cluster_set::ClusterSet;
use crate::upstream::fixtures::{cluster, endpoint, locality};

fn backend_with_clusters() -> Arc<FakeBackend> {
    let mut dead = cluster("dead", &[]);
    let mut first = endpoint("127.0.0.1:1");
    first.hostname = "hn".into();
    first.weight = 7;
    first.health = HealthStatus::Unhealthy;
    let mut second = endpoint("127.0.0.1:2");
    second.address = EndpointAddress::Pipe { path: "/tmp/x.sock".into() };
    second.health = HealthStatus::Degraded;
    let mut third = endpoint("127.0.0.1:2");
    third.address = EndpointAddress::Socket { ip: "::1".into(), port: 2 };
    third.health = HealthStatus::Draining;
    let mut place = locality(0, vec![first, second, third]);
    (place.region, place.zone, place.sub_zone) = ("r".into(), "z".into(), "s".into());
    dead.localities = vec![place];
    let configs = vec![cluster("app", &[80]), dead];
    let registry = Registry::new();
    let clusters = ClusterSet::build(configs, &ClusterSet::default(), &Arc::default(), &registry)
        .expect("valid");
    let tcp = "127.0.0.1:4242".parse().expect("an address");
    let pipe = PeerAddress::Pipe("/tmp/observe_pipe.sock".into());
    let listeners = vec![
        ListenerView { name: "ingress".into(), addresses: vec![PeerAddress::Ip(tcp)] },
        ListenerView { name: "tcp".into(), addresses: vec![PeerAddress::Ip(tcp), pipe] },
    ];
    Arc::new(FakeBackend { listeners, clusters: Arc::new(clusters), ..FakeBackend::default() })
}

#[test]
fn clusters_are_shown_as_envoy_shows_them() {
    let state = Arc::new(state(backend_with_clusters(), None));
    assert_eq!(get(&state, "/clusters?filter=dead"), include_str!("goldens/clusters.txt"));
    let json = get(&state, "/clusters?filter=dead&format=json");
    assert_eq!(json, include_str!("goldens/clusters.json"));
    assert_eq!(get(&state, "/clusters?format=json&filter=nope"), "{}\n");
    let both: serde_json::Value =
        serde_json::from_str(&get(&state, "/clusters?format=json")).expect("JSON");
    assert_eq!(both["cluster_statuses"].as_array().map(Vec::len), Some(2));
    assert_eq!(ask(&state, "GET", "/clusters?filter=%5B").0, 400);
}

#[test]
fn listeners_are_shown_as_envoy_shows_them() {
    let state = Arc::new(state(backend_with_clusters(), None));
    let json = get(&state, "/listeners?format=json");
    assert_eq!(json, include_str!("goldens/listeners.json"));
    assert_eq!(
        get(&state, "/listeners"),
        "ingress::127.0.0.1:4242\ntcp::127.0.0.1:4242\ntcp::/tmp/observe_pipe.sock\n"
    );
}

#[test]
fn runtime_shows_each_layer_and_the_last_value() {
    let ours: serde_json::Value = serde_json::from_str(&get(&plain(), "/runtime")).expect("JSON");
    // Envoy's order of keys is that of a hash table.
    let envoys: serde_json::Value =
        serde_json::from_str(include_str!("goldens/runtime.json")).expect("JSON");
    assert_eq!(ours, envoys);
}

#[test]
fn an_operator_changes_the_runtime() {
    let state = plain();
    let (status, _, body) = ask(&state, "POST", "/runtime_modify?a.b=7&new=%20x&a.b=8");
    assert_eq!((status, body.as_str()), (200, "OK\n"));
    assert_eq!(state.runtime.runtime().integer("a.b", 0), 7);
    let page: serde_json::Value = serde_json::from_str(&get(&state, "/runtime")).expect("JSON");
    assert_eq!(page["entries"]["a.b"]["layer_values"], serde_json::json!(["5", "6", "7"]));
    assert_eq!(page["entries"]["new"]["final_value"], " x");
    ask(&state, "POST", "/runtime_modify?a.b=&new=");
    assert_eq!(state.runtime.runtime().integer("a.b", 0), 6);
    let (status, _, body) = ask(&state, "POST", "/runtime_modify");
    assert!(status == 400 && body.starts_with("usage: /runtime_modify?key1=value1"), "{body}");
    assert_eq!(ask(&state, "GET", "/runtime_modify?a=1").0, 405);
}

#[test]
fn server_info_carries_what_the_owner_says() {
    let expected = concat!(
        "{\n \"version\": \"abc/1.2.3/Clean/RELEASE\",\n \"state\": \"LIVE\",\n",
        " \"uptime_current_epoch\": \"0s\",\n \"uptime_all_epochs\": \"0s\",\n",
        " \"hot_restart_version\": \"disabled\",\n \"command_line_options\": {\n",
        "  \"concurrency\": 2,\n  \"stats_tag\": []\n },\n \"node\": {\n  \"id\": \"demo\"\n },\n",
        " \"hot_restart_initializing\": false\n}\n"
    );
    assert_eq!(get(&plain(), "/server_info"), expected);
}

#[test]
fn small_pages() {
    let state = plain();
    assert_eq!(get(&state, "/certs"), "{\n \"certificates\": []\n}\n");
    assert_eq!(get(&state, "/init_dump"), "{}\n");
    assert_eq!(ask(&state, "POST", "/cpuprofiler?enable=y").0, 500);
    assert_eq!(get(&state, "/hot_restart_version"), "disabled");
    let memory: serde_json::Value = serde_json::from_str(&get(&state, "/memory")).expect("JSON");
    let resident = memory["total_physical_bytes"].as_str().and_then(|text| text.parse().ok());
    assert!(resident.is_some_and(|bytes: u64| bytes > 1 << 20), "{memory}");
    let home = ask(&state, "GET", "/");
    assert_eq!((home.0, home.1), (200, "text/html; charset=UTF-8"));
    assert!(home.2.contains("action='quitquitquit'") && home.2.contains("href='stats'"));
    assert!(get(&state, "/help").starts_with("admin commands are:\n  /: Admin home page\n"));
}

#[test]
fn ready_follows_the_lifecycle() {
    let state = plain();
    assert_eq!(ask(&state, "GET", "//ready?x").2, "LIVE\n");
    assert_eq!(ask(&state, "POST", "/healthcheck/fail").2, "OK\n");
    let (status, _, body) = ask(&state, "GET", "/ready");
    assert_eq!((status, body.as_str()), (503, "DRAINING\n"));
    ask(&state, "POST", "/healthcheck/ok");
    assert_eq!(ask(&state, "GET", "/ready").0, 200);
}

#[test]
fn what_changes_something_wants_post() {
    let backend = Arc::new(FakeBackend::default());
    let state = Arc::new(state(Arc::<FakeBackend>::clone(&backend), None));
    for path in ["/quitquitquit", "/reset_counters", "/logging", "/reopen_logs", "/healthcheck/ok"]
    {
        let (status, _, body) = ask(&state, "GET", path);
        let expected = "Method GET not allowed, POST required.";
        assert_eq!((status, body.as_str()), (405, expected), "{path}");
    }
    assert!(backend.controls.lock().expect("no panic").is_empty());
    for target in ["/quitquitquit", "/reopen_logs", "/drain_listeners?graceful&inboundonly=x"] {
        assert_eq!(ask(&state, "POST", target).2, "OK\n");
    }
    let drain = Control::DrainListeners { graceful: true, skip_exit: false, inbound_only: true };
    let controls = backend.controls.lock().expect("no panic");
    assert_eq!(*controls, [Control::Quit, Control::ReopenLogs, drain]);
}

#[test]
fn unknown_and_forbidden_paths() {
    let state = plain();
    let (status, _, body) = ask(&state, "GET", "/nope");
    assert_eq!(status, 404);
    assert!(body.starts_with("invalid path. admin commands are:\n  /: Admin home page\n"));
    let exact = |value: &str| StringMatcher::Exact { value: value.into(), ignore_case: false };
    let allowed = [exact("/ready"), exact("/help?x=1")];
    assert_eq!(ask_allowed(&state, &allowed, "GET", "/ready").0, 200);
    assert_eq!(ask_allowed(&state, &allowed, "GET", "/help?x=1").0, 200);
    let (status, _, body) = ask_allowed(&state, &allowed, "GET", "/ready?a");
    assert_eq!((status, body.as_str()), (403, "request to path /ready?a not allowed"));
}

#[test]
fn a_delegate_answers_what_the_engine_does_not_know() {
    let (status, kind, body) = ask(&plain(), "GET", "/config_dump?mask=a%2Cb");
    assert_eq!((status, kind), (200, "application/json"));
    assert_eq!(body, r#"/config_dump [("mask", "a,b")]"#);
    let alone = Arc::new(state(Arc::new(FakeBackend::default()), None));
    assert_eq!(ask(&alone, "GET", "/config_dump").0, 404);
}

#[test]
fn log_levels_are_shown_and_changed() {
    let state = plain();
    let post = |target: &str| ask(&state, "POST", target);
    let (status, _, body) = post("/logging");
    assert_eq!(status, 200);
    assert!(body.starts_with("active loggers:\n  a2a: info\n  admin: info\n"), "{body}");
    assert!(body.ends_with("  ip_tagging: info\n\n"), "{body}");
    assert!(post("/logging?level=warning").2.contains("  router: warning\n"));
    assert!(post("/logging?http=trace").2.contains("  http: trace\n"));
    let several = post("/logging?paths=http:debug,router:off").2;
    assert!(several.contains("  http: debug\n") && several.contains("  router: off\n"));
    let refused = [
        ("/logging?level=nope", "unknown logger level"),
        ("/logging?nope=info", "unknown logger name"),
        ("/logging?paths=http:info,nope:info", "unknown logger name"),
        ("/logging?paths=a", "empty logger name or empty logger level"),
        ("/logging?http=info&router=info", "invalid number of parameters"),
        ("/logging?group=http:info", "group parameter requires fine-grain logging to be enabled"),
    ];
    for (target, reason) in refused {
        let (status, _, body) = post(target);
        let expected = format!("error: {reason}\n\nusage: /logging?<name>=<level> (change single");
        assert!(status == 400 && body.starts_with(&expected), "{target}: {body}");
        assert!(body.contains("\nlevels: trace debug info warning error critical off \nactive"));
        assert!(body.contains("  http: debug\n"), "nothing was changed");
    }
}
