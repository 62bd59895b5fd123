//! Calls of gRPC by cluster and method (Envoy's `Grpc::Context`):
//! `cluster.<name>.grpc.<service>.<method>.<what>`. A name exists from its first use on.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::observe::stats::Registry;

/// Methods that requests may name under a cluster: each costs memory for ever. What is called
/// beyond them counts without a method.
const MOST_METHODS: usize = 4096;
/// Statuses of a method that are told apart, of which gRPC knows 17.
const MOST_NAMES: usize = 64;

crate::stats_group! {
    /// A counter whose prefix is all of its name.
    pub struct NamedCounter {
        count: Counter(""),
    }
}

crate::stats_group! {
    /// A histogram whose prefix is all of its name.
    pub struct NamedHistogram {
        time: LazyHistogram(""),
    }
}

/// By which protocol a call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Grpc,
    GrpcWeb,
}

impl Protocol {
    fn as_str(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::GrpcWeb => "grpc-web",
        }
    }
}

/// The calls under one cluster, on one worker.
#[derive(Debug, Default)]
pub struct Calls(RefCell<HashMap<Box<str>, Rc<CallStats>>>);

impl Calls {
    /// Where the calls of a method count, or those of no method that is told apart.
    pub fn of(
        &self,
        cluster: &str,
        protocol: Protocol,
        method: Option<(&str, &str)>,
        registry: &Arc<Registry>,
    ) -> Rc<CallStats> {
        let mut calls = self.0.borrow_mut();
        let of = protocol.as_str();
        let prefix = match method {
            Some((service, method)) => format!("cluster.{cluster}.{of}.{service}.{method}"),
            None => format!("cluster.{cluster}.{of}"),
        };
        if let Some(known) = calls.get(prefix.as_str()) {
            return Rc::clone(known);
        }
        if calls.len() >= MOST_METHODS && method.is_some() {
            drop(calls);
            return self.of(cluster, protocol, None, registry);
        }
        let prefix: Box<str> = prefix.into();
        let stats = Rc::new(CallStats::new(prefix.clone(), Arc::clone(registry)));
        calls.insert(prefix, Rc::clone(&stats));
        stats
    }
}

/// What the calls of one method count.
#[derive(Debug)]
pub struct CallStats {
    prefix: Box<str>,
    registry: Arc<Registry>,
    counters: RefCell<Vec<(Box<str>, Arc<NamedCounter>)>>,
    time: OnceCell<Arc<NamedHistogram>>,
}

impl CallStats {
    fn new(prefix: Box<str>, registry: Arc<Registry>) -> Self {
        Self { prefix, registry, counters: RefCell::default(), time: OnceCell::new() }
    }

    /// A call has ended with a status as it is written.
    pub fn status(&self, status: &[u8]) {
        self.add(&String::from_utf8_lossy(status), 1);
        self.outcome(status == b"0");
    }

    /// A call has ended, well or not.
    pub fn outcome(&self, success: bool) {
        self.add(if success { "success" } else { "failure" }, 1);
        self.add("total", 1);
    }

    pub fn request_messages(&self, count: u64) {
        self.add("request_message_count", count);
    }

    pub fn response_messages(&self, count: u64) {
        self.add("response_message_count", count);
    }

    /// How long the upstream took from the end of the request to that of the response.
    pub fn upstream_rq_time(&self, took: Duration) {
        let shard = || self.registry.shard(&format!("{}.upstream_rq_time", self.prefix));
        self.time.get_or_init(shard).time.record_ms(took);
    }

    fn add(&self, name: &str, count: u64) {
        let mut counters = self.counters.borrow_mut();
        if let Some((_, known)) = counters.iter().find(|(known, _)| **known == *name) {
            return known.count.add(count);
        }
        if name.is_empty() || counters.len() >= MOST_NAMES {
            return;
        }
        let counter: Arc<NamedCounter> = self.registry.shard(&format!("{}.{name}", self.prefix));
        counter.count.add(count);
        counters.push((name.into(), counter));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::stats::reader::{Kinds, Reader, Value};

    fn read(registry: &Registry) -> Vec<String> {
        let mut reader = Reader::new(registry.scopes().into(), Kinds::COUNTERS);
        let mut found = Vec::new();
        while let Some(place) = reader.next_place() {
            let mut name = String::new();
            reader.name(place, &mut name);
            if let (Value::Counter(count), _) = reader.value(place) {
                found.push(format!("{name}: {count}"));
            }
        }
        found
    }

    #[test]
    fn names_exist_from_their_first_use_on() {
        let registry = Arc::new(Registry::new());
        let calls = Calls::default();
        let call = |method| calls.of("up", Protocol::Grpc, method, &registry);
        call(Some(("a.B", "C"))).status(b"5");
        call(Some(("a.B", "C"))).request_messages(2);
        call(None).outcome(true);
        calls.of("up", Protocol::GrpcWeb, Some(("a.B", "C")), &registry).status(b"");
        assert_eq!(
            read(&registry),
            [
                "cluster.up.grpc-web.a.B.C.failure: 1",
                "cluster.up.grpc-web.a.B.C.total: 1",
                "cluster.up.grpc.a.B.C.5: 1",
                "cluster.up.grpc.a.B.C.failure: 1",
                "cluster.up.grpc.a.B.C.request_message_count: 2",
                "cluster.up.grpc.a.B.C.total: 1",
                "cluster.up.grpc.success: 1",
                "cluster.up.grpc.total: 1",
            ]
        );
    }

    #[test]
    fn times_are_a_histogram_under_the_method() {
        let registry = Arc::new(Registry::new());
        let calls = Calls::default();
        let call = calls.of("up", Protocol::Grpc, Some(("a.B", "C")), &registry);
        call.upstream_rq_time(Duration::from_millis(7));
        registry.flush();
        let mut reader = Reader::new(registry.scopes().into(), Kinds::HISTOGRAMS);
        let place = reader.next_place().expect("a histogram");
        let mut name = String::new();
        reader.name(place, &mut name);
        assert_eq!(name, "cluster.up.grpc.a.B.C.upstream_rq_time");
        assert!(matches!(reader.value(place), (Value::Histogram(Some(_)), true)));
    }

    #[test]
    fn names_without_end_are_not_all_kept() {
        let registry = Arc::new(Registry::new());
        let calls = Calls::default();
        for number in 0..MOST_METHODS + 2 {
            let method = number.to_string();
            calls.of("up", Protocol::Grpc, Some(("S", &method)), &registry).outcome(true);
        }
        let unnamed = calls.of("up", Protocol::Grpc, None, &registry);
        for number in 0..MOST_NAMES + 2 {
            unnamed.status(number.to_string().as_bytes());
        }
        let found = read(&registry);
        assert_eq!(found.len(), MOST_METHODS * 2 + MOST_NAMES);
        assert!(found.contains(&format!("cluster.up.grpc.total: {}", MOST_NAMES + 4)), "{found:?}");
    }
}
