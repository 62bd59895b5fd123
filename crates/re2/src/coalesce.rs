//! Neighbours of the same character, repeated in different ways, become one repetition: `a*aa?` is
//! `a{1,}` (RE2's `CoalesceWalker`).

use crate::node::{Flags, Node, Op, Shared};

pub(crate) fn coalesce(node: &Shared) -> Shared {
    let each = |parts: &[Shared]| parts.iter().map(coalesce).collect::<Vec<_>>();
    let op = match &node.op {
        Op::Concat(parts) => Op::Concat(joined(each(parts))),
        Op::Alternate(parts) => Op::Alternate(each(parts)),
        Op::Star(of) => Op::Star(coalesce(of)),
        Op::Plus(of) => Op::Plus(coalesce(of)),
        Op::Quest(of) => Op::Quest(coalesce(of)),
        Op::Capture(of) => Op::Capture(coalesce(of)),
        Op::Repeat { min, max, of } => Op::Repeat { min: *min, max: *max, of: coalesce(of) },
        _ => return Shared::clone(node),
    };
    Node::shared(op, node.flags)
}

fn joined(mut parts: Vec<Shared>) -> Vec<Shared> {
    let mut any = false;
    for at in 1..parts.len() {
        if let Some((first, second)) = pair(&parts[at - 1], &parts[at]) {
            (parts[at - 1], parts[at]) = (first, second);
            any = true;
        }
    }
    if any {
        parts.retain(|part| part.op != Op::Empty);
    }
    parts
}

/// What is repeated, and how often.
fn repetition(node: &Node) -> Option<(&Shared, u32, Option<u32>)> {
    match &node.op {
        Op::Star(of) => Some((of, 0, None)),
        Op::Plus(of) => Some((of, 1, None)),
        Op::Quest(of) => Some((of, 0, Some(1))),
        Op::Repeat { min, max, of } => Some((of, *min, *max)),
        _ => None,
    }
}

/// What two neighbours become, if they can be joined.
fn pair(first: &Node, second: &Node) -> Option<(Shared, Shared)> {
    let (of, min, max) = repetition(first).filter(|(of, ..)| of.is_one_character())?;
    let more = |min_more: u32, max_more: Option<u32>| {
        let max = max.zip(max_more).map(|(max, more)| max + more);
        let op = Op::Repeat { min: min + min_more, max, of: Shared::clone(of) };
        Node::shared(op, first.flags)
    };
    let nothing = || Node::shared(Op::Empty, Flags::default());
    if let Some((other, other_min, other_max)) = repetition(second)
        && first.flags.non_greedy == second.flags.non_greedy
        && of.alike(other)
    {
        return Some((nothing(), more(other_min, other_max)));
    }
    if of.alike(second) {
        return Some((nothing(), more(1, Some(1))));
    }
    let (Op::Literal(byte), Op::String(string)) = (&of.op, &second.op) else { return None };
    if of.flags.fold_case != second.flags.fold_case {
        return None;
    }
    let count = string.iter().take_while(|other| *other == byte).count();
    match (u32::try_from(count).ok()?, &string[count..]) {
        (0, _) => None,
        (count, []) => Some((nothing(), more(count, Some(count)))),
        (count, rest) => {
            Some((more(count, Some(count)), Shared::new(Node::string(rest, second.flags))))
        }
    }
}
