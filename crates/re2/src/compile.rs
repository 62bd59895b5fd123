//! Instructions for a tree, with jumps (RE2's `Compiler`).

use crate::byte_set::ByteSet;
use crate::node::{Assertion, Node, Op, Shared};

/// Instructions that RE2 has memory for (two thirds of 8 MiB, at 8 bytes each).
const INSTRUCTIONS_MAX: usize = 699_000;
/// How deep an anchor is looked for.
const ANCHOR_DEPTH: u32 = 4;

/// The next instruction is named by number; 0 is that of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inst {
    Fail,
    Match,
    Nop(usize),
    /// Any instruction that goes on to another one; true for one that takes any byte.
    Leaf(usize, bool),
    /// A leaf that takes no byte and always passes.
    Capture(usize),
    Alt(usize, usize),
    /// An alternative of going on over any byte and of having matched.
    AltMatch(usize, usize),
}

#[derive(Debug)]
pub(crate) struct Program {
    pub insts: Vec<Inst>,
    pub start: usize,
    /// Where a search begins that may skip a part of the text.
    pub start_unanchored: usize,
}

/// A part of a program.
struct Frag {
    /// 0 for what cannot match.
    begin: usize,
    /// Where it goes on is still to be filled in: the instruction, and whether its second choice.
    ends: Vec<(usize, bool)>,
    nullable: bool,
}

/// A string at the beginning of an anchored expression is compared by itself.
pub(crate) fn without_required_prefix(node: Shared) -> Shared {
    let Op::Concat(parts) = &node.op else { return node };
    let begin = Op::Assertion(Assertion::BeginText);
    let anchors = parts.iter().take_while(|part| part.op == begin).count();
    match parts.get(anchors).map(|part| &part.op) {
        Some(Op::Literal(_) | Op::String(_)) if anchors > 0 => {
            Node::concat(parts[anchors + 1..].to_vec(), node.flags)
        }
        _ => node,
    }
}

/// Nothing when it is too large.
pub(crate) fn compile(node: &Shared) -> Option<Program> {
    let mut compiler = Compiler { insts: vec![Inst::Fail] };
    let begin = without_anchor(node, Assertion::BeginText, ANCHOR_DEPTH);
    let anchored = begin.is_some();
    let node = begin.unwrap_or_else(|| Shared::clone(node));
    let end = [true, false]
        .into_iter()
        .find_map(|dollar| without_anchor(&node, Assertion::EndText { dollar }, ANCHOR_DEPTH));
    let all = compiler.fragment(&end.unwrap_or(node))?;
    let matched = compiler.add(Inst::Match)?;
    let matched = Frag { begin: matched, ends: Vec::new(), nullable: false };
    let all = compiler.cat(&all, matched);
    let start = all.begin;
    let start_unanchored = if anchored {
        start
    } else {
        let any = compiler.leaf(true)?;
        let skipped = compiler.star(&any, true)?;
        compiler.cat(&skipped, all).begin
    };
    // Nothing can match.
    let insts = if start == 0 && start_unanchored == 0 { vec![Inst::Fail] } else { compiler.insts };
    let mut program = Program { insts, start, start_unanchored };
    program.optimize();
    Some(program)
}

/// The expression without the anchor at its begin or end, if it has one.
fn without_anchor(node: &Shared, anchor: Assertion, depth: u32) -> Option<Shared> {
    if depth == 0 {
        return None;
    }
    match &node.op {
        Op::Assertion(assertion) if *assertion == anchor => {
            Some(Node::shared(Op::Empty, node.flags))
        }
        Op::Capture(of) => {
            let of = without_anchor(of, anchor, depth - 1)?;
            Some(Node::shared(Op::Capture(of), node.flags))
        }
        Op::Concat(parts) => {
            let at = if anchor == Assertion::BeginText { 0 } else { parts.len() - 1 };
            let mut parts = parts.clone();
            parts[at] = without_anchor(&parts[at], anchor, depth - 1)?;
            Some(Node::shared(Op::Concat(parts), node.flags))
        }
        _ => None,
    }
}

struct Compiler {
    insts: Vec<Inst>,
}

impl Compiler {
    fn add(&mut self, inst: Inst) -> Option<usize> {
        (self.insts.len() < INSTRUCTIONS_MAX).then(|| self.insts.push(inst))?;
        Some(self.insts.len() - 1)
    }

    fn patch(&mut self, ends: &[(usize, bool)], to: usize) {
        for (id, second) in ends {
            match &mut self.insts[*id] {
                Inst::Nop(out) | Inst::Leaf(out, _) | Inst::Capture(out) => *out = to,
                Inst::Alt(first, other) => *(if *second { other } else { first }) = to,
                Inst::Fail | Inst::Match | Inst::AltMatch(..) => {}
            }
        }
    }

    fn fragment(&mut self, node: &Node) -> Option<Frag> {
        let non_greedy = node.flags.non_greedy;
        match &node.op {
            Op::NoMatch => Some(Frag { begin: 0, ends: Vec::new(), nullable: false }),
            Op::Empty => self.nop(),
            Op::Literal(_) => self.leaf(false),
            Op::AnyChar | Op::AnyByte => self.leaf(true),
            Op::Class(members) => self.class(*members),
            Op::String(bytes) => {
                let mut all = self.leaf(false)?;
                for _ in 1..bytes.len() {
                    let next = self.leaf(false)?;
                    all = self.cat(&all, next);
                }
                Some(all)
            }
            Op::Assertion(_) => {
                let leaf = self.leaf(false)?;
                Some(Frag { nullable: true, ..leaf })
            }
            Op::Concat(parts) => self.fold(parts, |this, a, b| Some(this.cat(&a, b))),
            Op::Alternate(parts) => self.fold(parts, Self::alt),
            Op::Star(of) => {
                let of = self.fragment(of)?;
                self.star(&of, non_greedy)
            }
            Op::Plus(of) => {
                let of = self.fragment(of)?;
                self.plus(&of, non_greedy)
            }
            Op::Quest(of) => {
                let of = self.fragment(of)?;
                self.quest(of, non_greedy)
            }
            Op::Capture(of) => {
                let of = self.fragment(of)?;
                self.capture(of)
            }
            // All are written out.
            Op::Repeat { .. } => None,
        }
    }

    fn fold(
        &mut self,
        parts: &[Shared],
        join: impl Fn(&mut Self, Frag, Frag) -> Option<Frag>,
    ) -> Option<Frag> {
        let mut all = self.fragment(parts.first()?)?;
        for part in &parts[1..] {
            let next = self.fragment(part)?;
            all = join(self, all, next)?;
        }
        Some(all)
    }

    fn cat(&mut self, a: &Frag, b: Frag) -> Frag {
        if a.begin == 0 || b.begin == 0 {
            return Frag { begin: 0, ends: Vec::new(), nullable: false };
        }
        self.patch(&a.ends, b.begin);
        if matches!(self.insts[a.begin], Inst::Nop(_)) && a.ends == [(a.begin, false)] {
            return b;
        }
        Frag { begin: a.begin, ends: b.ends, nullable: a.nullable && b.nullable }
    }

    fn alt(&mut self, mut a: Frag, b: Frag) -> Option<Frag> {
        if a.begin == 0 {
            return Some(b);
        }
        if b.begin == 0 {
            return Some(a);
        }
        let begin = self.add(Inst::Alt(a.begin, b.begin))?;
        a.ends.extend(b.ends);
        Some(Frag { begin, ends: a.ends, nullable: a.nullable || b.nullable })
    }

    fn branch(&mut self, to: usize, non_greedy: bool) -> Option<(usize, (usize, bool))> {
        let inst = if non_greedy { Inst::Alt(0, to) } else { Inst::Alt(to, 0) };
        let id = self.add(inst)?;
        Some((id, (id, !non_greedy)))
    }

    fn plus(&mut self, a: &Frag, non_greedy: bool) -> Option<Frag> {
        let (id, end) = self.branch(a.begin, non_greedy)?;
        self.patch(&a.ends, id);
        Some(Frag { begin: a.begin, ends: vec![end], nullable: a.nullable })
    }

    fn star(&mut self, a: &Frag, non_greedy: bool) -> Option<Frag> {
        if a.nullable {
            let plus = self.plus(a, non_greedy)?;
            return self.quest(plus, non_greedy);
        }
        let (id, end) = self.branch(a.begin, non_greedy)?;
        self.patch(&a.ends, id);
        Some(Frag { begin: id, ends: vec![end], nullable: true })
    }

    fn quest(&mut self, a: Frag, non_greedy: bool) -> Option<Frag> {
        if a.begin == 0 {
            return self.nop();
        }
        let (id, end) = self.branch(a.begin, non_greedy)?;
        let mut ends = vec![end];
        ends.extend(a.ends);
        Some(Frag { begin: id, ends, nullable: true })
    }

    fn capture(&mut self, a: Frag) -> Option<Frag> {
        if a.begin == 0 {
            return Some(a);
        }
        let begin = self.add(Inst::Capture(a.begin))?;
        let end = self.add(Inst::Capture(0))?;
        self.patch(&a.ends, end);
        Some(Frag { begin, ends: vec![(end, false)], nullable: a.nullable })
    }

    fn nop(&mut self) -> Option<Frag> {
        let begin = self.add(Inst::Nop(0))?;
        Some(Frag { begin, ends: vec![(begin, false)], nullable: true })
    }

    fn leaf(&mut self, any: bool) -> Option<Frag> {
        let begin = self.add(Inst::Leaf(0, any))?;
        Some(Frag { begin, ends: vec![(begin, false)], nullable: false })
    }

    /// A range for each run of members. Where both cases of each letter are there, the ranges of
    /// small letters stand for both.
    fn class(&mut self, members: ByteSet) -> Option<Frag> {
        let folds = members.folds();
        let mut all: Option<Frag> = None;
        for (low, high) in members.ranges() {
            if folds && low.is_ascii_uppercase() && high.is_ascii_uppercase() {
                continue;
            }
            let next = self.leaf((low, high) == (0, u8::MAX))?;
            all = Some(match all {
                Some(all) => self.alt(all, next)?,
                None => next,
            });
        }
        all
    }
}
