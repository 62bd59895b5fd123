//! Virtual clusters: requests of a virtual host by kind, each with statistics of its own
//! (Envoy's `config.route.v3.VirtualCluster`). The first that matches counts, `other` the rest.

use std::collections::HashMap;

use voyant_ir::route as ir;

use super::matcher::HeaderMatcher;
use crate::head::Head;
use crate::pattern::PatternError;

/// A place among the statistics that a worker keeps for a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatSlot(u32);

/// The scopes of statistics that a table has, by their prefixes.
#[derive(Debug, Default)]
pub struct StatScopes {
    prefixes: Vec<Box<str>>,
    known: HashMap<Box<str>, StatSlot>,
}

impl StatScopes {
    /// The place of a prefix; equal ones share it.
    pub(super) fn insert(&mut self, prefix: &str) -> StatSlot {
        if let Some(slot) = self.known.get(prefix) {
            return *slot;
        }
        let slot = StatSlot(self.prefixes.len() as u32);
        self.prefixes.push(prefix.into());
        self.known.insert(prefix.into(), slot);
        slot
    }

    /// All prefixes, in the order of their places.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.prefixes.iter().map(|prefix| &**prefix)
    }
}

impl StatSlot {
    /// The position among the scopes of its table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The virtual clusters of a virtual host.
#[derive(Debug)]
pub struct VirtualClusters {
    kinds: Box<[Kind]>,
    other: StatSlot,
}

#[derive(Debug)]
struct Kind {
    name: Box<str>,
    headers: Box<[HeaderMatcher]>,
    slot: StatSlot,
}

/// One of a virtual host's virtual clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VirtualClusterId(u32);

impl VirtualClusters {
    /// Compiles those of a virtual host; nothing when it has none.
    pub(super) fn new(
        host: &str,
        clusters: &[ir::VirtualCluster],
        scopes: &mut StatScopes,
    ) -> Result<Option<Box<Self>>, PatternError> {
        if clusters.is_empty() {
            return Ok(None);
        }
        let scope = |name: &str| format!("vhost.{host}.vcluster.{name}");
        let kinds = clusters.iter().map(|ir::VirtualCluster { name, headers }| {
            let headers = headers.iter().map(HeaderMatcher::new).collect::<Result<_, _>>()?;
            Ok(Kind { name: name.as_str().into(), headers, slot: scopes.insert(&scope(name)) })
        });
        let kinds = kinds.collect::<Result<_, PatternError>>()?;
        Ok(Some(Box::new(Self { kinds, other: scopes.insert(&scope("other")) })))
    }

    /// The one that a request belongs to.
    pub fn of(&self, head: &Head) -> Option<VirtualClusterId> {
        let matches = |kind: &Kind| kind.headers.iter().all(|header| header.matches(head));
        let at = self.kinds.iter().position(matches)?;
        Some(VirtualClusterId(at as u32))
    }

    /// Where requests of one count, or those of none.
    pub fn slot(&self, of: Option<VirtualClusterId>) -> StatSlot {
        of.and_then(|id| self.kinds.get(id.0 as usize)).map_or(self.other, |kind| kind.slot)
    }

    pub fn name(&self, id: VirtualClusterId) -> Option<&str> {
        self.kinds.get(id.0 as usize).map(|kind| &*kind.name)
    }
}
