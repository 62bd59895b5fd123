//! Requests that leave HTTP: upgrades and CONNECT. Which of them are allowed, and by what answer of
//! the upstream the tunnel opens. The tunnel itself is the relay: bytes pass as bodies do.

use super::Exchange;
use super::reply::LocalReply;
use super::stream::Stream;
use crate::codec::{Piece, Protocol, ResetReason};
use crate::failure::flags::ResponseFlag;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::connection_manager::upgrades::OwnFilters;
use crate::http::filter_chain::WorkerChain;
use crate::route::{Action, Route};

/// An upgrade that was accepted.
#[derive(Debug, Clone, Copy)]
pub struct Upgrade<'a> {
    /// Its own filters, if it has such.
    own: Option<&'a OwnFilters>,
}

/// What holds a request's body back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    No,
    /// The upstream has not agreed to the tunnel yet.
    Waits,
    /// The same, and what the client sends meanwhile is refused.
    Refuses,
}

/// What an upstream's response means for a body that waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TunnelAnswer {
    Opened,
    /// A response like any other.
    Ordinary,
    /// Only its head is of use.
    Failed,
}

impl Exchange<'_> {
    /// No route takes the upgrade; the log tells where the request would have gone.
    pub(super) async fn refuse_upgrade(&mut self, route: &Route) {
        self.stream.manager.stats.downstream_rq_ws_on_non_ws_route.inc();
        // What follows such a request might be taken for another one.
        self.stream.info.connection.leaving.set(true);
        let refusal = LocalReply::new(403, "upgrade_failed");
        let Action::Forward(forward) = &route.action else {
            return self.send_reply(refusal, None).await;
        };
        self.stream.choose_cluster(forward);
        self.send_reply(refusal, Some(route)).await;
    }

    /// What a client of CONNECT has sent already, where it may not have: the answer to it.
    pub(super) async fn early_data(&mut self) -> Option<LocalReply> {
        if self.stream.held() != Held::Refuses {
            return None;
        }
        let downstream = &mut self.downstream;
        let early = std::future::poll_fn(|cx| std::task::Poll::Ready(downstream.poll_body(cx)));
        match early.await {
            std::task::Poll::Ready(Ok(Piece::Data(data))) => {
                self.stream.info.bytes.body_received += data.len() as u64;
                Some(LocalReply::early_data())
            }
            _ => None,
        }
    }

    /// Tells a client of HTTP/2 that its tunnel ended for the connection behind it (RFC 9113, 8.5).
    pub(super) fn tell_connect_error(&mut self) {
        let stream = &self.stream;
        if stream.upgrade.is_some()
            && stream.protocol == Protocol::Http2
            && stream.progress.response_ended
            && !self.downstream.request_done()
            && stream.lost_its_upstream()
        {
            self.downstream.reset(ResetReason::ConnectError);
        }
    }
}

impl LocalReply {
    /// A client that did not wait for the answer to its CONNECT.
    pub fn early_data() -> Self {
        Self::new(400, "early_connect_data")
    }
}

impl<'a> Stream<'a> {
    /// Whether the request may leave HTTP, as its route and its connection manager say.
    pub(super) fn accept_upgrade(&mut self, route: &Route) -> bool {
        let Some(kind) = self.upgrade_kind() else { return true };
        let by_route = match &route.action {
            Action::Forward(forward) => {
                forward.upgrades.as_ref().and_then(|upgrades| upgrades.allows(kind))
            }
            _ => None,
        };
        let found = self.manager.upgrades.find(kind);
        let allowed = by_route.unwrap_or_else(|| found.is_some_and(|(_, enabled)| enabled));
        if allowed {
            let own = found.and_then(|(at, _)| self.manager.upgrades.own(at));
            if let Some(own) = own {
                self.router = &own.router;
            }
            self.upgrade = Some(Upgrade { own });
            self.manager.stats.downstream_cx_upgrades_total.inc();
            self.manager.stats.downstream_cx_upgrades_active.inc();
        }
        allowed
    }

    fn upgrade_kind(&self) -> Option<&[u8]> {
        let connect = self.facts.connect.then_some(&b"CONNECT"[..]);
        self.request.get(HeaderId::Upgrade).or(connect)
    }

    /// The filters of this stream, before any route has its say.
    pub(super) fn filters(&self) -> Option<&'a WorkerChain> {
        match self.upgrade.and_then(|upgrade| upgrade.own) {
            Some(own) => own.filters.as_ref(),
            None => self.manager.filters.as_ref(),
        }
    }

    /// What waits until the upstream has agreed.
    pub(super) fn held(&self) -> Held {
        if self.upgrade.is_none() {
            return Held::No;
        }
        match self.request.method() {
            b"CONNECT" if self.router.options.reject_connect_early_data => Held::Refuses,
            b"CONNECT" => Held::Waits,
            _ if self.is_websocket() => Held::Waits,
            _ => Held::No,
        }
    }

    pub(super) fn is_websocket(&self) -> bool {
        let upgrade = self.request.get(HeaderId::Upgrade);
        upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case(b"websocket"))
    }

    pub(super) fn tunnel_answer(&self, head: &Head) -> TunnelAnswer {
        let status = head.status();
        let connect = self.request.method() == b"CONNECT";
        let http1 = self.info.upstream.protocol == Some(Protocol::Http11);
        match status {
            200..300 if connect => TunnelAnswer::Opened,
            _ if connect => TunnelAnswer::Ordinary,
            101 => TunnelAnswer::Opened,
            _ if !http1 => TunnelAnswer::Opened,
            400.. => TunnelAnswer::Ordinary,
            _ => TunnelAnswer::Failed,
        }
    }

    /// The response that is being sent opens the tunnel.
    pub(super) fn opens_tunnel(&self, response: &Head) -> bool {
        self.upgrade.is_some()
            && (response.is_upgrade() && self.request.is_upgrade() || self.connects(response))
    }

    fn connects(&self, response: &Head) -> bool {
        self.facts.connect && response.status() == 200
    }

    fn lost_its_upstream(&self) -> bool {
        let flags = &self.info.flags;
        flags.contains(ResponseFlag::UpstreamConnectionFailure)
            || flags.contains(ResponseFlag::UpstreamConnectionTermination)
    }

    /// Why a client is cut off, as its codec is told.
    pub(super) fn cut_off_reason(&self) -> ResetReason {
        if self.upgrade.is_some() && self.lost_its_upstream() {
            ResetReason::ConnectError
        } else {
            ResetReason::LocalReset
        }
    }
}
