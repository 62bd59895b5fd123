//! What the connection manager does to every response's head before it is written
//! (Envoy's `ConnectionManagerUtility::mutateResponseHeaders` and `encodeHeaders`).

use voyant_ir::http_connection_manager::ServerHeader;

use super::config::Config;
use crate::head::Head;
use crate::head::header_name::HeaderId;

/// What a response's head depends on beside the configuration.
#[derive(Debug, Clone, Copy)]
pub struct ResponseFacts<'a> {
    /// `date` as of now.
    pub date: &'a [u8],
    /// The request's, where the client is told.
    pub request_id: Option<&'a [u8]>,
    /// What `proxy-status` says further.
    pub proxy_status: Option<&'a str>,
    /// HTTP/1: the connection ends with this response.
    pub close: bool,
    /// HTTP/1.0 that stays open must say so.
    pub keep_alive: bool,
    /// What follows is not HTTP any more.
    pub upgraded: bool,
}

/// Changes a response's head in place.
pub fn mutate_response(config: &Config, head: &mut Head, facts: ResponseFacts<'_>) {
    head.retain(|header| match header.id {
        Some(HeaderId::Connection | HeaderId::Upgrade) => facts.upgraded,
        Some(HeaderId::KeepAlive | HeaderId::ProxyConnection | HeaderId::TransferEncoding) => false,
        _ => true,
    });
    if !head.contains(HeaderId::Date) {
        head.push(HeaderId::Date, facts.date);
    }
    match config.server_header {
        ServerHeader::Overwrite => head.set(HeaderId::Server, &config.server_name),
        ServerHeader::AppendIfAbsent if !head.contains(HeaderId::Server) => {
            head.push(HeaderId::Server, &config.server_name);
        }
        ServerHeader::AppendIfAbsent | ServerHeader::PassThrough => {}
    }
    if let Some(id) = facts.request_id {
        head.set(HeaderId::XRequestId, id);
    }
    if !config.via.is_empty() {
        head.append(&HeaderId::Via.into(), b", ", &config.via);
    }
    if let Some(status) = facts.proxy_status {
        head.append(&HeaderId::ProxyStatus.into(), b", ", status.as_bytes());
    }
    if facts.close {
        head.push(HeaderId::Connection, b"close");
    } else if facts.keep_alive {
        head.push(HeaderId::Connection, b"keep-alive");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::connection_manager::test_config;

    const FACTS: ResponseFacts<'_> = ResponseFacts {
        date: b"Sat, 21 Nov 2026 00:00:00 GMT",
        request_id: None,
        proxy_status: None,
        close: false,
        keep_alive: false,
        upgraded: false,
    };

    fn head(headers: &[(HeaderId, &str)]) -> Head {
        let mut head = Head::new();
        for (id, value) in headers {
            head.push(*id, value.as_bytes());
        }
        head
    }

    #[test]
    fn the_server_header_follows_its_transformation() {
        let mut config = test_config();
        for (transformation, expected) in [
            (ServerHeader::Overwrite, Some("envoy")),
            (ServerHeader::AppendIfAbsent, Some("nginx")),
            (ServerHeader::PassThrough, Some("nginx")),
        ] {
            config.server_header = transformation;
            let mut response = head(&[(HeaderId::Server, "nginx")]);
            mutate_response(&config, &mut response, FACTS);
            assert_eq!(response.get_str(HeaderId::Server), expected);
        }
        for (transformation, expected) in
            [(ServerHeader::AppendIfAbsent, Some("envoy")), (ServerHeader::PassThrough, None)]
        {
            config.server_header = transformation;
            let mut response = head(&[]);
            mutate_response(&config, &mut response, FACTS);
            assert_eq!(response.get_str(HeaderId::Server), expected);
        }
    }

    #[test]
    fn the_upstreams_date_stays_and_a_missing_one_is_added() {
        let mut response = head(&[(HeaderId::Date, "yesterday")]);
        mutate_response(&test_config(), &mut response, FACTS);
        assert_eq!(response.get_str(HeaderId::Date), Some("yesterday"));
        let mut response = head(&[]);
        mutate_response(&test_config(), &mut response, FACTS);
        assert_eq!(response.get(HeaderId::Date), Some(FACTS.date));
    }

    #[test]
    fn hop_by_hop_headers_go_and_the_end_of_the_connection_is_said() {
        let mut response = head(&[
            (HeaderId::Connection, "upgrade"),
            (HeaderId::KeepAlive, "5"),
            (HeaderId::TransferEncoding, "chunked"),
        ]);
        mutate_response(&test_config(), &mut response, ResponseFacts { close: true, ..FACTS });
        assert_eq!(response.get_str(HeaderId::Connection), Some("close"));
        assert!(!response.contains(HeaderId::KeepAlive));
        assert!(!response.contains(HeaderId::TransferEncoding));
    }

    #[test]
    fn the_request_id_and_via_stand_behind_the_server() {
        let mut config = test_config();
        config.via = b"voyant"[..].into();
        let mut response = head(&[]);
        let facts = ResponseFacts { request_id: Some(b"id"), ..FACTS };
        mutate_response(&config, &mut response, facts);
        let names: Vec<_> = response.iter().map(|header| header.name.to_vec()).collect();
        assert_eq!(names, [&b"date"[..], b"server", b"x-request-id", b"via"]);
        assert_eq!(response.get_str(HeaderId::XRequestId), Some("id"));
    }
}
