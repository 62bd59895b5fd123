//! How large RE2's program for an expression is: Envoy refuses expressions by that number
//! (`re2.max_program_size.error_level`), so it is counted here as RE2 does, step by step: the
//! expression is parsed and its alternatives are factored (`parse`, `factor`), repetitions are
//! joined and written out (`coalesce`, `simplify`), instructions are made (`compile`) and laid
//! out without jumps (`flatten`). Nothing is ever matched by them.
//!
//! Expressions are those of Latin-1, in the syntax of Rust's `regex`, which has its own parser;
//! the configuration's translator has seen to it that they mean the same.

mod byte_set;
mod coalesce;
mod compile;
mod factor;
mod flatten;
mod node;
mod parse;
mod simplify;

/// What RE2 makes of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramSize {
    /// So many instructions.
    Instructions(usize),
    /// More than it has memory for.
    TooLarge,
}

/// The size of an expression's program; nothing for what cannot be parsed.
pub fn program_size(pattern: &str) -> Option<ProgramSize> {
    let node = parse::parse(pattern)?;
    let node = simplify::simplify(&coalesce::coalesce(&compile::without_required_prefix(node)));
    Some(match compile::compile(&node) {
        Some(program) => ProgramSize::Instructions(flatten::flattened_size(&program)),
        None => ProgramSize::TooLarge,
    })
}

#[cfg(test)]
mod tests;
