//! Scopes: route tables that are chosen by a key from the request's headers (Envoy's scoped
//! routes).

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::scoped_routes as ir;

use super::RouteTable;
use super::matcher::header::request_key;
use crate::head::Head;
use crate::head::header_name::HeaderKey;
use crate::observe::stats::Registry;
use crate::observe::stats::groups::route::RouteStats;

type Key = Box<[Box<[u8]>]>;

/// Scopes as compiled, for all workers.
#[derive(Debug)]
pub struct Scopes {
    builder: KeyBuilder,
    tables: HashMap<Key, CompiledScope>,
}

#[derive(Debug)]
struct CompiledScope {
    table: Arc<RouteTable>,
    internal_only_headers: Arc<[HeaderKey]>,
}

/// The same on a worker.
#[derive(Debug)]
pub struct WorkerScopes {
    compiled: Arc<Scopes>,
    scopes: HashMap<Key, WorkerScope>,
}

/// A table on a worker, what it counts, and the headers that it keeps from outsiders.
#[derive(Debug)]
pub struct WorkerScope {
    pub table: Rc<Arc<RouteTable>>,
    stats: Box<[Arc<RouteStats>]>,
    pub internal_only_headers: Arc<[HeaderKey]>,
}

/// What a key is made of.
#[derive(Debug)]
struct KeyBuilder(Box<[Fragment]>);

#[derive(Debug)]
struct Fragment {
    header: HeaderKey,
    element_separator: Box<[u8]>,
    extract: ir::ScopeKeyExtract,
}

impl Scopes {
    /// Compiles scopes; `table` finds a table and what it keeps from outsiders by its id.
    pub fn new<'a>(
        ir: &'a ir::ScopedRoutes,
        mut table: impl FnMut(&'a str) -> Option<(Arc<RouteTable>, &'a [String])>,
    ) -> Result<Self, &'a str> {
        let mut tables = HashMap::new();
        for ir::RouteScope { key, route_configuration } in &ir.scopes {
            let (table, internal) = table(route_configuration).ok_or(&**route_configuration)?;
            let internal_only_headers =
                internal.iter().map(|name| HeaderKey::of_request(name)).collect();
            let key = key.iter().map(|fragment| fragment.as_bytes().into()).collect();
            tables.insert(key, CompiledScope { table, internal_only_headers });
        }
        Ok(Self { builder: KeyBuilder::new(&ir.fragments), tables })
    }

    pub fn on_worker(self: Arc<Self>, registry: &Registry) -> WorkerScopes {
        let scopes = self.tables.iter().map(|(key, scope)| {
            let CompiledScope { table, internal_only_headers } = scope;
            let prefixes = table.stat_scopes().prefixes();
            let stats = prefixes.map(|prefix| registry.shard(prefix)).collect();
            let table = Rc::new(Arc::clone(table));
            let internal_only_headers = Arc::clone(internal_only_headers);
            (key.clone(), WorkerScope { table, stats, internal_only_headers })
        });
        WorkerScopes { scopes: scopes.collect(), compiled: self }
    }
}

impl WorkerScopes {
    /// The scope of a request.
    pub fn find(&self, head: &Head) -> Option<&WorkerScope> {
        self.scopes.get(&self.compiled.builder.key(head)?)
    }

    /// What a table counts on this worker.
    pub fn stats_of(&self, table: &Rc<Arc<RouteTable>>) -> Option<&[Arc<RouteStats>]> {
        let mut scopes = self.scopes.values();
        scopes.find(|scope| Rc::ptr_eq(&scope.table, table)).map(|scope| &*scope.stats)
    }
}

impl KeyBuilder {
    fn new(ir: &[ir::ScopeKeyFragment]) -> Self {
        let fragments = ir.iter().map(|fragment| {
            let ir::ScopeKeyFragment { header, element_separator, extract } = fragment;
            Fragment {
                header: request_key(header),
                element_separator: element_separator.as_bytes().into(),
                extract: extract.clone(),
            }
        });
        Self(fragments.collect())
    }

    fn key(&self, head: &Head) -> Option<Key> {
        self.0.iter().map(|fragment| fragment.of(head).map(Box::from)).collect()
    }
}

impl Fragment {
    fn of<'h>(&self, head: &'h Head) -> Option<&'h [u8]> {
        let mut elements = split(head.get_key(&self.header)?, &self.element_separator);
        match &self.extract {
            ir::ScopeKeyExtract::Index { index } => elements.nth(*index as usize),
            ir::ScopeKeyExtract::Element { separator, key } => elements.find_map(|element| {
                let mut parts = split(element, separator.as_bytes());
                let name = parts.next().unwrap_or_default();
                let rest = &element[(name.len() + separator.len()).min(element.len())..];
                (name == key.as_bytes()).then_some(rest)
            }),
        }
    }
}

/// The parts of a text; the whole where there is no separator.
fn split<'t>(text: &'t [u8], separator: &[u8]) -> impl Iterator<Item = &'t [u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = (!separator.is_empty()).then(|| memchr::memmem::find(text, separator)).flatten();
        let part = &text[..end.unwrap_or(text.len())];
        rest = end.map(|end| &text[end + separator.len()..]);
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::header_name::HeaderId;

    fn key(fragments: &[ir::ScopeKeyFragment], authority: &str, agent: &str) -> Option<String> {
        let mut head = Head::new();
        head.push(HeaderId::Authority, authority.as_bytes());
        head.push(HeaderId::UserAgent, agent.as_bytes());
        let key = KeyBuilder::new(fragments).key(&head)?;
        let parts: Vec<_> = key.iter().map(|part| String::from_utf8_lossy(part)).collect();
        Some(parts.join("|"))
    }

    fn fragment(
        header: &str,
        separator: &str,
        extract: ir::ScopeKeyExtract,
    ) -> ir::ScopeKeyFragment {
        let element_separator = separator.to_owned();
        ir::ScopeKeyFragment { header: header.into(), element_separator, extract }
    }

    #[test]
    fn a_key_has_every_part_or_is_none() {
        let index = |index| ir::ScopeKeyExtract::Index { index };
        let element = ir::ScopeKeyExtract::Element { separator: "=".into(), key: "b".into() };
        let fragments =
            [fragment("host", "", index(0)), fragment("user-agent", ";", element.clone())];
        assert_eq!(key(&fragments, "h", "a=1;b=2=3;b=4").as_deref(), Some("h|2=3"));
        assert_eq!(key(&fragments, "h", "b").as_deref(), Some("h|"));
        assert_eq!(key(&fragments, "h", "a=1;bb=2"), None);
        let second = [fragment("user-agent", ", ", index(1))];
        assert_eq!(key(&second, "h", "x, y, z").as_deref(), Some("y"));
        assert_eq!(key(&second, "h", "x"), None);
        assert_eq!(key(&[fragment("accept", "", index(0))], "h", "x"), None);
    }
}
