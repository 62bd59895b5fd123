//! Request methods that the codec takes: a fixed list in upper case, as in Envoy, or any token
//! with `allow_custom_methods`.

const METHODS: &[&[u8]] = &[
    b"ACL",
    b"BIND",
    b"CHECKOUT",
    b"CONNECT",
    b"COPY",
    b"DELETE",
    b"GET",
    b"HEAD",
    b"LINK",
    b"LOCK",
    b"MERGE",
    b"MKACTIVITY",
    b"MKCALENDAR",
    b"MKCOL",
    b"MOVE",
    b"MSEARCH",
    b"NOTIFY",
    b"OPTIONS",
    b"PATCH",
    b"POST",
    b"PROPFIND",
    b"PROPPATCH",
    b"PURGE",
    b"PUT",
    b"REBIND",
    b"REPORT",
    b"SEARCH",
    b"SOURCE",
    b"SUBSCRIBE",
    b"TRACE",
    b"UNBIND",
    b"UNLINK",
    b"UNLOCK",
    b"UNSUBSCRIBE",
];

/// True for a method on the list.
pub(super) fn is_known(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"POST" | b"PUT" | b"HEAD" | b"DELETE") || METHODS.contains(&method)
}

/// True for a byte with which a method of the list begins.
pub(super) fn can_begin(byte: u8) -> bool {
    METHODS.iter().any(|method| method[0] == byte)
}
