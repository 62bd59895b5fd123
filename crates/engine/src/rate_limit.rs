//! Descriptors of requests: what rate limits count by (Envoy's `route.v3.RateLimit`).
//!
//! A descriptor is made by a list of actions, of which each adds an entry; when one finds nothing
//! to add, there is no descriptor.

use voyant_ir::rate_limit as ir;

use crate::observe::format::{FormatContext, Formatter};
use crate::runtime::Runtime;
use action::{Action, Added};
use descriptor::{Descriptor, Entries};

mod action;
pub mod descriptor;

/// Rate limits of a route, a virtual host or a filter.
#[derive(Debug)]
pub struct RateLimits(Box<[RateLimit]>);

/// One of them.
#[derive(Debug)]
pub struct RateLimit {
    pub stage: u32,
    pub disable_key: Box<str>,
    pub apply_on_stream_done: bool,
    actions: Box<[Action]>,
    hits_addend: Option<Hits>,
    gives_back: bool,
    x_ratelimit_headers: Option<bool>,
}

#[derive(Debug)]
enum Hits {
    Number(u64),
    Format(Formatter),
}

/// A request before there is a response, and what actions ask besides.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub context: FormatContext<'a>,
    /// The cluster that this process belongs to.
    pub service_cluster: &'a str,
    pub runtime: &'a Runtime,
}

impl RateLimits {
    pub fn new(limits: &[ir::RateLimit]) -> Self {
        Self(limits.iter().map(RateLimit::new).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &RateLimit> {
        self.0.iter()
    }
}

impl RateLimit {
    fn new(limit: &ir::RateLimit) -> Self {
        let ir::RateLimit {
            stage,
            disable_key,
            actions,
            hits_addend,
            gives_back,
            apply_on_stream_done,
            x_ratelimit_headers,
        } = limit;
        Self {
            stage: *stage,
            disable_key: disable_key.as_str().into(),
            apply_on_stream_done: *apply_on_stream_done,
            actions: actions.iter().map(Action::new).collect(),
            hits_addend: hits_addend.as_ref().map(|hits| match hits {
                ir::HitsAddend::Number { number } => Hits::Number(*number),
                ir::HitsAddend::Format { format } => Hits::Format(Formatter::new(format)),
            }),
            gives_back: *gives_back,
            x_ratelimit_headers: *x_ratelimit_headers,
        }
    }

    /// The descriptor of a request, if there is one.
    pub fn descriptor(&self, subject: &Subject<'_>) -> Option<Descriptor> {
        let mut entries = Entries::with_capacity(self.actions.len());
        for action in &self.actions {
            match action.add(subject) {
                Added::Yes(key, value) => entries.push((key, value)),
                Added::Nothing => {}
                Added::Failed => return None,
            }
        }
        let hits = match &self.hits_addend {
            None => 1,
            Some(Hits::Number(number)) => *number,
            Some(Hits::Format(format)) => hits_of(format, &subject.context)?,
        };
        let Self { gives_back, x_ratelimit_headers, .. } = *self;
        Some(Descriptor { entries, hits, gives_back, x_ratelimit_headers })
    }
}

/// A number that a format gives; more than a milliard is none.
fn hits_of(format: &Formatter, context: &FormatContext<'_>) -> Option<u64> {
    const MAX: f64 = 1e9;
    let mut text = Vec::new();
    format.write(context, &mut text);
    let number: f64 = std::str::from_utf8(&text).ok()?.trim_ascii().parse().ok()?;
    // Without a fraction it is a whole number of a few digits.
    (0.0..=MAX).contains(&number).then(|| format!("{:.0}", number.trunc()).parse().ok())?
}
