//! Configurations for tests.

use voyant_ir::header::HeaderMutations;
use voyant_ir::matcher::{
    HeaderCondition, HeaderMatcher, QueryParameterCondition, QueryParameterMatcher, StringMatcher,
};
use voyant_ir::route as ir;

use super::RouteTable;
use crate::head::Head;
use crate::head::header_name::HeaderId;

pub fn prefix(value: &str) -> ir::PathMatch {
    ir::PathMatch::Prefix { value: value.into(), case_sensitive: true }
}

pub fn exact(value: &str) -> ir::PathMatch {
    ir::PathMatch::Exact { value: value.into(), case_sensitive: true }
}

pub fn separated(value: &str) -> ir::PathMatch {
    ir::PathMatch::PathSeparatedPrefix { value: value.into(), case_sensitive: true }
}

pub fn regex(pattern: &str) -> ir::PathMatch {
    ir::PathMatch::Regex { pattern: pattern.into() }
}

pub fn route(name: &str, path: ir::PathMatch) -> ir::Route {
    ir::Route {
        name: name.into(),
        stat_prefix: String::new(),
        matches: ir::RouteMatch {
            path,
            headers: Vec::new(),
            query_parameters: Vec::new(),
            runtime_fraction: None,
            grpc: false,
            cookies: vec![],
            dynamic_metadata: vec![],
            filter_state: vec![],
        },
        action: ir::RouteAction::NonForwarding,
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        filters: vec![],
        metadata: None,
    }
}

pub fn exact_value(value: &str) -> StringMatcher {
    StringMatcher::Exact { value: value.into(), ignore_case: false }
}

pub fn with_header(mut route: ir::Route, name: &str, value: &str) -> ir::Route {
    route.matches.headers.push(HeaderMatcher {
        name: name.into(),
        condition: HeaderCondition::String { matcher: exact_value(value) },
        invert: false,
        treat_missing_as_empty: false,
    });
    route
}

pub fn query_parameter(name: &str, matcher: StringMatcher) -> QueryParameterMatcher {
    let condition = QueryParameterCondition::String { matcher };
    QueryParameterMatcher { name: name.into(), condition }
}

pub fn configuration(routes: Vec<ir::Route>) -> ir::RouteConfiguration {
    let host = ir::VirtualHost {
        name: "host".into(),
        domains: vec!["*".into()],
        routes,
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        include_request_attempt_count: false,
        include_attempt_count_in_response: false,
        filters: vec![],
        metadata: None,
        require_tls: ir::TlsRequirement::None,
        virtual_clusters: vec![],
        cors: None,
        rate_limits: vec![],
        matcher: None,
    };
    ir::RouteConfiguration {
        id: "id".into(),
        name: "test routes".into(),
        virtual_hosts: vec![host],
        internal_only_headers: Vec::new(),
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        most_specific_header_mutations_wins: false,
        ignore_port_in_host_matching: false,
        filters: vec![],
        vhost_header: String::new(),
        ignore_path_parameters_in_path_matching: false,
    }
}

pub fn compile(configuration: &ir::RouteConfiguration) -> RouteTable {
    RouteTable::new(configuration, |_| None).unwrap()
}

pub fn table(routes: Vec<ir::Route>) -> RouteTable {
    compile(&configuration(routes))
}

pub fn get(path: &str) -> Head {
    let mut head = Head::new();
    head.push(HeaderId::Method, b"GET");
    head.push(HeaderId::Path, path.as_bytes());
    head.push(HeaderId::Authority, b"h.com");
    head.push(HeaderId::XForwardedProto, b"http");
    head
}
