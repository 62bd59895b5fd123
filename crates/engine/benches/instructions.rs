//! The work that `make bench-check` counts instructions of, under callgrind.
//!
//! `instructions CASE TIMES` does one piece of work that many times. Nothing here is measured by a
//! clock: two runs of different length differ by exactly the work of the difference, so start-up
//! and set-up cancel out. What is fed in is fixed, and so is the count, from run to run.

use std::hint::black_box;

use voyant_engine::http::head::Head;
use voyant_engine::http::header_name::{HeaderId, HeaderKey};

/// A browser's request, as it comes: names in mixed case, most of them known.
const HEADERS: &[(&str, &str)] = &[
    ("Host", "shop.example.com"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Connection", "keep-alive"),
    ("Cookie", "session=3b1f5c0a9d; theme=dark; consent=1"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("Cache-Control", "no-cache"),
];

fn main() {
    let mut args = std::env::args().skip(1);
    let (case, times) = (args.next(), args.next().and_then(|text| text.parse().ok()));
    match (case.as_deref(), times) {
        (Some("rewrite_head"), Some(times)) => rewrite_head(times),
        // Cargo runs benches with arguments of its own.
        _ => eprintln!("usage: instructions rewrite_head TIMES"),
    }
}

/// A head is filled, then changed as a connection manager with default features changes it.
fn rewrite_head(times: usize) {
    let mut head = Head::new();
    let route_header = HeaderKey::Other("x-route".into());
    for _ in 0..times {
        head.clear();
        head.push(HeaderId::Method, b"GET");
        head.push(HeaderId::Path, b"/service-17/items?page=2");
        head.push(HeaderId::Scheme, b"http");
        for (name, value) in HEADERS {
            head.push_received(name.as_bytes(), value.as_bytes(), false);
        }
        head.remove(HeaderId::Connection);
        head.append(&HeaderKey::Known(HeaderId::XForwardedFor), b",", b"203.0.113.7");
        head.set(HeaderId::XForwardedProto, b"http");
        head.set(HeaderId::XRequestId, b"0f8fad5b-d9cb-469f-a165-70867728950e");
        head.set(HeaderId::Path, b"/items?page=2");
        head.set_key(&route_header, b"service-17");
        black_box(&head);
    }
}
