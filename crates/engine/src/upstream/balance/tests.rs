use voyant_ir::lb::RuntimeDouble;
use voyant_ir::snapshot::{RuntimeLayer, RuntimeValue};

use super::*;
use crate::observe::stats::Registry;
use crate::upstream::fixtures::cluster;
use crate::upstream::host::tests::spec;
use crate::upstream::shared_cluster::SharedCluster;

fn layer(values: &[(&str, &str)]) -> RuntimeLayer {
    let value = |(key, value): &(&str, &str)| RuntimeValue {
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    };
    let values = values.iter().map(value).collect();
    RuntimeLayer { name: "x".into(), admin: false, disk: false, values }
}

fn least_request() -> Cluster {
    let active_request_bias = RuntimeDouble { default: 0.5, runtime_key: "bias".into() };
    Cluster {
        load_balancer: LoadBalancer::LeastRequest {
            choice_count: 2,
            active_request_bias,
            full_scan: false,
        },
        ..cluster("c", &[1])
    }
}

fn of(values: &[(&str, &str)]) -> (f64, f64) {
    let tuning = Balance::new(&least_request(), &Runtime::new(&[layer(values)])).tuning();
    (tuning.panic_threshold_percent, tuning.active_request_bias)
}

#[test]
fn values_are_the_runtimes_where_it_has_numbers() {
    assert_eq!(of(&[]), (50.0, 0.5));
    assert_eq!(of(&[("bias", "1.5"), ("upstream.healthy_panic_threshold", "20.9")]), (20.0, 1.5));
    assert_eq!(of(&[("bias", "-1"), ("upstream.healthy_panic_threshold", "-1")]), (50.0, 1.0));
    assert_eq!(of(&[("bias", "x"), ("upstream.healthy_panic_threshold", "300")]), (100.0, 0.5));
}

#[test]
fn they_are_looked_up_when_there_are_other_hosts() {
    let runtime = std::sync::Arc::new(Runtime::new(&[]));
    let shared = SharedCluster::new(least_request(), &runtime, &Registry::new()).expect("valid");
    let bias = || shared.balance.tuning().active_request_bias;
    runtime.replace(&[layer(&[("bias", "2")])]);
    shared.follow(&runtime);
    shared.publish(vec![spec(1, 1)]);
    assert_eq!(bias().to_bits(), 0.5f64.to_bits());
    shared.publish(vec![spec(1, 1), spec(2, 1)]);
    assert_eq!(bias().to_bits(), 2f64.to_bits());
}
