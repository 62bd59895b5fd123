//! Filter state: named objects that filters leave for others of the same stream or connection
//! (Envoy's `StreamInfo::FilterState`). Nothing is allocated for a stream without any.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

pub use voyant_ir::filter_state::{LifeSpan, ObjectKind, Sharing};

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    String(Box<str>),
    Text(Box<str>),
    Opaque(Box<str>),
    Bool(bool),
    Uint32(u32),
    Uint64(u64),
    Address(SocketAddr),
    Ip(IpAddr),
    /// Messages of gRPC so far.
    GrpcMessages {
        requests: u64,
        responses: u64,
    },
    /// Names and values, in order.
    Headers(Box<[(Box<str>, Box<str>)]>),
}

impl Object {
    /// Reads an object of a kind from text; nothing when the text is of no such.
    pub fn parse(kind: ObjectKind, text: &str) -> Option<Self> {
        Some(match kind {
            ObjectKind::String => Self::String(text.into()),
            ObjectKind::Text => Self::Text(text.into()),
            ObjectKind::Opaque => Self::Opaque(text.into()),
            ObjectKind::Bool => Self::Bool(text == "true"),
            ObjectKind::Uint32 => Self::Uint32(text.trim_ascii().parse().ok()?),
            ObjectKind::Uint64 => Self::Uint64(text.trim_ascii().parse().ok()?),
            ObjectKind::Address => Self::Address(text.parse().ok()?),
            ObjectKind::Ip => Self::Ip(text.parse().ok()?),
        })
    }

    /// Appends the object as text; false for one that is not written.
    pub fn write_plain(&self, out: &mut Vec<u8>) -> bool {
        let _ = match self {
            Self::String(text) | Self::Text(text) => write!(out, "{text}"),
            Self::Opaque(_) | Self::Headers(_) => return false,
            Self::Bool(value) => write!(out, "{value}"),
            Self::Uint32(value) => write!(out, "{value}"),
            Self::Uint64(value) => write!(out, "{value}"),
            Self::Address(address) => write!(out, "{address}"),
            Self::Ip(ip) => write!(out, "{}", SocketAddr::new(*ip, 0)),
            Self::GrpcMessages { requests, responses } => write!(out, "{requests},{responses}"),
        };
        true
    }

    /// Appends a field of the object as text; false when it has no such.
    pub fn write_field(&self, field: &str, out: &mut Vec<u8>) -> bool {
        let _ = match (self, field) {
            (Self::Address(address), "ip") => write!(out, "{}", address.ip()),
            (Self::Address(address), "port") => write!(out, "{}", address.port()),
            _ => return false,
        };
        true
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

    /// Adds the objects that upstream connections get, as those have them.
    pub fn share_with(&self, upstream: &mut Self) {
        for Kept { name, object, keeping } in &self.0 {
            let sharing = match keeping.sharing {
                Sharing::None => continue,
                Sharing::Once => Sharing::None,
                Sharing::Transitive => Sharing::Transitive,
            };
            let (name, object) = (Rc::clone(name), Rc::clone(object));
            upstream.0.push(Kept { name, object, keeping: Keeping { sharing, ..*keeping } });
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
        // Envoy 1.40 replaces what is read-only, too.
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
    fn objects_are_replaced_by_those_of_their_life_span() {
        let mut state = FilterState::default();
        let read_only = Keeping { read_only: true, ..MUTABLE };
        let longer = Keeping { life_span: LifeSpan::Request, ..MUTABLE };
        assert_eq!(state.set("a", text("1"), MUTABLE), Ok(()));
        assert_eq!(state.set("a", text("2"), MUTABLE), Ok(()));
        assert_eq!(state.set("a", text("3"), longer), Err(Conflict::LifeSpan));
        assert_eq!(state.set("b", text("1"), read_only), Ok(()));
        assert_eq!(state.set("b", text("2"), read_only), Ok(()));
        let found = |name| state.get(name).map(|object| (**object).clone());
        assert_eq!([found("a"), found("b"), found("c")], [Some(text("2")), Some(text("2")), None]);
    }

    #[test]
    fn only_what_is_shared_goes_upstream() {
        let mut state = FilterState::default();
        for (name, sharing) in
            [("a", Sharing::None), ("b", Sharing::Once), ("c", Sharing::Transitive)]
        {
            state.set(name, text(name), Keeping { sharing, ..MUTABLE }).expect("no conflict");
        }
        let given = |state: &FilterState| {
            let mut upstream = FilterState::default();
            state.share_with(&mut upstream);
            let names: Vec<_> = upstream.0.iter().map(|kept| kept.name.to_string()).collect();
            (upstream, names)
        };
        let (upstream, names) = given(&state);
        assert_eq!(names, ["b", "c"]);
        assert_eq!(given(&upstream).1, ["c"]);
    }

    fn written(write: impl FnOnce(&mut Vec<u8>) -> bool) -> Option<String> {
        let mut out = Vec::new();
        write(&mut out).then(|| String::from_utf8(out).expect("text"))
    }

    fn rewritten(kind: ObjectKind, text: &str) -> Option<String> {
        let object = Object::parse(kind, text)?;
        written(|out| object.write_plain(out))
    }

    #[test]
    fn objects_are_read_from_text_and_written() {
        for (kind, good, shown) in [
            (ObjectKind::String, "any text", "any text"),
            (ObjectKind::Text, "any text", "any text"),
            (ObjectKind::Bool, "true", "true"),
            (ObjectKind::Bool, "1", "false"),
            (ObjectKind::Uint32, " 4294967295", "4294967295"),
            (ObjectKind::Uint64, "18446744073709551615", "18446744073709551615"),
            (ObjectKind::Address, "[::1]:80", "[::1]:80"),
            (ObjectKind::Ip, "10.0.0.1", "10.0.0.1:0"),
            (ObjectKind::Ip, "::1", "[::1]:0"),
        ] {
            assert_eq!(rewritten(kind, good).as_deref(), Some(shown), "{kind:?}");
        }
        for (kind, bad) in [
            (ObjectKind::Uint32, "4294967296"),
            (ObjectKind::Uint64, "-1"),
            (ObjectKind::Address, "10.0.0.1"),
            (ObjectKind::Ip, "10.0.0.1:80"),
        ] {
            assert_eq!(Object::parse(kind, bad), None, "{kind:?}");
        }
        assert_eq!(rewritten(ObjectKind::Opaque, "h2"), None);
    }

    #[test]
    fn an_address_has_fields() {
        let address = Object::Address("[::1]:80".parse().expect("an address"));
        let field = |name| written(|out| address.write_field(name, out));
        let fields = ["ip", "port", "host"].map(field);
        assert_eq!(fields, [Some("::1".into()), Some("80".into()), None]);
        assert_eq!(written(|out| text("a").write_field("ip", out)), None);
    }
}
