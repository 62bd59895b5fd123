//! What speaks against a host, as a set of reasons, and the verdict that follows
//! (Envoy's `Host::HealthFlag` and `coarseHealth`).

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use voyant_ir::cluster::HealthStatus;

/// The verdict on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Healthy,
    /// Used when the healthy ones do not suffice.
    Degraded,
    Unhealthy,
}

/// Reasons, in the order in which `/clusters` prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum HealthFlag {
    /// The control plane says unhealthy (or timeout).
    FailedEdsHealth = 1 << 0,
    /// The control plane says degraded.
    DegradedEdsHealth = 1 << 1,
    /// The control plane drains it.
    EdsStatusDraining = 1 << 2,
}

const NAMES: &[(HealthFlag, &str)] = &[
    (HealthFlag::FailedEdsHealth, "/failed_eds_health"),
    (HealthFlag::DegradedEdsHealth, "/degraded_eds_health"),
    (HealthFlag::EdsStatusDraining, "/eds_status_draining"),
];

const UNHEALTHY: u32 = HealthFlag::FailedEdsHealth as u32 | HealthFlag::EdsStatusDraining as u32;
const DEGRADED: u32 = HealthFlag::DegradedEdsHealth as u32;

/// A set of reasons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HealthFlags(u32);

impl HealthFlags {
    /// What a configured status means.
    pub fn of_status(status: HealthStatus) -> Self {
        match status {
            HealthStatus::Unknown | HealthStatus::Healthy => Self(0),
            HealthStatus::Unhealthy | HealthStatus::Timeout => {
                Self(HealthFlag::FailedEdsHealth as u32)
            }
            HealthStatus::Draining => Self(HealthFlag::EdsStatusDraining as u32),
            HealthStatus::Degraded => Self(DEGRADED),
        }
    }

    pub fn contains(self, flag: HealthFlag) -> bool {
        self.0 & flag as u32 != 0
    }

    pub fn health(self) -> Health {
        if self.0 & UNHEALTHY != 0 {
            Health::Unhealthy
        } else if self.0 & DEGRADED != 0 {
            Health::Degraded
        } else {
            Health::Healthy
        }
    }

    /// Not counted as one of the hosts whose health decides where load goes.
    pub fn is_excluded(self) -> bool {
        self.contains(HealthFlag::EdsStatusDraining)
    }

    /// As `/clusters` prints it.
    pub fn describe(self) -> String {
        if self.0 == 0 {
            return "healthy".to_owned();
        }
        NAMES.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, name)| *name).collect()
    }

    /// `eds_health_status` of `/clusters?format=json`.
    pub fn eds_status(self) -> &'static str {
        if self.contains(HealthFlag::EdsStatusDraining) {
            "DRAINING"
        } else if self.contains(HealthFlag::FailedEdsHealth) {
            "UNHEALTHY"
        } else if self.contains(HealthFlag::DegradedEdsHealth) {
            "DEGRADED"
        } else {
            "HEALTHY"
        }
    }
}

/// A set that any thread reads.
#[derive(Debug)]
pub(super) struct SharedHealthFlags(AtomicU32);

impl SharedHealthFlags {
    pub fn new(flags: HealthFlags) -> Self {
        Self(AtomicU32::new(flags.0))
    }

    pub fn get(&self) -> HealthFlags {
        HealthFlags(self.0.load(Relaxed))
    }

    /// True when that changed them.
    pub fn replace(&self, flags: HealthFlags) -> bool {
        self.0.swap(flags.0, Relaxed) != flags.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_read_as_in_envoy() {
        let of = HealthFlags::of_status;
        for (status, health, text, json) in [
            (HealthStatus::Unknown, Health::Healthy, "healthy", "HEALTHY"),
            (HealthStatus::Healthy, Health::Healthy, "healthy", "HEALTHY"),
            (HealthStatus::Unhealthy, Health::Unhealthy, "/failed_eds_health", "UNHEALTHY"),
            (HealthStatus::Timeout, Health::Unhealthy, "/failed_eds_health", "UNHEALTHY"),
            (HealthStatus::Draining, Health::Unhealthy, "/eds_status_draining", "DRAINING"),
            (HealthStatus::Degraded, Health::Degraded, "/degraded_eds_health", "DEGRADED"),
        ] {
            let flags = of(status);
            assert_eq!(flags.health(), health, "{status:?}");
            assert_eq!((flags.describe().as_str(), flags.eds_status()), (text, json), "{status:?}");
            assert_eq!(flags.is_excluded(), status == HealthStatus::Draining);
        }
    }
}
