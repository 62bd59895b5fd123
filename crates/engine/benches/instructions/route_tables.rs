//! Tables of routes of all kinds, as lists and as matching trees, and a request for the last route
//! of each kind. What it costs must not depend on how many routes there are.

use std::hint::black_box;

use voyant_engine::head::Head;
use voyant_engine::head::header_name::HeaderId;
use voyant_engine::route::{MatchContext, MatchScratch, RouteTable};
use voyant_engine::runtime::Runtime;
use voyant_ir::matcher::{
    CookieMatcher, FractionalPercent, HeaderCondition, HeaderMatcher, QueryParameterCondition,
    QueryParameterMatcher, StringMatcher,
};
use voyant_ir::route as ir;
use voyant_ir::value_matcher::{MetadataMatcher, ValueMatcher};
use voyant_ir::xds_matcher as tree;

/// One of each makes a tenant; a table is a number of tenants.
const KINDS: [Kind; 10] = [
    Kind::Prefix,
    Kind::Exact,
    Kind::Separated,
    Kind::Regex,
    Kind::Template,
    Kind::Grpc,
    Kind::Header,
    Kind::Query,
    Kind::Cookie,
    Kind::Metadata,
];

/// The last four ask nothing of the path: in a list, all tenants have them under one path.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Prefix,
    Exact,
    Separated,
    Regex,
    Template,
    /// And a share of all requests, which is all of them.
    Grpc,
    Header,
    Query,
    Cookie,
    Metadata,
}

/// The work: a request for each kind.
pub fn ask(count: usize, as_tree: bool, measured: impl FnOnce(&mut dyn FnMut())) {
    let tenants = count / KINDS.len();
    let routes: Vec<_> = (0..tenants).flat_map(of_tenant).collect();
    let table = table(routes, as_tree);
    let mut info = super::stream();
    let last = tenants - 1;
    info.dynamic_metadata_mut().set("tenants", &["id"], id(last).as_str().into());
    let asked = KINDS.map(|kind| (kind, request(kind, last), name(kind, last)));
    let runtime = Runtime::default();
    let mut scratch = MatchScratch::default();
    let mut round = || {
        for (kind, head, name) in &asked {
            let info = matches!(kind, Kind::Metadata).then_some(&info);
            let cx = MatchContext { random: 0, runtime: &runtime, info };
            let route = table.find(black_box(head), &cx, &mut scratch);
            assert!(route.is_some_and(|route| *route.name == **name));
        }
    };
    // Expressions are compiled when they are used first.
    round();
    measured(&mut round);
}

fn id(tenant: usize) -> String {
    format!("{tenant:05}")
}

fn name(kind: Kind, tenant: usize) -> String {
    format!("{kind:?}-{}", id(tenant))
}

fn request(kind: Kind, tenant: usize) -> Head {
    let id = id(tenant);
    let mut head = super::request();
    let path = match kind {
        Kind::Prefix => format!("/{id}/prefix/index.html"),
        Kind::Exact => format!("/{id}/exact"),
        Kind::Separated => format!("/{id}/separated/index.html"),
        Kind::Regex => format!("/{id}/users/4711"),
        Kind::Template => format!("/{id}/items/4711/parts"),
        Kind::Grpc => format!("/{id}/grpc/Call"),
        Kind::Query => format!("/{id}/other?tenant={id}"),
        Kind::Header | Kind::Cookie | Kind::Metadata => format!("/{id}/other"),
    };
    head.set(HeaderId::Path, path.as_bytes());
    match kind {
        Kind::Header => {
            head.push_received(b"x-tenant", id.as_bytes());
        }
        Kind::Cookie => head.set(HeaderId::Cookie, format!("tenant={id}").as_bytes()),
        Kind::Grpc => head.push(HeaderId::ContentType, b"application/grpc"),
        _ => {}
    }
    head
}

fn of_tenant(tenant: usize) -> [ir::Route; 10] {
    KINDS.map(|kind| {
        let id = id(tenant);
        let mut route = super::route(0);
        route.name = name(kind, tenant);
        let matches = &mut route.matches;
        matches.path = path(kind, &id);
        let matcher = StringMatcher::Exact { value: id, ignore_case: false };
        match kind {
            Kind::Grpc => {
                matches.grpc = true;
                let runtime_key = "routing.share".into();
                matches.runtime_fraction =
                    Some(FractionalPercent { numerator: 100, denominator: 100, runtime_key });
            }
            Kind::Header => matches.headers.push(HeaderMatcher {
                name: "x-tenant".into(),
                condition: HeaderCondition::String { matcher },
                invert: false,
                treat_missing_as_empty: false,
            }),
            Kind::Query => matches.query_parameters.push(QueryParameterMatcher {
                name: "tenant".into(),
                condition: QueryParameterCondition::String { matcher },
            }),
            Kind::Cookie => matches.cookies.push(CookieMatcher {
                name: "tenant".into(),
                matcher,
                invert: false,
            }),
            Kind::Metadata => matches.dynamic_metadata.push(MetadataMatcher {
                namespace: "tenants".into(),
                path: vec!["id".into()],
                value: ValueMatcher::String { matcher },
                invert: false,
            }),
            _ => {}
        }
        route
    })
}

fn path(kind: Kind, id: &str) -> ir::PathMatch {
    let case_sensitive = true;
    match kind {
        Kind::Prefix => ir::PathMatch::Prefix { value: format!("/{id}/prefix/"), case_sensitive },
        Kind::Exact => ir::PathMatch::Exact { value: format!("/{id}/exact"), case_sensitive },
        Kind::Separated => {
            ir::PathMatch::PathSeparatedPrefix { value: format!("/{id}/separated"), case_sensitive }
        }
        Kind::Regex => ir::PathMatch::Regex { pattern: format!("/{id}/users/[0-9]+") },
        Kind::Template => ir::PathMatch::Regex { pattern: format!("/{id}/items/([^/]+)/parts") },
        Kind::Grpc => ir::PathMatch::Prefix { value: format!("/{id}/grpc/"), case_sensitive },
        _ => ir::PathMatch::Prefix { value: "/".into(), case_sensitive },
    }
}

/// The tree is a list of conditions, one for the routes of each tenant.
fn table(routes: Vec<ir::Route>, as_tree: bool) -> RouteTable {
    let tenants = routes.len() / KINDS.len();
    let matchers = (0..tenants).map(|tenant| {
        let value = format!("/{}/", id(tenant));
        let matcher = StringMatcher::Prefix { value, ignore_case: false };
        let input = tree::MatchInput::RequestHeader { name: ":path".into() };
        let outcome = tree::MatchOutcome::Action { action: tenant as u32 };
        tree::FieldMatcher {
            predicate: tree::Predicate::Single { input, test: tree::InputTest::String { matcher } },
            on_match: tree::OnMatch { keep_matching: false, outcome },
        }
    });
    let kind = tree::XdsMatcherKind::List { matchers: matchers.collect() };
    let tree = ir::RouteTree {
        matcher: tree::XdsMatcher { kind, on_no_match: None },
        lengths: vec![KINDS.len() as u32; tenants],
    };
    super::compile(routes, as_tree.then_some(tree))
}
