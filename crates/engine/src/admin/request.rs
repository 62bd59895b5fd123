//! An admin request: method, path and parameters.

use crate::http::head::Head;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// With the query, as received.
    pub target: String,
    /// Without the query; repeated slashes are one.
    pub path: String,
    /// Decoded, in order.
    pub parameters: Vec<(String, String)>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        let target = target.split('#').next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parameters = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            path: merge_slashes(path),
            parameters: parameters.collect(),
        }
    }

    pub(super) fn from_head(head: &Head) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self::new(&text(head.method()), &text(head.path()))
    }

    /// The first parameter of a name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether there is a parameter of a name, whatever its value.
    pub fn has(&self, name: &str) -> bool {
        self.parameter(name).is_some()
    }
}

fn merge_slashes(path: &str) -> String {
    let mut merged = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter != '/' || !merged.ends_with('/') {
            merged.push(letter);
        }
    }
    merged
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_taken_apart() {
        let request = Request::new("GET", "//stats?filter=%5Ea%7cb&usedonly&x=1=2&x=3#f");
        assert_eq!(request.path, "/stats");
        assert_eq!(request.target, "//stats?filter=%5Ea%7cb&usedonly&x=1=2&x=3");
        assert_eq!(request.parameter("filter"), Some("^a|b"));
        assert_eq!(request.parameter("x"), Some("1=2"));
        assert!(request.has("usedonly") && !request.has("usedonl"));
        assert_eq!(Request::new("GET", "/a?b=%zz%").parameter("b"), Some("%zz%"));
    }
}
