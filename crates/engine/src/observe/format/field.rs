//! The operators without arguments, each to the place in [`StreamInfo`] where its value is.

use voyant_ir::format::{DurationPrecision, StreamField, TimePoint};

use super::attempts;
use super::context::FormatContext;
use super::demand::Measure;
use super::operator::Op;
use super::unique_id;
use super::value::AddressPart;
use crate::failure::flags::ResponseFlag;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::connection_ending::DetectedClose;
use crate::http::stream_info::{
    ClusterNames, ConnectionInfo, Resolutions, StreamInfo, UpstreamInfo,
};
use crate::rt::address::PeerAddress;
use StreamField as F;

/// The operator of a field.
pub(super) fn compile(field: StreamField) -> Op {
    downstream_address(field)
        .or_else(|| upstream_address(field))
        .or_else(|| duration(field))
        .or_else(|| header_bytes(field))
        .or_else(|| count(field))
        .or_else(|| ending(field))
        .or_else(|| name(field))
        // A test asks for each field of the IR.
        .unwrap_or_else(|| unreachable!("no operator for {field:?}"))
}

fn downstream_address(field: StreamField) -> Option<Op> {
    use AddressPart::{Full, Port, WithoutPort};
    type Source = for<'a> fn(&FormatContext<'a>) -> Option<&'a PeerAddress>;
    let remote: Source = |cx| connection(cx).map(|_| &cx.info.remote);
    let local: Source = |cx| connection(cx).map(|connection| &connection.local);
    let direct_remote: Source = |cx| connection(cx).map(|connection| &connection.remote);
    let (source, part) = match field {
        F::DownstreamRemoteAddress => (remote, Full),
        F::DownstreamRemoteAddressWithoutPort => (remote, WithoutPort),
        F::DownstreamRemotePort => (remote, Port),
        F::DownstreamDirectRemoteAddress => (direct_remote, Full),
        F::DownstreamDirectRemoteAddressWithoutPort => (direct_remote, WithoutPort),
        F::DownstreamDirectRemotePort => (direct_remote, Port),
        F::DownstreamLocalAddress | F::DownstreamDirectLocalAddress => (local, Full),
        F::DownstreamLocalAddressWithoutPort | F::DownstreamDirectLocalAddressWithoutPort => {
            (local, WithoutPort)
        }
        F::DownstreamLocalPort | F::DownstreamDirectLocalPort => (local, Port),
        _ => return None,
    };
    Some(Op::Address(source, part))
}

fn connection<'a>(cx: &FormatContext<'a>) -> Option<&'a ConnectionInfo> {
    Some(&*cx.info.connection).filter(|connection| connection.has_client)
}

fn upstream_address(field: StreamField) -> Option<Op> {
    use AddressPart::{Full, Port, WithoutPort};
    type Source = for<'a> fn(&FormatContext<'a>) -> Option<&'a PeerAddress>;
    let host: Source = |cx| cx.info.upstream.remote.as_ref();
    // The host is known before there is a connection to it, its address as a peer is not.
    let remote: Source = |cx| connected(cx).and_then(|upstream| upstream.remote.as_ref());
    let local: Source = |cx| connected(cx).and_then(|upstream| upstream.local.as_ref());
    let (source, part) = match field {
        F::UpstreamHost => (host, Full),
        F::UpstreamRemoteAddress => (remote, Full),
        F::UpstreamRemoteAddressWithoutPort => (remote, WithoutPort),
        F::UpstreamRemotePort => (remote, Port),
        F::UpstreamLocalAddress => (local, Full),
        F::UpstreamLocalAddressWithoutPort => (local, WithoutPort),
        F::UpstreamLocalPort => (local, Port),
        F::UpstreamHostName => return Some(Op::Write(|cx, out| host_name(cx, Full, out))),
        F::UpstreamHostNameWithoutPort => {
            return Some(Op::Write(|cx, out| host_name(cx, WithoutPort, out)));
        }
        F::UpstreamHostsAttempted => {
            return Some(Op::Write(|cx, out| attempts::hosts(cx, Full, out)));
        }
        F::UpstreamHostsAttemptedWithoutPort => {
            return Some(Op::Write(|cx, out| attempts::hosts(cx, WithoutPort, out)));
        }
        F::UpstreamHostNamesAttempted => {
            return Some(Op::Write(|cx, out| attempts::names(cx, Full, out)));
        }
        F::UpstreamHostNamesAttemptedWithoutPort => {
            return Some(Op::Write(|cx, out| attempts::names(cx, WithoutPort, out)));
        }
        F::UpstreamConnectionIdsAttempted => {
            return Some(Op::Write(attempts::connection_ids));
        }
        _ => return None,
    };
    Some(Op::Address(source, part))
}

fn connected<'a>(cx: &FormatContext<'a>) -> Option<&'a UpstreamInfo> {
    Some(&cx.info.upstream).filter(|upstream| upstream.connection_id.is_some())
}

fn host_name(cx: &FormatContext<'_>, part: AddressPart, out: &mut Vec<u8>) -> bool {
    let upstream = &cx.info.upstream;
    attempts::name(upstream.hostname(), upstream.remote.as_ref(), part, out)
}

fn duration(field: StreamField) -> Option<Op> {
    use TimePoint::{DsRxBeg, DsRxEnd, DsTxEnd, UsRxBeg, UsTxEnd};
    let (start, end) = match field {
        F::RequestDuration => (DsRxBeg, DsRxEnd),
        F::RequestTxDuration => (DsRxBeg, UsTxEnd),
        F::ResponseDuration => (DsRxBeg, UsRxBeg),
        F::ResponseTxDuration => (UsRxBeg, DsTxEnd),
        F::Duration => {
            return Some(Op::Number(|cx| {
                Some(cx.now.saturating_duration_since(cx.info.start).as_millis() as u64)
            }));
        }
        F::UpstreamConnectionPoolReadyDuration => {
            return Some(Op::Number(|cx| {
                cx.info.upstream.pool_ready.map(|duration| duration.as_millis() as u64)
            }));
        }
        _ => return None,
    };
    Some(Op::Duration(start, end, DurationPrecision::Ms))
}

fn header_bytes(field: StreamField) -> Option<Op> {
    let op: fn(&FormatContext<'_>) -> Option<u64> = match field {
        F::DownstreamHeaderBytesReceived => |cx| Some(cx.info.bytes.header_received),
        F::DownstreamHeaderBytesSent => |cx| Some(cx.info.bytes.header_sent),
        F::DownstreamDecompressedHeaderBytesReceived => {
            |cx| Some(cx.info.bytes.decompressed_received)
        }
        F::DownstreamDecompressedHeaderBytesSent => |cx| Some(cx.info.bytes.decompressed_sent),
        F::UpstreamHeaderBytesReceived => |cx| Some(cx.info.upstream.bytes.header_received),
        F::UpstreamHeaderBytesSent => |cx| Some(cx.info.upstream.bytes.header_sent),
        F::UpstreamDecompressedHeaderBytesReceived => {
            |cx| Some(cx.info.upstream.bytes.decompressed_received)
        }
        F::UpstreamDecompressedHeaderBytesSent => {
            |cx| Some(cx.info.upstream.bytes.decompressed_sent)
        }
        _ => return None,
    };
    Measure::HeaderBytes.ask();
    Some(Op::Number(op))
}

/// How the connections on both sides ended. A stream's own line comes before its connection's
/// end.
fn ending(field: StreamField) -> Option<Op> {
    Some(Op::Text(match field {
        F::DownstreamDetectedCloseType => |cx| {
            let session = cx.info.session.as_ref();
            Some(session.map_or(DetectedClose::Normal, |of| of.downstream.detected).as_str())
        },
        F::DownstreamLocalCloseReason => {
            |cx| cx.info.session.as_ref().and_then(|of| of.downstream.local_reason)
        }
        F::UpstreamDetectedCloseType => |cx| {
            let session = cx.info.session.as_ref().map(|of| of.upstream);
            has_upstream(cx).then(|| session.unwrap_or_default().detected.as_str())
        },
        F::UpstreamLocalCloseReason => {
            |cx| cx.info.session.as_ref().and_then(|of| of.upstream.local_reason)
        }
        _ => return None,
    }))
}

/// A host was chosen for a request, though it may be that it took no more; a session of bytes counts as having one from its start.
fn has_upstream(cx: &FormatContext<'_>) -> bool {
    let info = cx.info;
    let overflowed =
        info.upstream.attempts > 0 && info.flags.contains(ResponseFlag::UpstreamOverflow);
    info.upstream.host.is_some() || overflowed || info.is_session || cx.log_type.is_upstream()
}

fn count(field: StreamField) -> Option<Op> {
    Some(Op::Number(match field {
        // Only QUIC tells these.
        F::BytesRetransmitted | F::PacketsRetransmitted => |_| Some(0),
        F::RoundtripDuration => |_| None,
        F::BytesReceived => |cx| Some(cx.info.bytes.body_received),
        F::BytesSent => |cx| Some(cx.info.bytes.body_sent),
        F::ConnectionId => |cx| Some(cx.info.connection.id),
        F::DownstreamCxRtt => |_| Some(0),
        F::DownstreamWireBytesReceived => |cx| Some(cx.info.bytes.wire_received),
        F::DownstreamWireBytesSent => |cx| Some(cx.info.bytes.wire_sent),
        F::RequestHeadersBytes => |cx| Some(cx.request.byte_size() as u64),
        F::ResponseHeadersBytes => |cx| Some(cx.response.map_or(0, Head::byte_size) as u64),
        F::ResponseTrailersBytes => |cx| Some(cx.trailers.map_or(0, Head::byte_size) as u64),
        F::ResponseCode => |cx| Some(u64::from(cx.info.response_code)),
        F::RouteResolutionCount => |cx| Some(cx.info.resolutions.count.get().into()),
        F::RouteResolutionTimeUs => {
            Measure::RouteTime.ask();
            |cx| {
                let Resolutions { count, micros } = &cx.info.resolutions;
                (count.get() > 0).then(|| micros.get().into())
            }
        }
        F::UpstreamConnectionId => |cx| Some(cx.info.upstream.connection_id.unwrap_or(0)),
        F::UpstreamRequestAttemptCount => |cx| Some(u64::from(cx.info.upstream.attempts)),
        F::UpstreamWireBytesReceived => |cx| Some(cx.info.upstream.bytes.wire_received),
        F::UpstreamWireBytesSent => |cx| Some(cx.info.upstream.bytes.wire_sent),
        _ => return None,
    }))
}

fn name(field: StreamField) -> Option<Op> {
    Some(match field {
        F::AccessLogType => Op::Text(|cx| Some(cx.log_type.as_str())),
        // No filter has flags of its own.
        F::CustomFlags => Op::Text(|_| Some("")),
        F::ConnectionTerminationDetails => {
            Op::Text(|cx| cx.info.connection_termination_details.as_deref())
        }
        F::FilterChainName => Op::Text(|cx| not_empty(Some(&cx.info.connection.filter_chain))),
        F::DownstreamLocalAddressEndpointId | F::DownstreamDirectLocalAddressEndpointId => {
            Op::Text(|_| Some(""))
        }
        F::UpstreamRemoteAddressEndpointId => Op::Text(|cx| connected(cx).map(|_| "")),
        F::ListenerName => Op::Text(|cx| {
            not_empty(cx.info.connection.listener.as_ref().map(|listener| &*listener.name))
        }),
        F::LocalReplyBody => Op::Write(|cx, out| {
            out.extend_from_slice(cx.local_reply_body);
            true
        }),
        F::Protocol => Op::Text(|cx| cx.info.protocol.map(crate::codec::Protocol::as_str)),
        F::ResponseFlags => Op::Write(|cx, out| flags(cx.info.flags.short(), out)),
        F::ResponseFlagsLong => Op::Write(|cx, out| flags(cx.info.flags.long(), out)),
        F::RouteName => Op::Text(|cx| not_empty(cx.info.route.as_ref().map(|route| &*route.name))),
        F::StreamId => Op::Write(stream_id),
        F::UniqueId => Op::Write(|_, out| {
            out.extend_from_slice(&unique_id::next());
            true
        }),
        F::UpstreamCluster => Op::Text(|cx| observed_cluster(&cx.info.upstream)),
        F::UpstreamClusterRaw => {
            Op::Text(|cx| cx.info.upstream.cluster.as_ref().map(|names| &*names.name))
        }
        F::UpstreamProtocol => {
            Op::Text(|cx| cx.info.upstream.protocol.map(crate::codec::Protocol::as_str))
        }
        F::UpstreamTransportFailureReason => {
            Op::Underscored(|cx| not_empty(cx.info.upstream.transport_failure.as_deref()))
        }
        // Only TLS and tracing fill these.
        F::DownstreamTransportFailureReason | F::TraceId => Op::Text(|_| None),
        F::VirtualClusterName => Op::Text(|cx| virtual_cluster(cx.info)),
        F::VirtualHostName => {
            Op::Text(|cx| not_empty(cx.info.route.as_ref().map(|route| &*route.virtual_host.name)))
        }
        _ => return None,
    })
}

fn virtual_cluster(info: &StreamInfo) -> Option<&str> {
    let host = &info.route.as_ref()?.virtual_host;
    host.virtual_clusters.as_ref()?.name(info.virtual_cluster?)
}

fn not_empty(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn flags(names: impl Iterator<Item = &'static str>, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    for name in names {
        if out.len() > start {
            out.push(b',');
        }
        out.extend_from_slice(name.as_bytes());
    }
    // No flag is a dash of its own, not a missing value.
    if out.len() == start {
        out.push(b'-');
    }
    true
}

fn stream_id(cx: &FormatContext<'_>, out: &mut Vec<u8>) -> bool {
    match cx.request.get(HeaderId::XRequestId) {
        Some(id) => out.extend_from_slice(id),
        // A request that the codec refused has none.
        None if cx.info.protocol.is_none() => {
            out.extend_from_slice(&unique_id::derived(cx.info.stream_id));
        }
        None => return false,
    }
    true
}

/// `alt_stat_name`, or the name as it is written in the configuration.
fn observed_cluster(upstream: &UpstreamInfo) -> Option<&str> {
    let ClusterNames { name, stat_name, .. } = upstream.cluster.as_deref()?;
    let same = |stat_name: &str| {
        stat_name.len() == name.len()
            && stat_name.bytes().zip(name.bytes()).all(|(a, b)| a == b || (a, b) == (b'_', b':'))
    };
    Some(stat_name.as_deref().filter(|stat_name| !same(stat_name)).unwrap_or(name))
}
