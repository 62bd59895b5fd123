//! The endpoints: what each is called, whether it changes anything, and who answers.

use std::fmt::Write;

use super::backend::AdminState;
use super::body::Body;
use super::request::Request;
use super::response::Response;
use super::{absent, clusters, controls, home, info, listeners, logging, runtime, stats};

/// One path.
pub(super) struct Endpoint {
    pub path: &'static str,
    pub help: &'static str,
    pub parameters: &'static [(&'static str, &'static str)],
    pub answer: Answer,
}

/// Who answers.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    Reads(fn(&AdminState, &Request) -> Response),
    /// Only by POST.
    Changes(fn(&AdminState, &Request) -> Response),
    Delegated,
}

const FILTER: (&str, &str) = ("filter", "Regular expression for filtering stats");
const INVERT_FILTER: (&str, &str) = ("invert_filter", "Invert the filter regex");
const USED_ONLY: (&str, &str) =
    ("usedonly", "Only include stats that have been written by system since restart");

/// In the order of their paths.
pub(super) static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/",
        help: "Admin home page",
        parameters: &[],
        answer: Answer::Reads(home::answer),
    },
    Endpoint {
        path: "/certs",
        help: "print certs on machine",
        parameters: &[],
        answer: Answer::Reads(info::certs),
    },
    Endpoint {
        path: "/clusters",
        help: "upstream cluster status",
        parameters: &[
            ("filter", "Regular expression for filtering clusters by name"),
            ("format", "File format to use; One of (text, json)"),
        ],
        answer: Answer::Reads(clusters::answer),
    },
    Endpoint {
        path: "/config_dump",
        help: "dump current Envoy configs",
        parameters: &[
            ("resource", "The resource to dump"),
            ("mask", "The mask to apply, to every element when there is a resource too"),
            ("name_regex", "Dump only configurations whose names match"),
        ],
        answer: Answer::Delegated,
    },
    Endpoint {
        path: "/contention",
        help: "dump current Envoy mutex contention stats (if enabled)",
        parameters: &[],
        answer: Answer::Reads(absent::contention),
    },
    Endpoint {
        path: "/cpuprofiler",
        help: "enable/disable the CPU profiler",
        parameters: &[("enable", "enables the CPU profiler; One of (y, n)")],
        answer: Answer::Changes(absent::cpu_profiler),
    },
    Endpoint {
        path: "/drain_listeners",
        help: "drain listeners",
        parameters: &[
            ("graceful", "Close listeners only when the drain time is over"),
            ("skip_exit", "Drain the connections but never stop the listeners"),
            ("inboundonly", "Drain listeners whose traffic_direction is INBOUND"),
        ],
        answer: Answer::Changes(controls::drain_listeners),
    },
    Endpoint {
        path: "/healthcheck/fail",
        help: "cause the server to fail health checks",
        parameters: &[],
        answer: Answer::Changes(controls::fail_health_check),
    },
    Endpoint {
        path: "/healthcheck/ok",
        help: "cause the server to pass health checks",
        parameters: &[],
        answer: Answer::Changes(controls::pass_health_check),
    },
    Endpoint {
        path: "/heapprofiler",
        help: "enable/disable the heap profiler",
        parameters: &[("enable", "enable/disable the heap profiler; One of (y, n)")],
        answer: Answer::Changes(absent::heap_profiler),
    },
    Endpoint {
        path: "/help",
        help: "print out list of admin commands",
        parameters: &[],
        answer: Answer::Reads(help),
    },
    Endpoint {
        path: "/hot_restart_version",
        help: "print the hot restart compatibility version",
        parameters: &[],
        answer: Answer::Reads(info::hot_restart_version),
    },
    Endpoint {
        path: "/init_dump",
        help: "dump current Envoy init manager information (experimental)",
        parameters: &[("mask", "The component whose unready targets are shown")],
        answer: Answer::Reads(absent::init_dump),
    },
    Endpoint {
        path: "/listeners",
        help: "print listener info",
        parameters: &[("format", "File format to use; One of (text, json)")],
        answer: Answer::Reads(listeners::answer),
    },
    Endpoint {
        path: "/logging",
        help: "query/change logging levels",
        parameters: &[
            ("paths", "Change several levels: <logger1>:<level1>,<logger2>:<level2>"),
            (
                "level",
                "Change the level of all loggers; \
                 One of (, trace, debug, info, warning, error, critical, off)",
            ),
        ],
        answer: Answer::Changes(logging::answer),
    },
    Endpoint {
        path: "/memory",
        help: "print current allocation/heap usage",
        parameters: &[],
        answer: Answer::Reads(info::memory),
    },
    Endpoint {
        path: "/quitquitquit",
        help: "exit the server",
        parameters: &[],
        answer: Answer::Changes(controls::quit),
    },
    Endpoint {
        path: "/ready",
        help: "print server state, return 200 if LIVE, otherwise return 503",
        parameters: &[],
        answer: Answer::Reads(info::ready),
    },
    Endpoint {
        path: "/reopen_logs",
        help: "reopen access logs",
        parameters: &[],
        answer: Answer::Changes(controls::reopen_logs),
    },
    Endpoint {
        path: "/reset_counters",
        help: "reset all counters to zero",
        parameters: &[],
        answer: Answer::Changes(controls::reset_counters),
    },
    Endpoint {
        path: "/runtime",
        help: "print runtime values",
        parameters: &[],
        answer: Answer::Reads(runtime::answer),
    },
    Endpoint {
        path: "/runtime_modify",
        help: "Adds or modifies runtime values as passed in query parameters. To delete a previously added key, use an empty string as the value. Note that deletion only applies to overrides added via this endpoint; values loaded from disk can be modified via override but not deleted. E.g. ?key1=value1&key2=value2...",
        parameters: &[],
        answer: Answer::Changes(runtime::modify),
    },
    Endpoint {
        path: "/server_info",
        help: "print server version/status information",
        parameters: &[],
        answer: Answer::Reads(info::server_info),
    },
    Endpoint {
        path: "/stats",
        help: "print server stats",
        parameters: &[
            USED_ONLY,
            FILTER,
            INVERT_FILTER,
            ("format", "Format to use; One of (text, json, prometheus)"),
            (
                "type",
                "Stat types to include.; One of (All, Counters, Histograms, Gauges, TextReadouts)",
            ),
            (
                "histogram_buckets",
                "Histogram bucket display mode; One of (cumulative, disjoint, detailed, summary)",
            ),
        ],
        answer: Answer::Reads(stats::answer),
    },
    Endpoint {
        path: "/stats/prometheus",
        help: "print server stats in prometheus format",
        parameters: &[
            USED_ONLY,
            ("text_readouts", "Render text_readouts as new gaugues with value 0"),
            FILTER,
            INVERT_FILTER,
            ("histogram_buckets", "Histogram bucket display mode; One of (cumulative, summary)"),
        ],
        answer: Answer::Reads(stats::answer_prometheus),
    },
    Endpoint {
        path: "/stats/recentlookups",
        help: "Show recent stat-name lookups",
        parameters: &[],
        answer: Answer::Reads(absent::recent_lookups),
    },
    Endpoint {
        path: "/stats/recentlookups/clear",
        help: "clear list of stat-name lookups and counter",
        parameters: &[],
        answer: Answer::Changes(absent::clear_lookups),
    },
    Endpoint {
        path: "/stats/recentlookups/disable",
        help: "disable recording of reset stat-name lookup names",
        parameters: &[],
        answer: Answer::Changes(absent::disable_lookups),
    },
    Endpoint {
        path: "/stats/recentlookups/enable",
        help: "enable recording of reset stat-name lookup names",
        parameters: &[],
        answer: Answer::Changes(absent::enable_lookups),
    },
];

/// The endpoint of a path.
pub(super) fn find(path: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().find(|endpoint| endpoint.path == path)
}

fn help(_state: &AdminState, _request: &Request) -> Response {
    Response::text(200, Body::from(commands()))
}

/// The answer to a path that nobody has.
pub(super) fn not_found() -> Response {
    Response::text(404, Body::from(format!("invalid path. {}", commands())))
}

fn commands() -> String {
    let mut text = "admin commands are:\n".to_owned();
    for Endpoint { path, help, parameters, answer } in ENDPOINTS {
        let post = if matches!(answer, Answer::Changes(_)) { " (POST)" } else { "" };
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "  {path}{post}: {help}");
        for (name, meaning) in *parameters {
            let _ = writeln!(text, "      {name}: {meaning}");
        }
    }
    text
}
