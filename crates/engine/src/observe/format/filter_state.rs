//! Operators on objects of the filter state.

use std::io::Write;
use std::rc::Rc;

use voyant_ir::format::FilterStateForm;
use voyant_ir::metadata::Value;

use super::context::FormatContext;
use super::json_value;
use crate::filter_state::Object;

/// An object of the filter state, and as what it is written.
#[derive(Debug)]
pub(super) struct FilterStateOp {
    upstream: bool,
    name: Box<str>,
    form: FilterStateForm,
}

impl FilterStateOp {
    pub(super) fn new(upstream: bool, name: &str, form: &FilterStateForm) -> Self {
        Self { upstream, name: name.into(), form: form.clone() }
    }

    pub(super) fn write(&self, cx: &FormatContext<'_>, out: &mut Vec<u8>) -> bool {
        let Some(object) = self.find(cx) else { return false };
        match &self.form {
            FilterStateForm::Plain {} => object.write_plain(out),
            FilterStateForm::Field { name } => object.write_field(name, out),
            FilterStateForm::Typed {} => write_typed(&object, out),
        }
    }

    /// Appends it as JSON. What is typed is not cut.
    pub(super) fn write_json(
        &self,
        cx: &FormatContext<'_>,
        max_length: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        if self.form == (FilterStateForm::Typed {}) {
            return self.find(cx).is_some_and(|object| write_typed(&object, out));
        }
        let mut text = Vec::new();
        let found = self.write(cx, &mut text);
        if found {
            json_value::string(&text, max_length, out);
        }
        found
    }

    fn find(&self, cx: &FormatContext<'_>) -> Option<Rc<Object>> {
        if self.upstream {
            return cx.info.upstream.filter_state.as_ref()?.get(&self.name).cloned();
        }
        cx.info.filter_state(&self.name)
    }
}

/// Appends an object as protobuf's JSON has it; false for one without a type there.
fn write_typed(object: &Object, out: &mut Vec<u8>) -> bool {
    match object {
        Object::String(text) => json_value::string(text.as_bytes(), usize::MAX, out),
        Object::Uint64(number) => {
            json_value::string(number.to_string().as_bytes(), usize::MAX, out);
        }
        Object::Uint32(number) => json_value::write(&f64::from(*number).into(), usize::MAX, out),
        Object::Bool(value) => json_value::write(&Value::from(*value), usize::MAX, out),
        Object::GrpcMessages { requests, responses } => {
            write_counts(
                [("requestMessageCount", *requests), ("responseMessageCount", *responses)],
                out,
            );
        }
        Object::Headers(headers) => write_headers(headers, out),
        Object::Text(_) | Object::Opaque(_) | Object::Address(_) | Object::Ip(_) => return false,
    }
    true
}

/// Appends the fields that are not zero.
fn write_counts(counts: [(&str, u64); 2], out: &mut Vec<u8>) {
    let mut opening = "{";
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        // Writing to memory cannot fail.
        let _ = write!(out, "{opening}\"{name}\":\"{count}\"");
        opening = ",";
    }
    out.extend_from_slice(if opening == "{" { b"{}" } else { b"}" });
}

fn write_headers(headers: &[(Box<str>, Box<str>)], out: &mut Vec<u8>) {
    let text = |text: &str| Value::from(text);
    let header = |(key, value): &(Box<str>, Box<str>)| {
        [("key", text(key)), ("value", text(value))].into_iter().collect::<Value>()
    };
    let headers: Vec<Value> = headers.iter().map(header).collect();
    let message = (!headers.is_empty()).then(|| ("headers", Value::from(headers)));
    json_value::write(&message.into_iter().collect::<Value>(), usize::MAX, out);
}
