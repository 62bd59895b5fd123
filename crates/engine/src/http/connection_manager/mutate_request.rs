//! What the connection manager does to a request's head before anything else sees it
//! (Envoy's `ConnectionManagerUtility::mutateRequestHeaders`, in its order).

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::config::{Config, OwnAgent};
use super::forwarded::{address_from_right, is_loopback};
use super::original_ip::Detected;
use super::{referer, request_id};
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::rt::address::PeerAddress;
use crate::rt::rng::Rng;

/// Sent by a client that is not inside, these would steer the router.
fn steers_the_router(id: HeaderId) -> bool {
    matches!(
        id,
        HeaderId::XEnvoyRetriableStatusCodes
            | HeaderId::XEnvoyRetriableHeaderNames
            | HeaderId::XEnvoyRetryOn
            | HeaderId::XEnvoyRetryGrpcOn
            | HeaderId::XEnvoyMaxRetries
            | HeaderId::XEnvoyUpstreamAltStatName
            | HeaderId::XEnvoyUpstreamRqTimeoutMs
            | HeaderId::XEnvoyUpstreamRqPerTryTimeoutMs
            | HeaderId::XEnvoyUpstreamRqTimeoutAltResponse
            | HeaderId::XEnvoyUpstreamStreamDurationMs
            | HeaderId::XEnvoyExpectedRqTimeoutMs
            | HeaderId::XEnvoyForceTrace
            | HeaderId::XEnvoyIpTags
            | HeaderId::XEnvoyOriginalUrl
            | HeaderId::XEnvoyHedgeOnPerTryTimeout
    )
}

/// At the edge these go too: only a proxy of ours may state them.
fn is_of_a_proxy(id: HeaderId) -> bool {
    matches!(
        id,
        HeaderId::XEnvoyDecoratorOperation
            | HeaderId::XEnvoyDownstreamServiceCluster
            | HeaderId::XEnvoyDownstreamServiceNode
            | HeaderId::XEnvoyOriginalPath
            | HeaderId::XEnvoyOriginalHost
    )
}

/// What the head said about its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub internal: bool,
    pub edge: bool,
}

/// The two ends of the connection that a request came on.
#[derive(Debug, Clone, Copy)]
pub struct Ends<'a> {
    pub peer: &'a PeerAddress,
    pub local: &'a PeerAddress,
}

/// Changes a request's head; answers who sent it and notes the client in `remote`. A request that
/// names no client, where it must, is refused with a status.
pub fn mutate_request(
    config: &Config,
    head: &mut Head,
    ends: Ends<'_>,
    remote: &mut PeerAddress,
    rng: &Rng,
) -> Result<Origin, u16> {
    strip_hop_by_hop(head, config.always_forwards_client_cert);
    let may_be_internal = find_remote(config, head, ends, remote)?;
    if !head.contains(HeaderId::XForwardedProto) {
        head.push(HeaderId::XForwardedProto, b"http");
    }
    if config.append_x_forwarded_port && !head.contains(HeaderId::XForwardedPort) {
        set_forwarded_port(head, ends.local);
    }
    if let Some(scheme) = &config.scheme_overwrite {
        head.set(HeaderId::Scheme, scheme);
        head.set(HeaderId::XForwardedProto, scheme);
    }
    if !head.contains(HeaderId::Scheme) {
        set_scheme(head);
    }
    let internal = may_be_internal && config.internal_addresses.contains(remote);
    let origin = Origin { internal, edge: !internal && config.use_remote_address };
    strip_for_origin(config, head, origin);
    if let Some(agent) = &config.own_agent {
        name_agent(agent, head);
    }
    if !config.via.is_empty() {
        head.append(&HeaderId::Via.into(), b", ", &config.via);
    }
    if origin.edge
        && let PeerAddress::Ip(address) = remote
    {
        with_ip(*address, |text| head.set(HeaderId::XEnvoyExternalAddress, text));
    }
    set_request_id(config, head, origin, rng);
    Ok(origin)
}

/// An upgrade goes on as it came. What is said of a client's certificate is not believed: no
/// client has one.
fn strip_hop_by_hop(head: &mut Head, always_forwards_client_cert: bool) {
    let upgrade = head.is_upgrade();
    head.retain(|header| match header.id {
        Some(HeaderId::Connection | HeaderId::Upgrade) => upgrade,
        Some(
            HeaderId::KeepAlive
            | HeaderId::ProxyConnection
            | HeaderId::TransferEncoding
            | HeaderId::XEnvoyInternal,
        ) => false,
        Some(HeaderId::XForwardedClientCert) => always_forwards_client_cert,
        Some(HeaderId::Te) => {
            upgrade || header.value.is_empty() || header.value.eq_ignore_ascii_case(b"trailers")
        }
        Some(HeaderId::Referer) => referer::is_valid(header.value),
        _ => true,
    });
}

/// Finds the client; answers whether it may be an internal one, as far as the way goes by which
/// the request came.
fn find_remote(
    config: &Config,
    head: &mut Head,
    ends: Ends<'_>,
    remote: &mut PeerAddress,
) -> Result<bool, u16> {
    if !config.use_remote_address {
        return detect_remote(config, head, ends.peer, remote);
    }
    let hops = config.xff_num_trusted_hops;
    let single_hop = !head.contains(HeaderId::XForwardedFor);
    if hops > 0
        && let Some(xff) = head.get(HeaderId::XForwardedFor)
        && let Some(found) = address_from_right(xff, hops - 1)
    {
        *remote = PeerAddress::Ip(SocketAddr::new(found, 0));
    }
    if !config.skip_xff_append {
        append_forwarded_for(config, head, ends.peer);
    }
    if hops == 0 || !head.contains(HeaderId::XForwardedProto) {
        head.set(HeaderId::XForwardedProto, b"http");
    }
    if config.append_x_forwarded_port && hops == 0 {
        set_forwarded_port(head, ends.local);
    }
    Ok(single_hop)
}

fn detect_remote(
    config: &Config,
    head: &mut Head,
    peer: &PeerAddress,
    remote: &mut PeerAddress,
) -> Result<bool, u16> {
    for detection in &config.original_ip {
        let Detected { address, may_be_internal, appends } = detection.detect(head, peer)?;
        if appends {
            append_forwarded_for(config, head, peer);
        }
        if let Some(address) = address {
            *remote = PeerAddress::Ip(SocketAddr::new(address, 0));
            return Ok(may_be_internal);
        }
    }
    Ok(false)
}

fn set_forwarded_port(head: &mut Head, local: &PeerAddress) {
    if let PeerAddress::Ip(address) = local {
        let mut digits = itoa::Buffer::new();
        head.set(HeaderId::XForwardedPort, digits.format(address.port()).as_bytes());
    }
}

fn name_agent(agent: &OwnAgent, head: &mut Head) {
    head.set(HeaderId::XEnvoyDownstreamServiceCluster, &agent.cluster);
    if head.get(HeaderId::UserAgent).is_none_or(<[u8]>::is_empty) {
        head.set(HeaderId::UserAgent, &agent.cluster);
    }
    if !agent.node.is_empty() {
        head.set(HeaderId::XEnvoyDownstreamServiceNode, &agent.node);
    }
}

fn append_forwarded_for(config: &Config, head: &mut Head, direct: &PeerAddress) {
    let key = HeaderId::XForwardedFor.into();
    match direct {
        _ if is_loopback(direct) => head.append(&key, b",", config.local_ip.as_bytes()),
        PeerAddress::Ip(address) => with_ip(*address, |text| head.append(&key, b",", text)),
        PeerAddress::Pipe(_) => {}
    }
}

fn with_ip(address: SocketAddr, use_text: impl FnOnce(&[u8])) {
    if let IpAddr::V4(ip) = address.ip().to_canonical() {
        return with_ipv4(ip, use_text);
    }
    let mut text = [0u8; 48];
    let mut rest = &mut text[..];
    // 48 bytes hold any address; a write that fails would only shorten the text.
    let _ = write!(rest, "{}", address.ip().to_canonical());
    let len = 48 - rest.len();
    use_text(&text[..len]);
}

/// The most common kind, without formatting machinery: it is written for every request.
fn with_ipv4(address: Ipv4Addr, use_text: impl FnOnce(&[u8])) {
    let mut text = [0u8; 15];
    let mut len = 0;
    for (index, octet) in address.octets().into_iter().enumerate() {
        if index > 0 {
            text[len] = b'.';
            len += 1;
        }
        for (least, digit) in [(100, octet / 100), (10, octet / 10 % 10), (0, octet % 10)] {
            if octet >= least {
                text[len] = b'0' + digit;
                len += 1;
            }
        }
    }
    use_text(&text[..len]);
}

/// Gives a request that goes to an upstream a scheme that this can know.
pub fn settle_scheme(head: &mut Head) {
    let is_known =
        |name: &[u8]| name.eq_ignore_ascii_case(b"http") || name.eq_ignore_ascii_case(b"https");
    if head.get(HeaderId::Scheme).is_some_and(is_known) {
        return;
    }
    let forwarded = head.get(HeaderId::XForwardedProto).filter(|name| is_known(name));
    let scheme = forwarded.unwrap_or(b"http").to_vec();
    head.set(HeaderId::Scheme, &scheme);
}

fn set_scheme(head: &mut Head) {
    let scheme: &[u8] = match head.get(HeaderId::XForwardedProto) {
        Some(proto) if proto.eq_ignore_ascii_case(b"https") => b"https",
        _ => b"http",
    };
    head.push(HeaderId::Scheme, scheme);
}

fn strip_for_origin(config: &Config, head: &mut Head, origin: Origin) {
    if origin.internal {
        head.set(HeaderId::XEnvoyInternal, b"true");
        return;
    }
    head.retain(|header| match header.id {
        Some(id) => !(steers_the_router(id) || origin.edge && is_of_a_proxy(id)),
        None => true,
    });
    for key in &config.internal_only_headers {
        head.remove_key(key);
    }
}

fn set_request_id(config: &Config, head: &mut Head, origin: Origin, rng: &Rng) {
    if !config.generate_request_id {
        return;
    }
    match head.get(HeaderId::XRequestId) {
        None | Some([]) => {}
        Some(_) if !origin.edge => return,
        Some(id) if config.preserve_external_request_id => {
            if let Some(untraced) = request_id::without_trace_reason(id)
                && config.pack_trace_reason
            {
                head.set(HeaderId::XRequestId, &untraced);
            }
            return;
        }
        Some(_) => {}
    }
    head.set(HeaderId::XRequestId, &request_id::generate(rng));
}

#[cfg(test)]
mod tests;
