//! Request methods that the codec takes: a fixed list in upper case, as in Envoy, or any token
//! with `allow_custom_methods`.

#[rustfmt::skip]
const METHODS: &[&[u8]] = &[
    b"ACL", b"BIND", b"CHECKOUT", b"CONNECT", b"COPY", b"DELETE", b"GET", b"HEAD", b"LINK",
    b"LOCK", b"MERGE", b"MKACTIVITY", b"MKCALENDAR", b"MKCOL", b"MOVE", b"MSEARCH", b"NOTIFY",
    b"OPTIONS", b"PATCH", b"POST", b"PROPFIND", b"PROPPATCH", b"PURGE", b"PUT", b"QUERY",
    b"REBIND", b"REPORT", b"SEARCH", b"SOURCE", b"SUBSCRIBE", b"TRACE", b"UNBIND", b"UNLINK",
    b"UNLOCK", b"UNSUBSCRIBE",
];

/// True for a method that may be asked for.
pub(super) fn is_valid(method: &[u8], custom: bool) -> bool {
    matches!(method, b"GET" | b"POST" | b"PUT" | b"HEAD" | b"DELETE")
        || METHODS.contains(&method)
        || (custom && !method.is_empty() && method.iter().copied().all(is_token_byte))
}

/// True for a byte of a token (RFC 9110, 5.6.2).
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
