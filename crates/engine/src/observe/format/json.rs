//! JSON formats: a document whose leaves are formats. A leaf that is one operator keeps its type,
//! and is `null` when its value is missing; text among other text is as in a text format.

use voyant_ir::format::{JsonMember, JsonTemplate, Segment};

use super::context::FormatContext;
use super::escape::escape_tail;
use super::json_value;
use super::operator::Op;
use super::{Formatter, Missing};

/// A compiled document.
#[derive(Debug)]
pub struct JsonFormatter {
    root: Node,
    omit_empty: bool,
}

#[derive(Debug)]
enum Node {
    /// Each with its key as `,"key":`.
    Object(Vec<(Box<[u8]>, Node)>),
    List(Vec<Node>),
    Value {
        op: Op,
        max_length: usize,
    },
    Text(Formatter),
    /// Written as it is.
    Constant(Box<[u8]>),
    Null,
}

impl JsonFormatter {
    /// Compiles a document. With `omit_empty`, members without a value or with an empty object
    /// are left out, and lists leave out items without a value.
    pub fn new(template: &JsonTemplate, omit_empty: bool) -> Self {
        Self { root: Node::new(template), omit_empty }
    }

    /// Appends the document.
    pub fn write(&self, cx: &FormatContext<'_>, out: &mut Vec<u8>) {
        self.root.write(cx, self.omit_empty, out);
    }
}

impl Node {
    fn new(template: &JsonTemplate) -> Self {
        match template {
            JsonTemplate::Object { members } => {
                let member =
                    |JsonMember { key, value }: &JsonMember| (json_key(key), Self::new(value));
                Self::Object(members.iter().map(member).collect())
            }
            JsonTemplate::List { items } => Self::List(items.iter().map(Self::new).collect()),
            JsonTemplate::Format { segments } => Self::format(segments),
            JsonTemplate::Number { value } => {
                let mut out = Vec::new();
                json_value::number(*value, &mut out);
                Self::Constant(out.into())
            }
            JsonTemplate::Bool { value } => Self::Constant(value.to_string().into_bytes().into()),
            JsonTemplate::Null {} => Self::Null,
        }
    }

    fn format(segments: &[Segment]) -> Self {
        if let [Segment::Operator { operator, max_length }] = segments {
            let max_length = max_length.map_or(usize::MAX, |length| length as usize);
            return Self::Value { op: Op::new(operator), max_length };
        }
        let formatter = Formatter::new(segments);
        match formatter.as_constant() {
            Some(text) => Self::Constant(quoted(text).into()),
            None => Self::Text(formatter),
        }
    }

    /// Appends the value; false if it is one that `omit_empty` leaves out of an object.
    fn write(&self, cx: &FormatContext<'_>, omit_empty: bool, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Object(members) => return write_object(members, cx, omit_empty, out),
            Self::List(items) => write_list(items, cx, omit_empty, out),
            Self::Value { op, max_length } => return write_value(op, *max_length, cx, out),
            Self::Text(formatter) => {
                let missing = if omit_empty { Missing::Nothing } else { Missing::Dash };
                out.push(b'"');
                let start = out.len();
                formatter.write_with(cx, missing, out);
                escape_tail(out, start);
                out.push(b'"');
            }
            Self::Constant(text) => out.extend_from_slice(text),
            Self::Null => {
                out.extend_from_slice(b"null");
                return false;
            }
        }
        true
    }
}

fn write_object(
    members: &[(Box<[u8]>, Node)],
    cx: &FormatContext<'_>,
    omit_empty: bool,
    out: &mut Vec<u8>,
) -> bool {
    out.push(b'{');
    let mut any = false;
    for (key, node) in members {
        let before = out.len();
        out.extend_from_slice(&key[usize::from(!any)..]);
        if node.write(cx, omit_empty, out) || !omit_empty {
            any = true;
        } else {
            out.truncate(before);
        }
    }
    out.push(b'}');
    any
}

fn write_list(items: &[Node], cx: &FormatContext<'_>, omit_empty: bool, out: &mut Vec<u8>) {
    out.push(b'[');
    let mut any = false;
    for node in items {
        let before = out.len();
        if any {
            out.push(b',');
        }
        if node.write(cx, omit_empty, out) || !omit_empty {
            any = true;
        } else {
            out.truncate(before);
        }
    }
    out.push(b']');
}

fn write_value(op: &Op, max_length: usize, cx: &FormatContext<'_>, out: &mut Vec<u8>) -> bool {
    let found = op.write_json(cx, max_length, out);
    if !found {
        out.extend_from_slice(b"null");
    }
    found
}

fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    json_value::string(text, usize::MAX, &mut out);
    out
}

fn json_key(key: &str) -> Box<[u8]> {
    let mut out = vec![b','];
    json_value::string(key.as_bytes(), usize::MAX, &mut out);
    out.push(b':');
    out.into()
}

#[cfg(test)]
mod tests;
