//! What is counted of clients by what the first request of a connection says of its program:
//! `http.<stat_prefix>.user_agent.ios` and `.android`. They are declared when the first is met.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;
use std::time::Duration;

use memchr::memmem;

use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::observe::stats::groups::http::UserAgentStats;
use crate::observe::stats::{Registry, Scope};

/// What a connection's client is, as far as that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UserAgent {
    /// There was no request yet.
    #[default]
    Unasked,
    Other,
    Ios,
    Android,
}

impl UserAgent {
    fn of(request: &Head) -> Self {
        let Some(value) = request.get(HeaderId::UserAgent) else { return Self::Other };
        let says = |word: &[u8]| memmem::find(value, word).is_some();
        if says(b"iOS") {
            Self::Ios
        } else if says(b"android") {
            Self::Android
        } else {
            Self::Other
        }
    }
}

/// What a connection manager counts of each on one worker.
#[derive(Debug)]
pub struct UserAgents {
    ios: Kind,
    android: Kind,
}

#[derive(Debug)]
struct Kind {
    scope: Arc<Scope>,
    stats: OnceCell<Arc<UserAgentStats>>,
}

impl UserAgents {
    pub fn new(registry: &Registry, prefix: &str) -> Self {
        let kind = |name: &str| Kind {
            scope: registry.scope(&format!("{prefix}.user_agent.{name}")),
            stats: OnceCell::new(),
        };
        Self { ios: kind("ios"), android: kind("android") }
    }

    /// Counts a request; the first says what the connection's client is.
    #[inline]
    pub fn count_request(&self, agent: &Cell<UserAgent>, request: &Head) {
        match agent.get() {
            UserAgent::Other => return,
            UserAgent::Unasked => {
                agent.set(UserAgent::of(request));
                if let Some(stats) = self.stats(agent.get()) {
                    stats.downstream_cx_total.inc();
                }
            }
            UserAgent::Ios | UserAgent::Android => {}
        }
        if let Some(stats) = self.stats(agent.get()) {
            stats.downstream_rq_total.inc();
        }
    }

    /// Counts the end of a connection; `left`: its client left a request.
    pub fn count_end(&self, agent: UserAgent, left: bool, lasted: Duration) {
        let Some(stats) = self.stats(agent) else { return };
        if left {
            stats.downstream_cx_destroy_remote_active_rq.inc();
        }
        stats.downstream_cx_length_ms.record_ms(lasted);
    }

    fn stats(&self, agent: UserAgent) -> Option<&UserAgentStats> {
        let kind = match agent {
            UserAgent::Unasked | UserAgent::Other => return None,
            UserAgent::Ios => &self.ios,
            UserAgent::Android => &self.android,
        };
        Some(kind.stats.get_or_init(|| kind.scope.shard()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(agent: &str) -> Head {
        let mut head = Head::new();
        head.push(HeaderId::UserAgent, agent.as_bytes());
        head
    }

    #[test]
    fn the_first_request_decides_for_its_connection() {
        let registry = Registry::new();
        let agents = UserAgents::new(&registry, "http.x");
        let agent = Cell::default();
        agents.count_request(&agent, &request("an app on iOS, not android"));
        agents.count_request(&agent, &request("android"));
        agents.count_end(agent.get(), true, Duration::ZERO);
        let other = Cell::default();
        agents.count_request(&other, &Head::new());
        agents.count_request(&other, &request("iOS"));
        agents.count_end(other.get(), true, Duration::ZERO);
        let stats: Arc<UserAgentStats> = registry.shard("http.x.user_agent.ios");
        let shards = agents.ios.stats.get().expect("met");
        assert_eq!(shards.downstream_cx_total.get(), 1);
        assert_eq!(shards.downstream_rq_total.get(), 2);
        assert_eq!(shards.downstream_cx_destroy_remote_active_rq.get(), 1);
        assert_eq!(stats.downstream_rq_total.get(), 0, "a shard of its own");
        assert!(agents.android.stats.get().is_none());
    }

    #[test]
    fn case_matters() {
        let of = |text| UserAgent::of(&request(text));
        assert_eq!(of("an android"), UserAgent::Android);
        assert_eq!(of("Android, ios"), UserAgent::Other);
    }
}
