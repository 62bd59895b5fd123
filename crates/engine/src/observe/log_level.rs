//! Levels of the loggers, by Envoy's names of them (`-l`, `--component-log-level`, `/logging`).
//! Who writes log messages asks here whether to.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// How much is logged; what is below a logger's level is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warning,
    Error,
    Critical,
    Off,
}

/// All levels in Envoy's words, the most verbose first.
pub const LEVELS: [(Level, &str); 7] = [
    (Level::Trace, "trace"),
    (Level::Debug, "debug"),
    (Level::Info, "info"),
    (Level::Warning, "warning"),
    (Level::Error, "error"),
    (Level::Critical, "critical"),
    (Level::Off, "off"),
];

impl Level {
    pub fn parse(text: &str) -> Option<Self> {
        LEVELS.iter().find(|(_, name)| *name == text).map(|(level, _)| *level)
    }

    pub fn as_str(self) -> &'static str {
        LEVELS[self as usize].1
    }
}

/// Envoy's loggers, in the order in which it lists them.
const LOGGERS: &[&str] = &[
    "a2a",
    "admin",
    "ai_protocol_manager",
    "alternate_protocols_cache",
    "aws",
    "assert",
    "backtrace",
    "basic_auth",
    "cache_filter",
    "client",
    "config",
    "connection",
    "conn_handler",
    "compression",
    "credential_injector",
    "decompression",
    "dns",
    "dubbo",
    "envoy_bug",
    "ext_authz",
    "ext_proc",
    "rocketmq",
    "file",
    "filter",
    "forward_proxy",
    "geolocation",
    "grpc",
    "happy_eyeballs",
    "hc",
    "health_checker",
    "http",
    "http2",
    "hystrix",
    "init",
    "io",
    "jwt",
    "json_rpc",
    "kafka",
    "key_value_store",
    "lua",
    "local_rate_limit",
    "main",
    "matcher",
    "mcp",
    "misc",
    "mongo",
    "multi_connection",
    "notification",
    "oauth2",
    "quic",
    "quic_stream",
    "pool",
    "rate_limit_quota",
    "rbac",
    "rds",
    "redis",
    "router",
    "runtime",
    "stats",
    "secret",
    "sse",
    "tap",
    "testing",
    "thrift",
    "tracing",
    "upstream",
    "udp",
    "wasm",
    "websocket",
    "golang",
    "stats_sinks",
    "dynamic_modules",
    "ip_tagging",
];

/// The level of each logger.
#[derive(Debug)]
pub struct LogLevels(Box<[AtomicU8]>);

impl LogLevels {
    pub fn new(level: Level) -> Self {
        Self(LOGGERS.iter().map(|_| AtomicU8::new(level as u8)).collect())
    }

    /// One level for all but some loggers. A name that no logger has changes nothing.
    pub fn with<N: AsRef<str>>(level: Level, others: impl IntoIterator<Item = (N, Level)>) -> Self {
        let levels = Self::new(level);
        for (name, level) in others {
            levels.set(name.as_ref(), level);
        }
        levels
    }

    /// Sets all loggers.
    pub fn set_all(&self, level: Level) {
        self.0.iter().for_each(|logger| logger.store(level as u8, Relaxed));
    }

    /// Sets one logger; false if there is none of that name.
    pub fn set(&self, name: &str, level: Level) -> bool {
        let found = position(name);
        found.inspect(|at| self.0[*at].store(level as u8, Relaxed)).is_some()
    }

    /// The level of a logger, if there is one of that name.
    pub fn get(&self, name: &str) -> Option<Level> {
        position(name).map(|at| self.at(at))
    }

    /// All loggers with their levels.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Level)> {
        LOGGERS.iter().enumerate().map(|(at, name)| (*name, self.at(at)))
    }

    fn at(&self, at: usize) -> Level {
        LEVELS[usize::from(self.0[at].load(Relaxed))].0
    }
}

/// The names of all loggers.
pub fn loggers() -> &'static [&'static str] {
    LOGGERS
}

/// Whether there is a logger of that name.
pub fn is_logger(name: &str) -> bool {
    position(name).is_some()
}

fn position(name: &str) -> Option<usize> {
    LOGGERS.iter().position(|logger| *logger == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_loggers_begin_with_another_level() {
        let levels = LogLevels::with(Level::Off, [("dns", Level::Debug), ("nope", Level::Debug)]);
        let on: Vec<_> = levels.iter().filter(|(_, level)| *level != Level::Off).collect();
        assert_eq!(on, [("dns", Level::Debug)]);
        assert_eq!(loggers().len(), levels.iter().count());
    }

    #[test]
    fn loggers_have_levels_of_their_own() {
        let levels = LogLevels::new(Level::Info);
        assert!(levels.set("http", Level::Trace));
        assert!(!levels.set("nope", Level::Trace));
        assert_eq!(levels.get("http"), Some(Level::Trace));
        assert_eq!(levels.get("router"), Some(Level::Info));
        levels.set_all(Level::Off);
        assert!(levels.iter().all(|(_, level)| level == Level::Off));
        assert!(LEVELS.iter().all(|(level, name)| Level::parse(name) == Some(*level)));
    }
}
