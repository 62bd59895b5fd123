//! From the syntax tree to RE2's: neighbouring characters become strings while they are read,
//! classes of one member become characters, stacked operators are squashed.

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassAsciiKind, ClassSet, ClassSetItem, Flag, FlagsItemKind, GroupKind,
    RepetitionKind, RepetitionRange,
};

use crate::byte_set::ByteSet;
use crate::factor::factor;
use crate::node::{Assertion, Flags, Node, Op, Shared};

/// Nothing for what has no place in an expression of Latin-1.
pub(crate) fn parse(pattern: &str) -> Option<Shared> {
    let ast = ParserBuilder::new().octal(false).build().parse(pattern).ok()?;
    Group::new(Flags::default()).read(&ast)
}

/// What stands between two parentheses.
struct Group {
    flags: Flags,
    /// The parts of the current alternative.
    parts: Vec<Node>,
    alternatives: Vec<Shared>,
}

impl Group {
    fn new(flags: Flags) -> Self {
        Self { flags, parts: Vec::new(), alternatives: Vec::new() }
    }

    fn read(mut self, ast: &Ast) -> Option<Shared> {
        match ast {
            Ast::Alternation(alternation) => {
                for alternative in &alternation.asts {
                    self.sequence(alternative)?;
                    self.end_alternative();
                }
            }
            _ => {
                self.sequence(ast)?;
                self.end_alternative();
            }
        }
        Some(collapse_alternatives(self.alternatives, self.flags))
    }

    fn sequence(&mut self, ast: &Ast) -> Option<()> {
        match ast {
            Ast::Concat(concat) => concat.asts.iter().try_for_each(|part| self.part(part)),
            _ => self.part(ast),
        }
    }

    fn part(&mut self, ast: &Ast) -> Option<()> {
        let flags = self.flags;
        match ast {
            Ast::Empty(_) => {}
            Ast::Flags(set) => apply(&mut self.flags, &set.flags),
            Ast::Literal(literal) => {
                let byte = u8::try_from(u32::from(literal.c)).ok()?;
                if flags.fold_case && byte.is_ascii_alphabetic() {
                    self.push_class(ByteSet::of(byte, byte).folded());
                } else {
                    self.push(Op::Literal(byte), flags);
                }
            }
            Ast::Dot(_) if flags.dot_matches_newline => self.push(Op::AnyChar, flags),
            Ast::Dot(_) => self.push_class(ByteSet::of(b'\n', b'\n').negated()),
            Ast::Assertion(assertion) => {
                self.push(Op::Assertion(kind_of(&assertion.kind, flags)?), flags);
            }
            Ast::ClassBracketed(class) => {
                let members = members(&class.kind, flags.fold_case)?;
                self.push_class(if class.negated { members.negated() } else { members });
            }
            Ast::Repetition(repetition) => {
                self.part(&repetition.ast)?;
                self.repeat(&repetition.op.kind, repetition.greedy)?;
            }
            Ast::Group(group) => self.group(group)?,
            Ast::ClassUnicode(_) | Ast::ClassPerl(_) | Ast::Alternation(_) | Ast::Concat(_) => {
                return None;
            }
        }
        Some(())
    }

    fn group(&mut self, group: &regex_syntax::ast::Group) -> Option<()> {
        if is_any_byte(group) {
            self.push(Op::AnyByte, self.flags);
            return Some(());
        }
        let mut inner = self.flags;
        if let GroupKind::NonCapturing(flags) = &group.kind {
            apply(&mut inner, flags);
        }
        let content = Self::new(inner).read(&group.ast)?;
        if group.is_capturing() {
            self.push(Op::Capture(content), self.flags);
        } else {
            self.push_node((*content).clone());
        }
        Some(())
    }

    fn push_class(&mut self, members: ByteSet) {
        let (count, first) = (members.len(), members.first().unwrap_or_default());
        let two_cases = first.is_ascii_uppercase() && members.contains(first.to_ascii_lowercase());
        let flags = self.flags;
        match count {
            1 => self.push(Op::Literal(first), flags),
            2 if two_cases => {
                let folded = Flags { fold_case: true, ..flags };
                self.push(Op::Literal(first.to_ascii_lowercase()), folded);
            }
            _ => self.push(Op::Class(members), Flags { fold_case: false, ..flags }),
        }
    }

    fn push(&mut self, op: Op, flags: Flags) {
        self.push_node(Node::new(op, flags));
    }

    fn push_node(&mut self, node: Node) {
        self.join_characters();
        self.parts.push(node);
    }

    /// Makes one string of the last two parts, if they are characters of the same kind. The last
    /// part of all is left alone until another one comes: an operator may follow it.
    fn join_characters(&mut self) {
        let [.., before, last] = &mut self.parts[..] else { return };
        let (Some(mut joined), Some(more)) = (characters(&before.op), characters(&last.op)) else {
            return;
        };
        if before.flags.fold_case == last.flags.fold_case {
            joined.extend(more);
            before.op = Op::String(joined);
            self.parts.pop();
        }
    }

    fn repeat(&mut self, kind: &RepetitionKind, greedy: bool) -> Option<()> {
        let mut flags = self.flags;
        flags.non_greedy ^= !greedy;
        let operand = self.parts.pop()?;
        let same = flags == operand.flags;
        let repeated = match (kind, &operand.op) {
            (RepetitionKind::Range(range), _) => {
                let (min, max) = match *range {
                    RepetitionRange::Exactly(count) => (count, Some(count)),
                    RepetitionRange::AtLeast(min) => (min, None),
                    RepetitionRange::Bounded(min, max) => (min, Some(max)),
                };
                Op::Repeat { min, max, of: Shared::new(operand) }
            }
            // The same operator twice is as good as once, and any two are a star.
            (RepetitionKind::OneOrMore, Op::Plus(_))
            | (RepetitionKind::ZeroOrOne, Op::Quest(_))
                if same =>
            {
                operand.op
            }
            (_, Op::Star(of) | Op::Plus(of) | Op::Quest(of)) if same => Op::Star(Shared::clone(of)),
            (RepetitionKind::ZeroOrMore, _) => Op::Star(Shared::new(operand)),
            (RepetitionKind::OneOrMore, _) => Op::Plus(Shared::new(operand)),
            (RepetitionKind::ZeroOrOne, _) => Op::Quest(Shared::new(operand)),
        };
        self.parts.push(Node::new(repeated, flags));
        Some(())
    }

    fn end_alternative(&mut self) {
        self.join_characters();
        let parts = std::mem::take(&mut self.parts);
        let sequence = collapse_parts(parts, self.flags);
        let any = |node: &Node| node.op == Op::AnyChar;
        // Any character is an alternative to others: it is all that is left of them.
        if let Some(last) = self.alternatives.last_mut() {
            if any(last) && is_subsumed(&sequence) {
                return;
            }
            if any(&sequence) && is_subsumed(last) {
                *last = sequence;
                return;
            }
        }
        self.alternatives.push(sequence);
    }
}

fn is_subsumed(node: &Node) -> bool {
    matches!(node.op, Op::Literal(_) | Op::Class(_) | Op::AnyChar)
}

/// `(?s:(?:.))`, which the translator writes for `\C`.
fn is_any_byte(group: &regex_syntax::ast::Group) -> bool {
    let flags = |group: &regex_syntax::ast::Group| match &group.kind {
        GroupKind::NonCapturing(flags) => {
            Some(flags.items.iter().map(|i| i.kind.clone()).collect())
        }
        _ => None,
    };
    let Ast::Group(inner) = &*group.ast else { return false };
    let matches_newline = vec![FlagsItemKind::Flag(Flag::DotMatchesNewLine)];
    flags(group) == Some(matches_newline)
        && flags(inner) == Some(Vec::new())
        && matches!(*inner.ast, Ast::Dot(_))
}

fn characters(op: &Op) -> Option<Vec<u8>> {
    match op {
        Op::Literal(byte) => Some(vec![*byte]),
        Op::String(bytes) => Some(bytes.clone()),
        _ => None,
    }
}

fn collapse_parts(parts: Vec<Node>, flags: Flags) -> Shared {
    let single = parts.len() == 1;
    let mut flat = Vec::new();
    for part in parts {
        match part.op {
            Op::Concat(inner) if !single => flat.extend(inner),
            _ => flat.push(Shared::new(part)),
        }
    }
    Node::concat(flat, flags)
}

fn collapse_alternatives(mut alternatives: Vec<Shared>, flags: Flags) -> Shared {
    if alternatives.len() == 1 {
        return alternatives.remove(0);
    }
    let mut flat = Vec::new();
    for alternative in alternatives {
        match &alternative.op {
            Op::Alternate(inner) => flat.extend(inner.iter().cloned()),
            _ => flat.push(alternative),
        }
    }
    Node::alternate(factor(flat, flags), flags)
}

fn apply(flags: &mut Flags, changed: &regex_syntax::ast::Flags) {
    let mut value = true;
    for item in &changed.items {
        match item.kind {
            FlagsItemKind::Negation => value = false,
            FlagsItemKind::Flag(Flag::CaseInsensitive) => flags.fold_case = value,
            FlagsItemKind::Flag(Flag::MultiLine) => flags.multi_line = value,
            FlagsItemKind::Flag(Flag::DotMatchesNewLine) => flags.dot_matches_newline = value,
            FlagsItemKind::Flag(Flag::SwapGreed) => flags.non_greedy = value,
            FlagsItemKind::Flag(_) => {}
        }
    }
}

fn kind_of(kind: &AssertionKind, flags: Flags) -> Option<Assertion> {
    Some(match kind {
        AssertionKind::StartLine if flags.multi_line => Assertion::BeginLine,
        AssertionKind::EndLine if flags.multi_line => Assertion::EndLine,
        AssertionKind::StartLine | AssertionKind::StartText => Assertion::BeginText,
        AssertionKind::EndLine => Assertion::EndText { dollar: true },
        AssertionKind::EndText => Assertion::EndText { dollar: false },
        AssertionKind::WordBoundary => Assertion::WordBoundary,
        AssertionKind::NotWordBoundary => Assertion::NoWordBoundary,
        _ => return None,
    })
}

fn members(class: &ClassSet, fold: bool) -> Option<ByteSet> {
    match class {
        ClassSet::Item(item) => item_members(item, fold),
        ClassSet::BinaryOp(_) => None,
    }
}

fn item_members(item: &ClassSetItem, fold: bool) -> Option<ByteSet> {
    let folded = |set: ByteSet| if fold { set.folded() } else { set };
    let byte = |c: char| u8::try_from(u32::from(c)).ok();
    Some(match item {
        ClassSetItem::Empty(_) => ByteSet::EMPTY,
        ClassSetItem::Literal(literal) => folded(ByteSet::of(byte(literal.c)?, byte(literal.c)?)),
        ClassSetItem::Range(range) => folded(ByteSet::of(byte(range.start.c)?, byte(range.end.c)?)),
        ClassSetItem::Ascii(class) => {
            let set = folded(named(&class.kind));
            if class.negated { set.negated() } else { set }
        }
        ClassSetItem::Bracketed(class) => {
            let set = members(&class.kind, fold)?;
            if class.negated { set.negated() } else { set }
        }
        ClassSetItem::Union(union) => {
            let mut all = ByteSet::EMPTY;
            for item in &union.items {
                all.add_all(item_members(item, fold)?);
            }
            all
        }
        ClassSetItem::Unicode(_) | ClassSetItem::Perl(_) => return None,
    })
}

fn named(kind: &ClassAsciiKind) -> ByteSet {
    let member = |byte: &u8| match kind {
        ClassAsciiKind::Alnum => byte.is_ascii_alphanumeric(),
        ClassAsciiKind::Alpha => byte.is_ascii_alphabetic(),
        ClassAsciiKind::Ascii => byte.is_ascii(),
        ClassAsciiKind::Blank => matches!(byte, b' ' | b'\t'),
        ClassAsciiKind::Cntrl => byte.is_ascii_control(),
        ClassAsciiKind::Digit => byte.is_ascii_digit(),
        ClassAsciiKind::Graph => byte.is_ascii_graphic(),
        ClassAsciiKind::Lower => byte.is_ascii_lowercase(),
        ClassAsciiKind::Print => matches!(byte, b' '..=b'~'),
        ClassAsciiKind::Punct => byte.is_ascii_punctuation(),
        ClassAsciiKind::Space => matches!(byte, b'\t'..=b'\r' | b' '),
        ClassAsciiKind::Upper => byte.is_ascii_uppercase(),
        ClassAsciiKind::Word => byte.is_ascii_alphanumeric() || *byte == b'_',
        ClassAsciiKind::Xdigit => byte.is_ascii_hexdigit(),
    };
    let mut set = ByteSet::EMPTY;
    (0..=u8::MAX).filter(member).for_each(|byte| set.add(byte, byte));
    set
}
