//! What name servers say, reduced to what a cluster does with it.

use std::net::IpAddr;
use std::time::Duration;

use voyant_ir::cluster::DnsLookupFamily;

/// The outcome of asking for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Addresses {
        /// In the order of the answer, each once.
        ips: Vec<IpAddr>,
        /// How long they may be used; none when their source does not say.
        ttl: Option<Duration>,
    },
    /// The name exists without addresses, or does not exist.
    Empty,
    /// Nobody answered, or with an error.
    Failed,
}

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    V4,
    V6,
}

/// The families to ask for: the second one after the first, or beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Families {
    One(Family),
    /// The second only when the first has no address.
    Fallback(Family, Family),
    Both(Family, Family),
}

impl Families {
    pub fn of(lookup: DnsLookupFamily) -> Self {
        match lookup {
            DnsLookupFamily::V4Only => Self::One(Family::V4),
            DnsLookupFamily::V6Only => Self::One(Family::V6),
            DnsLookupFamily::Auto => Self::Fallback(Family::V6, Family::V4),
            DnsLookupFamily::V4Preferred => Self::Fallback(Family::V4, Family::V6),
            DnsLookupFamily::All => Self::Both(Family::V4, Family::V6),
        }
    }
}

impl Answer {
    /// Addresses of one source; empty is [`Answer::Empty`].
    pub fn of(ips: impl IntoIterator<Item = IpAddr>, ttl: Option<Duration>) -> Self {
        let mut each_once = Vec::new();
        for ip in ips {
            if !each_once.contains(&ip) {
                each_once.push(ip);
            }
        }
        if each_once.is_empty() { Self::Empty } else { Self::Addresses { ips: each_once, ttl } }
    }

    pub fn has_addresses(&self) -> bool {
        matches!(self, Self::Addresses { .. })
    }

    /// Two families' answers as one. That there is no address is only known when both say so:
    /// a failed half must not take hosts away.
    #[must_use]
    pub fn join(self, second: Self) -> Self {
        match (self, second) {
            (Self::Addresses { mut ips, ttl }, Self::Addresses { ips: more, ttl: other_ttl }) => {
                ips.extend(more);
                let ttl = [ttl, other_ttl].into_iter().flatten().min();
                Self::Addresses { ips, ttl }
            }
            (addresses @ Self::Addresses { .. }, _) | (_, addresses @ Self::Addresses { .. }) => {
                addresses
            }
            (Self::Empty, Self::Empty) => Self::Empty,
            _ => Self::Failed,
        }
    }
}

/// The order in which one host's addresses are tried (RFC 8305): families in turn, beginning
/// with that of the first address.
pub fn happy_eyeballs_order(ips: &[IpAddr]) -> Vec<IpAddr> {
    let Some(first) = ips.first() else { return vec![] };
    let like_first = |ip: &&IpAddr| ip.is_ipv4() == first.is_ipv4();
    let mut same = ips.iter().filter(like_first);
    let mut other = ips.iter().filter(|ip| !like_first(ip));
    let mut order = Vec::with_capacity(ips.len());
    while order.len() < ips.len() {
        order.extend(same.next());
        order.extend(other.next());
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(text: &str) -> Vec<IpAddr> {
        text.split_whitespace().map(|ip| ip.parse().expect("an address")).collect()
    }

    fn answer(text: &str, ttl: u64) -> Answer {
        Answer::of(ips(text), Some(Duration::from_secs(ttl)))
    }

    #[test]
    fn an_address_counts_once() {
        assert_eq!(answer("10.0.0.1 10.0.0.2 10.0.0.1", 1), answer("10.0.0.1 10.0.0.2", 1));
        assert_eq!(answer("", 1), Answer::Empty);
    }

    #[test]
    fn answers_of_two_families_join() {
        assert_eq!(answer("10.0.0.1", 9).join(answer("::1", 3)), answer("10.0.0.1 ::1", 3));
        assert_eq!(answer("10.0.0.1", 9).join(Answer::Failed), answer("10.0.0.1", 9));
        assert_eq!(Answer::Empty.join(answer("::1", 3)), answer("::1", 3));
        assert_eq!(Answer::Empty.join(Answer::Empty), Answer::Empty);
        assert_eq!(Answer::Empty.join(Answer::Failed), Answer::Failed);
        assert_eq!(Answer::Failed.join(Answer::Empty), Answer::Failed);
    }

    #[test]
    fn families_take_turns() {
        let order = |text| happy_eyeballs_order(&ips(text));
        assert_eq!(order("1.1.1.1 2.2.2.2 ::1 ::2 ::3"), ips("1.1.1.1 ::1 2.2.2.2 ::2 ::3"));
        assert_eq!(order("::1 1.1.1.1"), ips("::1 1.1.1.1"));
        assert_eq!(order(""), ips(""));
    }
}
