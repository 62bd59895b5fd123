//! What balancing takes from the runtime. As in Envoy it is looked up when a cluster gets other
//! hosts, not when the runtime changes.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use voyant_ir::cluster::Cluster;
use voyant_ir::lb::LoadBalancer;

use crate::runtime::Runtime;

const PANIC_THRESHOLD: &str = "upstream.healthy_panic_threshold";
/// Of least request, where the runtime's is negative.
const DEFAULT_BIAS: f64 = 1.0;

/// What a balancer is made with.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// A share of healthy hosts below which health is ignored.
    pub panic_threshold_percent: f64,
    /// How much requests that are in flight count for least request.
    pub active_request_bias: f64,
}

/// The values of a cluster's present hosts, as bits.
#[derive(Debug)]
pub struct Balance {
    panic_threshold_percent: AtomicU64,
    active_request_bias: AtomicU64,
}

impl Balance {
    pub fn new(config: &Cluster, runtime: &Runtime) -> Self {
        let balance = Self { panic_threshold_percent: 0.into(), active_request_bias: 0.into() };
        balance.renew(config, runtime);
        balance
    }

    /// Looks values up; those that see the new hosts must see them, too.
    pub fn renew(&self, config: &Cluster, runtime: &Runtime) {
        let configured = config.healthy_panic_threshold_percent.round().clamp(0.0, 100.0);
        // A share of a hundred.
        #[allow(clippy::cast_sign_loss)]
        let percent = runtime.integer(PANIC_THRESHOLD, configured as u64).min(100) as u32;
        self.panic_threshold_percent.store(f64::from(percent).to_bits(), Relaxed);
        if let LoadBalancer::LeastRequest { active_request_bias, .. } = &config.load_balancer {
            let bias =
                runtime.double(&active_request_bias.runtime_key, active_request_bias.default);
            let bias = if bias < 0.0 { DEFAULT_BIAS } else { bias };
            self.active_request_bias.store(bias.to_bits(), Relaxed);
        }
    }

    pub fn tuning(&self) -> Tuning {
        let number = |bits: &AtomicU64| f64::from_bits(bits.load(Relaxed));
        Tuning {
            panic_threshold_percent: number(&self.panic_threshold_percent),
            active_request_bias: number(&self.active_request_bias),
        }
    }
}

#[cfg(test)]
mod tests;
