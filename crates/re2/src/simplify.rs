//! Counted repetitions are written out (RE2's `SimplifyWalker`): `x{2,4}` is `xx(?:x(?:x)?)?`.

use crate::node::{Flags, Node, Op, Shared};

pub(crate) fn simplify(node: &Shared) -> Shared {
    match &node.op {
        Op::Concat(parts) => rebuilt(node, parts, Op::Concat),
        Op::Alternate(parts) => rebuilt(node, parts, Op::Alternate),
        Op::Capture(of) => {
            let simple = simplify(of);
            if Shared::ptr_eq(&simple, of) {
                return Shared::clone(node);
            }
            Node::shared(Op::Capture(simple), node.flags)
        }
        Op::Star(of) => operator(node, of, Op::Star),
        Op::Plus(of) => operator(node, of, Op::Plus),
        Op::Quest(of) => operator(node, of, Op::Quest),
        Op::Repeat { min, max, of } => {
            let simple = simplify(of);
            if simple.op == Op::Empty {
                return simple;
            }
            repeat(&simple, *min, *max, node.flags)
        }
        Op::Class(members) if members.len() == 0 => Node::shared(Op::NoMatch, node.flags),
        _ => Shared::clone(node),
    }
}

fn rebuilt(node: &Shared, parts: &[Shared], op: impl Fn(Vec<Shared>) -> Op) -> Shared {
    let simple: Vec<_> = parts.iter().map(simplify).collect();
    if simple.iter().zip(parts).all(|(new, old)| Shared::ptr_eq(new, old)) {
        return Shared::clone(node);
    }
    Node::shared(op(simple), node.flags)
}

fn operator(node: &Shared, of: &Shared, op: impl Fn(Shared) -> Op) -> Shared {
    let simple = simplify(of);
    if simple.op == Op::Empty {
        return simple;
    }
    if Shared::ptr_eq(&simple, of) {
        return Shared::clone(node);
    }
    // Twice is as good as once.
    if same_operator(&node.op, &simple.op) && node.flags == simple.flags {
        return simple;
    }
    Node::shared(op(simple), node.flags)
}

fn same_operator(one: &Op, other: &Op) -> bool {
    matches!(
        (one, other),
        (Op::Star(_), Op::Star(_)) | (Op::Plus(_), Op::Plus(_)) | (Op::Quest(_), Op::Quest(_))
    )
}

/// The operator `op` on `of`; two operators in a row are one.
fn squashed(of: &Shared, flags: Flags, op: impl Fn(Shared) -> Op) -> Shared {
    let new = op(Shared::clone(of));
    match &of.op {
        inner if same_operator(&new, inner) && flags == of.flags => Shared::clone(of),
        Op::Star(_) if flags == of.flags => Shared::clone(of),
        Op::Plus(inner) | Op::Quest(inner) if flags == of.flags => {
            Node::shared(Op::Star(Shared::clone(inner)), flags)
        }
        _ => Node::shared(new, flags),
    }
}

fn has_no_width(node: &Node) -> bool {
    matches!(node.op, Op::Assertion(_))
}

fn repeat(of: &Shared, min: u32, max: Option<u32>, flags: Flags) -> Shared {
    let once_is_enough = match &of.op {
        Op::Concat(parts) | Op::Alternate(parts) => parts.iter().all(|part| has_no_width(part)),
        _ => has_no_width(of),
    };
    let (min, max) =
        if once_is_enough { (min.min(1), max.map(|max| max.min(1))) } else { (min, max) };
    let copies = |count: u32| vec![Shared::clone(of); count as usize];
    match (min, max) {
        (0, None) => squashed(of, flags, Op::Star),
        (1, None) => squashed(of, flags, Op::Plus),
        (_, None) => {
            let mut parts = copies(min - 1);
            parts.push(squashed(of, flags, Op::Plus));
            Node::concat(parts, flags)
        }
        (0, Some(0)) => Node::shared(Op::Empty, flags),
        (1, Some(1)) => Shared::clone(of),
        (_, Some(max)) => {
            let required = (min > 0).then(|| Node::concat(copies(min), flags));
            let optional = (max > min).then(|| optional(of, max - min, flags));
            match (required, optional) {
                (Some(required), Some(optional)) => {
                    Node::shared(Op::Concat(vec![required, optional]), flags)
                }
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => Node::shared(Op::NoMatch, flags),
            }
        }
    }
}

/// At most so many, nested: `(?:x(?:x)?)?`.
fn optional(of: &Shared, count: u32, flags: Flags) -> Shared {
    let mut nested = squashed(of, flags, Op::Quest);
    for _ in 1..count {
        let both = Node::shared(Op::Concat(vec![Shared::clone(of), nested]), flags);
        nested = squashed(&both, flags, Op::Quest);
    }
    nested
}
