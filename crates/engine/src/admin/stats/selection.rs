//! Which statistics a request asks for.

use std::sync::Arc;

use regex::Regex;

use crate::observe::stats::reader::{Kinds, Place, Reader, Value};
use crate::observe::stats::{Registry, Scope, Settings};

/// What decides whether a statistic is shown.
#[derive(Debug)]
pub(super) struct Selection {
    pub settings: Arc<Settings>,
    pub filter: Option<Regex>,
    pub invert_filter: bool,
    pub used_only: bool,
    /// Nothing is let through.
    pub nothing: bool,
}

/// The statistics of some kinds that a selection lets through, in the order of their names.
#[derive(Debug)]
pub(super) struct Walk {
    pub selection: Arc<Selection>,
    scopes: Arc<[Arc<Scope>]>,
    reader: Reader,
    pub name: String,
}

/// A step of a walk.
pub(super) enum Step {
    Shown(Place, Value),
    Hidden,
    End,
}

impl Selection {
    fn lets_through(&self, name: &str) -> bool {
        let filter =
            self.filter.as_ref().is_none_or(|filter| filter.is_match(name) != self.invert_filter);
        filter && !self.nothing && self.settings.keeps(name)
    }
}

impl Walk {
    pub(super) fn new(registry: &Registry, selection: Arc<Selection>, kinds: Kinds) -> Self {
        let scopes: Arc<[_]> = registry.scopes().into();
        let reader = Reader::new(Arc::clone(&scopes), kinds);
        Self { selection, scopes, reader, name: String::new() }
    }

    /// Begins again with other kinds.
    pub(super) fn restart(&mut self, kinds: Kinds) {
        self.reader = Reader::new(Arc::clone(&self.scopes), kinds);
    }

    /// The next statistic; its name is in `name`.
    pub(super) fn step(&mut self) -> Step {
        let Some(place) = self.reader.next_place() else { return Step::End };
        self.reader.name(place, &mut self.name);
        if !self.selection.lets_through(&self.name) {
            return Step::Hidden;
        }
        match self.reader.value(place) {
            (_, false) if self.selection.used_only => Step::Hidden,
            (value, _) => Step::Shown(place, value),
        }
    }

    /// The value, now, of a place from an earlier step; its name is in `name`.
    pub(super) fn look_up(&mut self, place: Place) -> Value {
        self.reader.name(place, &mut self.name);
        self.reader.value(place).0
    }
}
