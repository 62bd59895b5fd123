//! Programs without jumps (RE2's `Prog::Optimize` and `Prog::Flatten`): alternatives become lists
//! of what they lead to.

use std::collections::HashMap;

use crate::compile::{Inst, Program};

impl Program {
    /// Skips what does nothing, and finds where all that follows matches.
    pub(crate) fn optimize(&mut self) {
        for id in self.reached_by(Self::skip_nops) {
            let Inst::Alt(first, second) = self.insts[id] else { continue };
            let goes_on = |from: usize| self.insts[from] == Inst::Leaf(id, true);
            if goes_on(first) && self.has_matched(second)
                || self.has_matched(first) && goes_on(second)
            {
                self.insts[id] = Inst::AltMatch(first, second);
            }
        }
    }

    /// The instructions that are reached from the start, in RE2's order, after `change` to each.
    fn reached_by(&mut self, change: impl Fn(&mut Self, usize)) -> Vec<usize> {
        let mut seen = vec![false; self.insts.len()];
        seen[0] = true;
        let mut queue = Vec::new();
        let mut next = vec![self.start];
        let mut at = 0;
        loop {
            for id in next {
                if !std::mem::replace(&mut seen[id], true) {
                    queue.push(id);
                }
            }
            let Some(&id) = queue.get(at) else { return queue };
            at += 1;
            change(self, id);
            next = match self.insts[id] {
                Inst::Nop(out) | Inst::Leaf(out, _) | Inst::Capture(out) => vec![out],
                Inst::Alt(first, second) | Inst::AltMatch(first, second) => vec![first, second],
                Inst::Fail | Inst::Match => Vec::new(),
            };
        }
    }

    fn skip_nops(&mut self, id: usize) {
        let behind = |mut id: usize| {
            while let Inst::Nop(out) = self.insts[id] {
                id = out;
            }
            id
        };
        self.insts[id] = match self.insts[id] {
            Inst::Nop(out) => Inst::Nop(behind(out)),
            Inst::Leaf(out, any) => Inst::Leaf(behind(out), any),
            Inst::Capture(out) => Inst::Capture(behind(out)),
            Inst::Alt(first, second) => Inst::Alt(behind(first), behind(second)),
            other => other,
        };
    }

    fn has_matched(&self, mut id: usize) -> bool {
        loop {
            match self.insts[id] {
                Inst::Capture(out) | Inst::Nop(out) => id = out,
                Inst::Match => return true,
                _ => return false,
            }
        }
    }
}

/// The instructions of all lists together.
pub(crate) fn flattened_size(program: &Program) -> usize {
    let mut roots = Roots::new(program);
    roots.mark_successors();
    roots.mark_dominators();
    let order = std::mem::take(&mut roots.order);
    order.into_iter().map(|root| roots.list_length(root)).sum()
}

/// Where lists begin: behind each instruction that is no jump, and where jumps from elsewhere
/// arrive.
struct Roots<'p> {
    program: &'p Program,
    is_root: Vec<bool>,
    order: Vec<usize>,
    /// The jumps that lead to an instruction.
    predecessors: HashMap<usize, Vec<usize>>,
    /// The walk in which an instruction was last reached.
    reached: Vec<usize>,
    walk: usize,
}

impl<'p> Roots<'p> {
    fn new(program: &'p Program) -> Self {
        let mut roots = Self {
            program,
            is_root: vec![false; program.insts.len()],
            order: Vec::new(),
            predecessors: HashMap::new(),
            reached: vec![0; program.insts.len()],
            walk: 0,
        };
        for id in [0, program.start_unanchored, program.start] {
            roots.mark(id);
        }
        roots
    }

    fn mark(&mut self, id: usize) {
        if !std::mem::replace(&mut self.is_root[id], true) {
            self.order.push(id);
        }
    }

    /// True the first time in this walk.
    fn reach(&mut self, id: usize) -> bool {
        std::mem::replace(&mut self.reached[id], self.walk) != self.walk
    }

    fn mark_successors(&mut self) {
        self.walk += 1;
        let mut stack = vec![self.program.start_unanchored];
        while let Some(id) = stack.pop() {
            if !self.reach(id) {
                continue;
            }
            match self.program.insts[id] {
                Inst::Alt(first, second) | Inst::AltMatch(first, second) => {
                    for out in [first, second] {
                        self.predecessors.entry(out).or_default().push(id);
                    }
                    stack.extend([second, first]);
                }
                Inst::Leaf(out, _) | Inst::Capture(out) => {
                    self.mark(out);
                    stack.push(out);
                }
                Inst::Nop(out) => stack.push(out),
                Inst::Fail | Inst::Match => {}
            }
        }
    }

    fn mark_dominators(&mut self) {
        let mut sorted = self.order.clone();
        sorted.sort_unstable();
        let starts = [0, self.program.start_unanchored, self.program.start];
        for root in sorted.into_iter().rev().filter(|root| !starts.contains(root)) {
            let tree = self.tree(root);
            for id in tree {
                let Some(predecessors) = self.predecessors.get(&id) else { continue };
                if predecessors.iter().any(|from| self.reached[*from] != self.walk) {
                    self.mark(id);
                }
            }
        }
    }

    /// What is reached from a root without a step over the text; other roots are not passed.
    fn tree(&mut self, root: usize) -> Vec<usize> {
        self.walk += 1;
        let mut tree = Vec::new();
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if !self.reach(id) {
                continue;
            }
            tree.push(id);
            if id != root && self.is_root[id] {
                continue;
            }
            match self.program.insts[id] {
                Inst::Alt(first, second) | Inst::AltMatch(first, second) => {
                    stack.extend([second, first]);
                }
                Inst::Nop(out) => stack.push(out),
                Inst::Leaf(..) | Inst::Capture(_) | Inst::Fail | Inst::Match => {}
            }
        }
        tree
    }

    fn list_length(&mut self, root: usize) -> usize {
        self.walk += 1;
        let mut length = 0;
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if !self.reach(id) {
                continue;
            }
            if id != root && self.is_root[id] {
                length += 1;
                continue;
            }
            match self.program.insts[id] {
                Inst::AltMatch(first, second) => {
                    length += 1;
                    stack.extend([second, first]);
                }
                Inst::Alt(first, second) => stack.extend([second, first]),
                Inst::Nop(out) => stack.push(out),
                Inst::Leaf(..) | Inst::Capture(_) | Inst::Fail | Inst::Match => length += 1,
            }
        }
        length
    }
}
