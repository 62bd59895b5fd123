//! What answers make of a cluster's hosts. Pure: it takes an answer, the cluster's configured
//! endpoints and randomness, and says what changes and when to ask again.
//!
//! Strict: every address of every name is a host; an answer without addresses takes a name's
//! hosts away. Logical: the one name is one host whose addresses follow the answer; an answer
//! without addresses counts as a failure. A failure never takes anything away.

use std::net::IpAddr;
use std::time::Duration;

use voyant_ir::cluster::{Cluster, Discovery as Kind, DnsDiscovery};

use super::answer::{Answer, happy_eyeballs_order};
use super::schedule::Schedule;
use crate::rt::address::PeerAddress;
use crate::rt::rng::Rng;
use crate::upstream::endpoints::{Endpoint, Place};
use crate::upstream::host::{HostAddresses, HostSpec};

/// A cluster's names and what is known of them.
#[derive(Debug)]
pub struct Discovery {
    endpoints: Vec<Endpoint>,
    names: Vec<Name>,
    logical: bool,
}

/// A name to be asked for.
#[derive(Debug)]
struct Name {
    endpoint: usize,
    schedule: Schedule,
    ips: Vec<IpAddr>,
}

/// What follows from an answer.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// Whether it counts as a success.
    pub success: bool,
    pub change: Change,
    pub next: Duration,
}

/// What an answer changes.
#[derive(Debug, PartialEq)]
pub enum Change {
    Nothing,
    /// The hosts that the cluster has now.
    Hosts(Vec<HostSpec>),
    /// Where the logical host is now, and the host as it is published when it is new.
    Moved(HostAddresses, HostSpec),
}

/// How a cluster's names are resolved; none for a cluster that does without.
pub fn settings(cluster: &Cluster) -> Option<&DnsDiscovery> {
    match &cluster.discovery {
        Kind::Static => None,
        Kind::StrictDns(settings) | Kind::LogicalDns(settings) => Some(settings),
    }
}

impl Discovery {
    pub fn new(cluster: &Cluster, settings: &DnsDiscovery, endpoints: Vec<Endpoint>) -> Self {
        let is_name = |endpoint: &Endpoint| matches!(endpoint.place, Place::Name { .. });
        let names = endpoints.iter().enumerate().filter(|(_, endpoint)| is_name(endpoint));
        let names = names.map(|(endpoint, _)| Name {
            endpoint,
            schedule: Schedule::new(settings),
            ips: vec![],
        });
        Self {
            names: names.collect(),
            logical: matches!(cluster.discovery, Kind::LogicalDns(_))
                || settings.all_addresses_in_single_endpoint,
            endpoints,
        }
    }

    /// The names, by the number under which their answers are given.
    pub fn names(&self) -> impl Iterator<Item = (usize, &str)> {
        self.names.iter().enumerate().filter_map(|(number, name)| {
            match &self.endpoints[name.endpoint].place {
                Place::Name { host, .. } => Some((number, &**host)),
                Place::Known(_) => None,
            }
        })
    }

    /// How many hosts an answer stands for.
    pub fn hosts_of(&self, answer: &Answer) -> u64 {
        match answer {
            Answer::Addresses { .. } if self.logical => 1,
            Answer::Addresses { ips, .. } => ips.len() as u64,
            Answer::Empty | Answer::Failed => 0,
        }
    }

    pub fn on_answer(&mut self, name: usize, answer: Answer, rng: &Rng) -> Outcome {
        let schedule = &mut self.names[name].schedule;
        let (ips, ttl) = match answer {
            Answer::Addresses { ips, ttl } => (ips, ttl),
            Answer::Empty if !self.logical => (vec![], None),
            Answer::Empty | Answer::Failed => {
                let next = schedule.after_failure(rng);
                return Outcome { success: false, change: Change::Nothing, next };
            }
        };
        let next = schedule.after_success(ttl, rng);
        let change = if self.logical { self.moved(name, &ips) } else { self.hosts(name, ips) };
        Outcome { success: true, change, next }
    }

    fn hosts(&mut self, name: usize, ips: Vec<IpAddr>) -> Change {
        let known = &mut self.names[name].ips;
        if ips.len() == known.len() && ips.iter().all(|ip| known.contains(ip)) {
            return Change::Nothing;
        }
        *known = ips;
        Change::Hosts(self.all_hosts())
    }

    /// In the order of configuration.
    fn all_hosts(&self) -> Vec<HostSpec> {
        let mut names = self.names.iter();
        let mut hosts = Vec::new();
        for Endpoint { place, template } in &self.endpoints {
            match place {
                Place::Known(address) => hosts.push(template.at(address.clone())),
                Place::Name { port, .. } => {
                    let ips = names.next().map_or(&[][..], |name| &name.ips);
                    hosts.extend(ips.iter().map(|ip| template.at(at(*ip, *port))));
                }
            }
        }
        hosts
    }

    fn moved(&mut self, name: usize, ips: &[IpAddr]) -> Change {
        let ips = happy_eyeballs_order(ips);
        let Name { endpoint, ips: known, .. } = &mut self.names[name];
        let endpoint = &self.endpoints[*endpoint];
        let (Place::Name { port, .. }, [first, rest @ ..]) = (&endpoint.place, &*ips) else {
            return Change::Nothing;
        };
        if *known == ips {
            return Change::Nothing;
        }
        let addresses = HostAddresses {
            first: at(*first, *port),
            rest: rest.iter().map(|ip| at(*ip, *port)).collect(),
        };
        *known = ips;
        Change::Moved(addresses.clone(), endpoint.template.at(addresses))
    }
}

fn at(ip: IpAddr, port: u16) -> PeerAddress {
    PeerAddress::Ip((ip, port).into())
}

#[cfg(test)]
mod tests;
