//! Filter state: named objects that filters leave for others of the same stream or connection
//! (Envoy's `StreamInfo::FilterState`). Nothing is allocated for a stream without any.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

pub use voyant_ir::filter_state::{LifeSpan, ObjectKind, Sharing};

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    String(Box<str>),
    Bool(bool),
    Uint32(u32),
    Uint64(u64),
    Address(SocketAddr),
    Ip(IpAddr),
    List(Box<[Box<str>]>),
}

impl Object {
    /// Reads an object of a kind from text; nothing when the text is of no such.
    pub fn parse(kind: ObjectKind, text: &str) -> Option<Self> {
        Some(match kind {
            ObjectKind::String => Self::String(text.into()),
            ObjectKind::Bool => Self::Bool(text == "true"),
            ObjectKind::Uint32 => Self::Uint32(text.parse().ok()?),
            ObjectKind::Uint64 => Self::Uint64(text.parse().ok()?),
            ObjectKind::Address => Self::Address(text.parse().ok()?),
            ObjectKind::Ip => Self::Ip(text.parse().ok()?),
            ObjectKind::List => Self::List(text.split(',').map(Into::into).collect()),
        })
    }
}

impl fmt::Display for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => formatter.write_str(text),
            Self::Bool(value) => value.fmt(formatter),
            Self::Uint32(value) => value.fmt(formatter),
            Self::Uint64(value) => value.fmt(formatter),
            Self::Address(address) => address.fmt(formatter),
            Self::Ip(ip) => ip.fmt(formatter),
            Self::List(items) => formatter.write_str(&items.join(",")),
        }
    }
}

/// How an object is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    pub life_span: LifeSpan,
    pub read_only: bool,
    pub sharing: Sharing,
}

/// Why an object was not kept: what is there stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    #[error("an object of this name has another life span")]
    LifeSpan,
    #[error("the object of this name is read-only")]
    ReadOnly,
    #[error("the object of this name is not read-only")]
    StateType,
}

/// The objects of one stream or of one connection.
#[derive(Debug, Default)]
pub struct FilterState(Vec<Kept>);

#[derive(Debug)]
struct Kept {
    name: Rc<str>,
    object: Rc<Object>,
    keeping: Keeping,
}

impl FilterState {
    pub fn get(&self, name: &str) -> Option<&Rc<Object>> {
        self.kept(name).map(|kept| &kept.object)
    }

    /// The objects that upstream connections get.
    pub fn shared(&self) -> impl Iterator<Item = (&Rc<str>, &Rc<Object>)> {
        let shared = |kept: &&Kept| kept.keeping.sharing != Sharing::None;
        self.0.iter().filter(shared).map(|kept| (&kept.name, &kept.object))
    }

    /// Keeps an object under a name, in place of one that may be replaced.
    pub fn set(&mut self, name: &str, object: Object, keeping: Keeping) -> Result<(), Conflict> {
        let object = Rc::new(object);
        let Some(kept) = self.0.iter_mut().find(|kept| &*kept.name == name) else {
            self.0.push(Kept { name: name.into(), object, keeping });
            return Ok(());
        };
        if kept.keeping.life_span != keeping.life_span {
            return Err(Conflict::LifeSpan);
        }
        if kept.keeping.read_only {
            return Err(Conflict::ReadOnly);
        }
        if kept.keeping.read_only != keeping.read_only {
            return Err(Conflict::StateType);
        }
        *kept = Kept { name: Rc::clone(&kept.name), object, keeping };
        Ok(())
    }

    fn kept(&self, name: &str) -> Option<&Kept> {
        self.0.iter().find(|kept| &*kept.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MUTABLE: Keeping =
        Keeping { life_span: LifeSpan::FilterChain, read_only: false, sharing: Sharing::None };

    fn text(text: &str) -> Object {
        Object::String(text.into())
    }

    #[test]
    fn objects_are_replaced_only_by_their_like() {
        let mut state = FilterState::default();
        let read_only = Keeping { read_only: true, ..MUTABLE };
        let longer = Keeping { life_span: LifeSpan::Request, ..MUTABLE };
        assert_eq!(state.set("a", text("1"), MUTABLE), Ok(()));
        assert_eq!(state.set("a", text("2"), MUTABLE), Ok(()));
        assert_eq!(state.set("a", text("3"), read_only), Err(Conflict::StateType));
        assert_eq!(state.set("a", text("3"), longer), Err(Conflict::LifeSpan));
        assert_eq!(state.set("b", text("1"), read_only), Ok(()));
        assert_eq!(state.set("b", text("2"), read_only), Err(Conflict::ReadOnly));
        let found = |name| state.get(name).map(ToString::to_string);
        assert_eq!(
            [found("a"), found("b"), found("c")],
            [Some("2".into()), Some("1".into()), None]
        );
    }

    #[test]
    fn only_what_is_shared_goes_upstream() {
        let mut state = FilterState::default();
        for (name, sharing) in
            [("a", Sharing::None), ("b", Sharing::Once), ("c", Sharing::Transitive)]
        {
            state.set(name, text(name), Keeping { sharing, ..MUTABLE }).expect("no conflict");
        }
        assert_eq!(state.shared().map(|(name, _)| &**name).collect::<Vec<_>>(), ["b", "c"]);
    }

    #[test]
    fn objects_are_read_from_text_and_written() {
        let parse = |kind, text| Object::parse(kind, text).map(|object| object.to_string());
        for (kind, good) in [
            (ObjectKind::String, "any text"),
            (ObjectKind::Bool, "true"),
            (ObjectKind::Uint32, "4294967295"),
            (ObjectKind::Uint64, "18446744073709551615"),
            (ObjectKind::Address, "[::1]:80"),
            (ObjectKind::Ip, "10.0.0.1"),
            (ObjectKind::List, "a,b"),
        ] {
            assert_eq!(parse(kind, good).as_deref(), Some(good), "{kind:?}");
        }
        for (kind, bad) in [
            (ObjectKind::Uint32, "4294967296"),
            (ObjectKind::Uint64, "-1"),
            (ObjectKind::Address, "10.0.0.1"),
            (ObjectKind::Ip, "host"),
        ] {
            assert_eq!(parse(kind, bad), None, "{kind:?}");
        }
    }
}
