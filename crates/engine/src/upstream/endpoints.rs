//! Endpoints as configured, with what is known of them before any discovery.

use std::net::IpAddr;
use std::sync::Arc;

use voyant_ir::cluster as ir;
use voyant_ir::metadata::Metadata;

use super::health::HealthFlags;
use super::host::{HostAddresses, HostSpec, Locality};
use crate::rt::address::PeerAddress;

/// Why endpoints cannot be used; configuration that was checked has no such.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EndpointError {
    #[error("cluster {cluster}: endpoint {address} is not an IP address")]
    NotAnAddress { cluster: String, address: String },
    #[error("cluster {cluster}: request_mirror_policies: {error}")]
    Mirror { cluster: String, error: String },
}

/// One configured endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    pub place: Place,
    pub template: HostTemplate,
}

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Known(PeerAddress),
    /// To be resolved.
    Name {
        host: Box<str>,
        port: u16,
    },
}

/// All of a host but its address.
#[derive(Debug, Clone, PartialEq)]
pub struct HostTemplate {
    hostname: Arc<str>,
    locality: Arc<Locality>,
    priority: u32,
    weight: u32,
    health: HealthFlags,
    metadata: Option<Arc<Metadata>>,
}

impl HostTemplate {
    pub fn at(&self, addresses: impl Into<HostAddresses>) -> HostSpec {
        let Self { hostname, locality, priority, weight, health, metadata } = self;
        HostSpec {
            addresses: addresses.into(),
            hostname: Arc::clone(hostname),
            locality: Arc::clone(locality),
            priority: *priority,
            weight: *weight,
            health: *health,
            metadata: metadata.clone(),
        }
    }
}

/// The endpoints of a cluster in the order of its configuration.
pub fn endpoints(cluster: &ir::Cluster) -> Result<Vec<Endpoint>, EndpointError> {
    let mut all = Vec::with_capacity(cluster.localities.iter().map(|l| l.endpoints.len()).sum());
    for locality in &cluster.localities {
        // A locality's weight counts only for balancers that are weighted by locality.
        let ir::LocalityEndpoints { region, zone, sub_zone, priority, weight: _, endpoints } =
            locality;
        let locality = Arc::new(Locality {
            region: region.as_str().into(),
            zone: zone.as_str().into(),
            sub_zone: sub_zone.as_str().into(),
        });
        for endpoint in endpoints {
            let place = place(&endpoint.address).ok_or_else(|| EndpointError::NotAnAddress {
                cluster: cluster.name.clone(),
                address: format!("{:?}", endpoint.address),
            })?;
            let ir::Endpoint { address, hostname, weight, health, metadata } = endpoint;
            let template = HostTemplate {
                hostname: hostname_of(hostname, address).into(),
                locality: Arc::clone(&locality),
                priority: *priority,
                weight: *weight,
                health: HealthFlags::of_status(*health),
                metadata: metadata.clone().map(Arc::new),
            };
            all.push(Endpoint { place, template });
        }
    }
    Ok(all)
}

fn place(address: &ir::EndpointAddress) -> Option<Place> {
    let known = |ip: IpAddr, port| Place::Known(PeerAddress::Ip((ip, port).into()));
    match address {
        ir::EndpointAddress::Socket { ip, port } => ip.parse().ok().map(|ip| known(ip, *port)),
        ir::EndpointAddress::Pipe { path } => {
            Some(Place::Known(PeerAddress::Pipe(path.as_str().into())))
        }
        ir::EndpointAddress::Name { host, port } => Some(match host.parse() {
            Ok(ip) => known(ip, *port),
            Err(_) => Place::Name { host: host.as_str().into(), port: *port },
        }),
    }
}

/// A host that comes from a name bears it, unless it is given another.
fn hostname_of<'a>(configured: &'a str, address: &'a ir::EndpointAddress) -> &'a str {
    match address {
        ir::EndpointAddress::Name { host, .. } if configured.is_empty() => host,
        _ => configured,
    }
}
