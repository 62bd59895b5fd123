//! The system's hosts file, which answers before any name server, and `localhost`, which never
//! needs one (RFC 6761). The file is read again when it was last read a moment ago.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use hickory_resolver::Hosts;
use hickory_resolver::lookup::Lookup;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::{Name, RecordType};

use super::answer::{Answer, Families, Family};
use crate::rt::clock::{Instant, now};

const KEEP: Duration = Duration::from_secs(1);

/// The file as last read.
#[derive(Debug, Default)]
pub struct HostsFile {
    hosts: Hosts,
    read_at: Option<Instant>,
}

impl HostsFile {
    /// What the file says of a name; none when it does not have it in any of the families.
    pub fn answer(&mut self, name: &Name, families: Families) -> Option<Answer> {
        let now = now();
        if self.read_at.is_none_or(|at| at + KEEP <= now) {
            // A file that cannot be read is one without names.
            self.hosts = Hosts::from_system().unwrap_or_default();
            self.read_at = Some(now);
        }
        let (first, second) = match families {
            Families::One(family) => (family, None),
            Families::Fallback(first, second) | Families::Both(first, second) => {
                (first, Some(second))
            }
        };
        let mut ips = self.of_family(name, first);
        if ips.is_empty() || matches!(families, Families::Both(..)) {
            ips.extend(second.into_iter().flat_map(|family| self.of_family(name, family)));
        }
        (!ips.is_empty()).then(|| Answer::of(ips, None))
    }

    fn of_family(&self, name: &Name, family: Family) -> Vec<IpAddr> {
        let query = Query::query(name.clone(), record_type(family));
        let listed = self.hosts.lookup_static_host(&query);
        let answers = listed.iter().flat_map(Lookup::answers);
        let ips: Vec<_> = answers.filter_map(|record| record.data.ip_addr()).collect();
        if ips.is_empty() && name.is_localhost() {
            return vec![match family {
                Family::V4 => Ipv4Addr::LOCALHOST.into(),
                Family::V6 => Ipv6Addr::LOCALHOST.into(),
            }];
        }
        ips
    }
}

pub fn record_type(family: Family) -> RecordType {
    match family {
        Family::V4 => RecordType::A,
        Family::V6 => RecordType::AAAA,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> HostsFile {
        let mut hosts = Hosts::default();
        hosts.read_hosts_conf(text.as_bytes()).expect("readable");
        HostsFile { hosts, read_at: Some(now() + Duration::from_hours(1)) }
    }

    fn ips(answer: Option<Answer>) -> Vec<String> {
        match answer {
            Some(Answer::Addresses { ips, ttl: None }) => {
                ips.iter().map(IpAddr::to_string).collect()
            }
            None => vec![],
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_file_answers_by_family_and_without_a_ttl() {
        let mut file = file("10.0.0.1 db db.example\n10.0.0.2 db\nfd00::1 db\n10.0.0.3 four\n");
        let mut of = |name: &str, families| {
            ips(file.answer(&Name::from_ascii(name).expect("a name"), families))
        };
        let auto = Families::Fallback(Family::V6, Family::V4);
        assert_eq!(of("db", auto), ["fd00::1"]);
        assert_eq!(of("four", auto), ["10.0.0.3"]);
        assert_eq!(of("db", Families::One(Family::V4)), ["10.0.0.1", "10.0.0.2"]);
        let both = Families::Both(Family::V4, Family::V6);
        assert_eq!(of("db", both), ["10.0.0.1", "10.0.0.2", "fd00::1"]);
        assert_eq!(of("four", Families::One(Family::V6)), [""; 0]);
        assert_eq!(of("nobody", both), [""; 0]);
    }

    #[test]
    fn localhost_needs_no_file() {
        let mut file = file("127.0.0.2 localhost\n");
        let localhost = Name::from_ascii("localhost").expect("a name");
        let mut of = |families| ips(file.answer(&localhost, families));
        assert_eq!(of(Families::One(Family::V4)), ["127.0.0.2"]);
        assert_eq!(of(Families::One(Family::V6)), ["::1"]);
    }
}
