//! Common beginnings of alternatives are written once (RE2's `FactorAlternation`):
//! `ABC|ABD|AEF` is `A(?:B[CD]|EF)`.

use crate::byte_set::ByteSet;
use crate::node::{Flags, Node, Op, Shared};

/// The alternatives that are left, in three rounds: strings, then whole first parts, then
/// characters that make a class together.
pub(crate) fn factor(alternatives: Vec<Shared>, flags: Flags) -> Vec<Shared> {
    let alternatives = factor_strings(alternatives, flags);
    let alternatives = factor_parts(alternatives, flags);
    merge_characters(alternatives, flags)
}

fn factor_strings(alternatives: Vec<Shared>, flags: Flags) -> Vec<Shared> {
    let mut out = Vec::new();
    let mut run: Vec<Shared> = Vec::new();
    let mut common: (Vec<u8>, bool) = Default::default();
    for alternative in alternatives {
        let (string, fold) = leading_string(&alternative);
        let same = if fold == common.1 {
            string.iter().zip(&common.0).take_while(|(one, other)| one == other).count()
        } else {
            0
        };
        if same > 0 {
            common.0.truncate(same);
        } else {
            end_string_run(&mut out, std::mem::take(&mut run), &common, flags);
            common = (string.to_vec(), fold);
        }
        run.push(alternative);
    }
    end_string_run(&mut out, run, &common, flags);
    out
}

fn end_string_run(
    out: &mut Vec<Shared>,
    run: Vec<Shared>,
    (common, fold_case): &(Vec<u8>, bool),
    flags: Flags,
) {
    if run.len() < 2 {
        return out.extend(run);
    }
    let prefix = Node::string(common, Flags { fold_case: *fold_case, ..Flags::default() });
    let rests = run.iter().map(|node| without_string(node, common.len())).collect();
    out.push(joined(Shared::new(prefix), rests, flags));
}

fn joined(prefix: Shared, rests: Vec<Shared>, flags: Flags) -> Shared {
    let rests = Node::alternate(factor(rests, flags), flags);
    Node::shared(Op::Concat(vec![prefix, rests]), flags)
}

/// The string that an expression begins with, and whether its case counts.
fn leading_string(node: &Node) -> (&[u8], bool) {
    match &node.op {
        Op::Concat(parts) => leading_string(&parts[0]),
        Op::Literal(byte) => (std::slice::from_ref(byte), node.flags.fold_case),
        Op::String(bytes) => (bytes, node.flags.fold_case),
        _ => (&[], node.flags.fold_case),
    }
}

/// What is left behind the first `count` characters.
fn without_string(node: &Shared, count: usize) -> Shared {
    match &node.op {
        Op::Concat(parts) => {
            let first = without_string(&parts[0], count);
            if first.op != Op::Empty {
                let parts = std::iter::once(first).chain(parts[1..].iter().cloned());
                return Node::shared(Op::Concat(parts.collect()), node.flags);
            }
            Node::concat(parts[1..].to_vec(), node.flags)
        }
        Op::Literal(_) => Node::shared(Op::Empty, node.flags),
        Op::String(bytes) => Shared::new(Node::string(&bytes[count..], node.flags)),
        _ => Shared::clone(node),
    }
}

fn factor_parts(alternatives: Vec<Shared>, flags: Flags) -> Vec<Shared> {
    let mut out = Vec::new();
    let mut run: Vec<Shared> = Vec::new();
    let mut common: Option<Shared> = None;
    for alternative in alternatives {
        let first = leading_part(&alternative);
        let same = match (&common, &first) {
            (Some(common), Some(first)) => may_be_shared(common) && common.alike(first),
            _ => false,
        };
        if !same {
            end_part_run(&mut out, std::mem::take(&mut run), common.as_ref(), flags);
            common = first;
        }
        run.push(alternative);
    }
    end_part_run(&mut out, run, common.as_ref(), flags);
    out
}

fn end_part_run(out: &mut Vec<Shared>, run: Vec<Shared>, common: Option<&Shared>, flags: Flags) {
    match common {
        Some(common) if run.len() > 1 => {
            let rests = run.iter().map(without_part).collect();
            out.push(joined(Shared::clone(common), rests, flags));
        }
        _ => out.extend(run),
    }
}

fn leading_part(node: &Shared) -> Option<Shared> {
    let first = match &node.op {
        Op::Concat(parts) => &parts[0],
        _ => node,
    };
    (first.op != Op::Empty).then(|| Shared::clone(first))
}

fn without_part(node: &Shared) -> Shared {
    match &node.op {
        Op::Concat(parts) => Node::concat(parts[1..].to_vec(), node.flags),
        _ => Node::shared(Op::Empty, node.flags),
    }
}

/// Two paths through the automaton may be made one of it without another outcome.
fn may_be_shared(node: &Node) -> bool {
    match &node.op {
        Op::Assertion(_) | Op::Class(_) | Op::AnyChar | Op::AnyByte => true,
        Op::Repeat { min, max, of } => *max == Some(*min) && of.is_one_character(),
        _ => false,
    }
}

fn merge_characters(alternatives: Vec<Shared>, flags: Flags) -> Vec<Shared> {
    let mut out = Vec::new();
    let mut run: Vec<Shared> = Vec::new();
    for alternative in alternatives {
        let mergeable = matches!(alternative.op, Op::Literal(_) | Op::Class(_));
        if mergeable {
            run.push(alternative);
        } else {
            end_class_run(&mut out, std::mem::take(&mut run), flags);
            out.push(alternative);
        }
    }
    end_class_run(&mut out, run, flags);
    out
}

fn end_class_run(out: &mut Vec<Shared>, run: Vec<Shared>, flags: Flags) {
    if run.len() < 2 {
        return out.extend(run);
    }
    let mut members = ByteSet::EMPTY;
    for node in run {
        members.add_all(match &node.op {
            Op::Literal(byte) if node.flags.fold_case => ByteSet::of(*byte, *byte).folded(),
            Op::Literal(byte) => ByteSet::of(*byte, *byte),
            Op::Class(set) => *set,
            _ => ByteSet::EMPTY,
        });
    }
    out.push(Node::shared(Op::Class(members), Flags { fold_case: false, ..flags }));
}
