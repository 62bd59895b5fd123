//! An admin request: method, path and parameters.

use crate::head::Head;
use crate::head::header_name::HeaderId;

/// The type of a form; nothing may stand behind it, as in Envoy.
const FORM: &[u8] = b"application/x-www-form-urlencoded";

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
    /// Those of a form in the body.
    form: Vec<(String, String)>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        let target = target.split('#').next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            path: merge_slashes(path),
            parameters: parameters(query),
            form: Vec::new(),
        }
    }

    /// With what its body has.
    pub(super) fn received(head: &Head, body: &[u8]) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut request = Self::new(&text(head.method()), &text(head.path()));
        if head.get(HeaderId::ContentType) == Some(FORM) {
            request.form = parameters(&text(body));
        }
        request
    }

    /// Without parameters in its target the request has those of the form.
    pub(super) fn take_form(&mut self) {
        if self.parameters.is_empty() {
            self.parameters = std::mem::take(&mut self.form);
        }
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

fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    });
    pairs.collect()
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

    #[test]
    fn a_form_counts_where_the_target_has_no_parameters() {
        let asked = |path: &[u8], content_type: &[u8]| {
            let mut head = Head::new();
            head.push(HeaderId::Method, b"POST");
            head.push(HeaderId::Path, path);
            head.push(HeaderId::ContentType, content_type);
            let mut request = Request::received(&head, b"a=b%20c&d");
            request.take_form();
            request.parameters
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(asked(b"/x", FORM), [pair("a", "b c"), pair("d", "")]);
        assert_eq!(asked(b"/x?e=f", FORM), [pair("e", "f")]);
        assert!(asked(b"/x", b"application/x-www-form-urlencoded; charset=utf-8").is_empty());
    }
}
