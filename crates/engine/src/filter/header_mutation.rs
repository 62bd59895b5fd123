//! Changes heads, trailers and queries as configured (Envoy's
//! `envoy.filters.http.header_mutation`).
//!
//! The filter's own changes come first, then those of all levels of the route.

use std::rc::Rc;

use voyant_ir::filter::header_mutation as ir;
use voyant_ir::header::{AppendAction, HeaderMutations};

use super::{ConfigOnWorker, HttpFilter, matchers};
use crate::codec::Piece;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::exchange::reply::LocalReply;
use crate::http::exchange::stream::Stream;
use crate::http::filter_chain::{FilterContext, HeadAction, Pieces};
use crate::observe::format::Formatter;
use crate::route::mutation::{Direction, HeaderMutation};
use crate::string_matcher::StringMatcher;

use query::{Query, written};

mod query;

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    mutations: Mutations,
    most_specific_wins: bool,
}

impl Config {
    pub fn new(config: &ir::HeaderMutation) -> Self {
        let ir::HeaderMutation { mutations, most_specific_wins } = config;
        Self { mutations: Mutations::new(mutations), most_specific_wins: *most_specific_wins }
    }
}

/// What a level of a route changes.
#[derive(Debug)]
pub struct PerRoute(Mutations);

impl PerRoute {
    pub fn new(mutations: &ir::Mutations) -> Self {
        Self(Mutations::new(mutations))
    }
}

#[derive(Debug)]
struct Mutations {
    request: Box<[Mutation]>,
    query_parameters: Box<[QueryMutation]>,
    request_trailers: Box<[Mutation]>,
    response: Box<[Mutation]>,
    response_trailers: Box<[Mutation]>,
}

#[derive(Debug)]
enum Mutation {
    One(HeaderMutation),
    RemoveMatching(StringMatcher),
}

#[derive(Debug)]
enum QueryMutation {
    Remove(Box<[u8]>),
    Add { key: Box<[u8]>, value: Formatter, action: AppendAction },
}

impl Mutations {
    fn new(mutations: &ir::Mutations) -> Self {
        let ir::Mutations {
            request,
            query_parameters,
            request_trailers,
            response,
            response_trailers,
        } = mutations;
        Self {
            request: compiled(request, Direction::Request),
            query_parameters: query_parameters.iter().map(QueryMutation::new).collect(),
            request_trailers: compiled(request_trailers, Direction::Request),
            response: compiled(response, Direction::Response),
            response_trailers: compiled(response_trailers, Direction::Response),
        }
    }
}

fn compiled(mutations: &[ir::Mutation], direction: Direction) -> Box<[Mutation]> {
    let compiled = |mutation: &ir::Mutation| {
        let mutations = match mutation {
            ir::Mutation::Remove { name } => {
                HeaderMutations { remove: vec![name.clone()], add: vec![] }
            }
            ir::Mutation::Add { header } => {
                HeaderMutations { remove: vec![], add: vec![header.clone()] }
            }
            ir::Mutation::RemoveMatching { matcher } => {
                let matcher = matchers::strings(std::slice::from_ref(matcher));
                return matcher.into_iter().next().map(Mutation::RemoveMatching);
            }
        };
        HeaderMutation::new(&mutations, direction).map(Mutation::One)
    };
    mutations.iter().filter_map(compiled).collect()
}

/// Changes the request's head.
fn change_request(mutations: &[Mutation], stream: &mut Stream<'_>) {
    for mutation in mutations {
        match mutation {
            Mutation::One(mutation) => stream.mutate_request(mutation),
            Mutation::RemoveMatching(matcher) => remove_matching(&mut stream.request, matcher),
        }
    }
}

/// Changes a response's head.
fn change(mutations: &[Mutation], stream: &Stream<'_>, head: &mut Head) {
    for mutation in mutations {
        match mutation {
            Mutation::One(mutation) => stream.mutate_response(mutation, head),
            Mutation::RemoveMatching(matcher) => remove_matching(head, matcher),
        }
    }
}

/// Changes trailers; a response's come behind its head.
fn change_trailers(
    mutations: &[Mutation],
    stream: &Stream<'_>,
    trailers: &mut Head,
    response: Option<&Head>,
) {
    for mutation in mutations {
        match mutation {
            Mutation::One(mutation) => stream.mutate_trailers(mutation, trailers, response),
            Mutation::RemoveMatching(matcher) => remove_matching(trailers, matcher),
        }
    }
}

fn remove_matching(head: &mut Head, matcher: &StringMatcher) {
    head.retain(|header| header.name.starts_with(b":") || !matcher.matches(header.name));
}

impl QueryMutation {
    fn new(mutation: &ir::QueryParameterMutation) -> Self {
        match mutation {
            ir::QueryParameterMutation::Remove { key } => Self::Remove(key.as_bytes().into()),
            ir::QueryParameterMutation::Add { key, value, action } => Self::Add {
                key: key.as_bytes().into(),
                value: Formatter::new(value),
                action: *action,
            },
        }
    }

    fn change(&self, query: &mut Query, stream: &Stream<'_>) {
        let (key, value, action) = match self {
            Self::Remove(key) => {
                query.0.remove(&**key);
                return;
            }
            Self::Add { key, value, action } => (key, value, action),
        };
        let mut text = Vec::new();
        value.write_omitting(&stream.format_context(None), &mut text);
        let exists = query.0.contains_key(&**key);
        match action {
            AppendAction::AppendIfExistsOrAdd => {
                query.0.entry(key.to_vec()).or_default().push(written(key, &text));
            }
            AppendAction::AddIfAbsent if exists => {}
            AppendAction::OverwriteIfExists if !exists => {}
            AppendAction::AddIfAbsent
            | AppendAction::OverwriteIfExists
            | AppendAction::OverwriteIfExistsOrAdd => {
                query.0.insert(key.to_vec(), vec![written(key, &text)]);
            }
        }
    }
}

/// The filter on a worker.
pub type OnWorker = ConfigOnWorker<Config>;

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    /// The response's, where its trailers are to be changed.
    head_before_trailers: Option<Box<Head>>,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker, head_before_trailers: None }
    }

    /// Calls for the filter's own mutations, then for those of the route's levels.
    fn each(
        &self,
        cx: &mut FilterContext<'_, '_>,
        mut act: impl FnMut(&Mutations, &mut Stream<'_>),
    ) {
        let Config { mutations, most_specific_wins } = &*self.on_worker.config;
        let levels = cx.per_routes::<PerRoute>();
        act(mutations, cx.stream);
        if *most_specific_wins {
            levels.for_each(|PerRoute(mutations)| act(mutations, cx.stream));
        } else {
            levels.rev().for_each(|PerRoute(mutations)| act(mutations, cx.stream));
        }
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        self.each(cx, |mutations, stream| {
            change_request(&mutations.request, stream);
            if !mutations.query_parameters.is_empty() && stream.request.contains(HeaderId::Path) {
                let mut query = Query::of(stream.request.path());
                for mutation in &mutations.query_parameters {
                    mutation.change(&mut query, stream);
                }
                let path = query.replace(stream.request.path());
                stream.request.set(HeaderId::Path, &path);
            }
        });
        HeadAction::Continue
    }

    /// The trailers' own route may be another than the head's was.
    fn watches_request_body(&self) -> bool {
        true
    }

    fn request_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        mut piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        if let Piece::Trailers(trailers) = &mut piece {
            self.each(cx, |mutations, stream| {
                change_trailers(&mutations.request_trailers, stream, trailers, None);
            });
        }
        out.push(piece);
        Ok(())
    }

    fn response_head(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        _: bool,
    ) -> HeadAction {
        let mut changes_trailers = false;
        self.each(cx, |mutations, stream| {
            change(&mutations.response, stream, head);
            changes_trailers |= !mutations.response_trailers.is_empty();
        });
        self.head_before_trailers = changes_trailers.then(|| Box::new(head.clone()));
        HeadAction::Continue
    }

    fn watches_response_body(&self) -> bool {
        self.head_before_trailers.is_some()
    }

    fn response_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        mut piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        if let Piece::Trailers(trailers) = &mut piece {
            let head = self.head_before_trailers.as_deref();
            self.each(cx, |mutations, stream| {
                change_trailers(&mutations.response_trailers, stream, trailers, head);
            });
        }
        out.push(piece);
        Ok(())
    }
}
