//! The bytes of connections: totals as they pass, and what each open connection holds of them
//! (Envoy's `Network::Connection::ConnectionStats`).
//!
//! What a connection has read counts as held until it reads again, taken or not, as with Envoy.

use std::rc::Rc;
use std::sync::Arc;

use super::groups::cluster::ClusterTrafficStats;
use super::groups::http::HttpStats;
use super::groups::tcp_proxy::TcpProxyStats;
use super::metric::{Counter, Gauge};

/// Whose connections they are.
#[derive(Debug)]
pub enum Traffic {
    Http(Arc<HttpStats>),
    Cluster(Arc<ClusterTrafficStats>),
    Tcp(Arc<TcpProxyStats>),
}

impl Traffic {
    fn read(&self) -> (&Counter, &Gauge) {
        match self {
            Self::Http(stats) => {
                (&stats.downstream_cx_rx_bytes_total, &stats.downstream_cx_rx_bytes_buffered)
            }
            Self::Cluster(stats) => {
                (&stats.upstream_cx_rx_bytes_total, &stats.upstream_cx_rx_bytes_buffered)
            }
            Self::Tcp(stats) => {
                (&stats.downstream_cx_rx_bytes_total, &stats.downstream_cx_rx_bytes_buffered)
            }
        }
    }

    fn written(&self) -> (&Counter, &Gauge) {
        match self {
            Self::Http(stats) => {
                (&stats.downstream_cx_tx_bytes_total, &stats.downstream_cx_tx_bytes_buffered)
            }
            Self::Cluster(stats) => {
                (&stats.upstream_cx_tx_bytes_total, &stats.upstream_cx_tx_bytes_buffered)
            }
            Self::Tcp(stats) => {
                (&stats.downstream_cx_tx_bytes_total, &stats.downstream_cx_tx_bytes_buffered)
            }
        }
    }
}

/// One connection's share; what it holds is given up with it.
#[derive(Debug)]
pub struct ByteMeter {
    traffic: Rc<Traffic>,
    read_held: usize,
    unwritten: usize,
}

impl ByteMeter {
    pub fn new(traffic: Rc<Traffic>) -> Self {
        Self { traffic, read_held: 0, unwritten: 0 }
    }

    /// So many bytes were read, and so many are held now.
    pub fn read(&mut self, count: usize, held: usize) {
        let (total, buffered) = self.traffic.read();
        total.add(count as u64);
        hold(buffered, &mut self.read_held, held);
    }

    /// So many bytes were written.
    pub fn written(&mut self, count: usize) {
        self.traffic.written().0.add(count as u64);
    }

    /// So many bytes wait to be written.
    pub fn waits(&mut self, unwritten: usize) {
        if unwritten != self.unwritten {
            hold(self.traffic.written().1, &mut self.unwritten, unwritten);
        }
    }
}

impl Drop for ByteMeter {
    fn drop(&mut self) {
        hold(self.traffic.read().1, &mut self.read_held, 0);
        self.waits(0);
    }
}

fn hold(buffered: &Gauge, held: &mut usize, now: usize) {
    if *held != now {
        buffered.add(now.cast_signed() as i64 - held.cast_signed() as i64);
        *held = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_goes_with_the_connection() {
        let stats = Arc::new(HttpStats::default());
        let traffic = Rc::new(Traffic::Http(Arc::clone(&stats)));
        let mut one = ByteMeter::new(Rc::clone(&traffic));
        let mut other = ByteMeter::new(traffic);
        one.read(10, 10);
        other.read(5, 5);
        one.read(3, 3);
        one.written(7);
        one.waits(4);
        let held = || {
            (
                stats.downstream_cx_rx_bytes_buffered.get(),
                stats.downstream_cx_tx_bytes_buffered.get(),
            )
        };
        assert_eq!(held(), (8, 4));
        drop(one);
        assert_eq!(held(), (5, 0));
        drop(other);
        assert_eq!(held(), (0, 0));
        assert_eq!(stats.downstream_cx_rx_bytes_total.get(), 18);
        assert_eq!(stats.downstream_cx_tx_bytes_total.get(), 7);
    }
}
