"""`SubstitutionFormatString`: a text or a JSON document whose strings are formats."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.data_source import data_source
from voyant.config.descriptors import Proto
from voyant.config.format.parse import parse
from voyant.config.unpack import type_name, unpack

_READS = {"text_format", "json_format", "text_format_source", "omit_empty_values", "formatters"}
_SORTED = {"json_format_options": "keys are always sorted, here as in Envoy"}
FORMAT_STRING = Fields(
    "envoy.config.core.v3.SubstitutionFormatString",
    reads=_READS,
    no_effect={**_SORTED, "content_type": "what is not a response's body has none"},
    where="a line or a value",
)
BODY_FORMAT = Fields(
    "envoy.config.core.v3.SubstitutionFormatString",
    reads=_READS | {"content_type"},
    no_effect=_SORTED,
    where="a body",
)
EXTENSION = Fields(
    "envoy.config.core.v3.TypedExtensionConfig",
    reads={"typed_config"},
    no_effect={"name": "the type of typed_config decides"},
    where="a formatter",
)
METADATA = Fields("envoy.extensions.formatter.metadata.v3.Metadata", reads=())
REQ_WITHOUT_QUERY = Fields(
    "envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery", reads=()
)
CEL = Fields("envoy.extensions.formatter.cel.v3.Cel", reads=(), unsupported={"cel_config"})
FILE_CONTENT = Fields("envoy.extensions.formatter.file_content.v3.FileContent", reads=())
_FORMATTERS = {
    # Its operator is in every format.
    METADATA.full_name: (METADATA, frozenset[str]()),
    # Its operators are known to every format, and refused by their names.
    CEL.full_name: (CEL, frozenset[str]()),
    REQ_WITHOUT_QUERY.full_name: (REQ_WITHOUT_QUERY, frozenset({"REQ_WITHOUT_QUERY"})),
    FILE_CONTENT.full_name: (FILE_CONTENT, frozenset({"FILE_CONTENT"})),
}


def format_string(message: Proto, at: At, fields: Fields = FORMAT_STRING) -> ir.FormatString:
    """The format."""
    fields.check(message, at)
    omit = message.omit_empty_values
    formatters = formatter_names(message, at)
    kind = message.WhichOneof("format")
    if kind == "json_format":
        there = at.field("json_format")
        return json_format(message.json_format, there, omit=omit, formatters=formatters)
    if kind == "text_format_source":
        there = at.field("text_format_source")
        text = data_source(message.text_format_source, there)
        there = there.field(message.text_format_source.WhichOneof("specifier") or "inline_string")
        return text_format(text, there, omit=omit, formatters=formatters)
    there = at.field("text_format")
    return text_format(message.text_format, there, omit=omit, formatters=formatters)


def body_format(message: Proto, at: At) -> ir.BodyFormat:
    """The format of a response's body."""
    found = format_string(message, at, BODY_FORMAT)
    default = "application/json" if isinstance(found, ir.FormatStringJson) else ""
    return ir.BodyFormat(format=found, content_type=message.content_type or default)


def formatter_names(message: Proto, at: At) -> frozenset[str]:
    """The operators that the extensions of a message's `formatters` add to its formats."""
    names: frozenset[str] = frozenset()
    for i, extension in enumerate(message.formatters):
        there = at.item("formatters", i)
        EXTENSION.check(extension, there)
        typed = unpack(extension.typed_config, there.field("typed_config"))
        if typed is None:
            continue
        known = _FORMATTERS.get(typed.DESCRIPTOR.full_name)
        if known is None:
            there.field("typed_config").field("@type").error(
                f"the formatter {type_name(extension.typed_config)} is not supported yet",
                expected="one for metadata, for headers without query or for contents of files",
            )
            continue
        fields, more = known
        fields.check(typed, there.field("typed_config"))
        names |= more
    return names


def text_format(
    text: str, at: At, *, omit: bool, formatters: frozenset[str] = frozenset()
) -> ir.FormatString:
    """The format of a text."""
    segments = parse(text, at, formatters=formatters)
    return ir.FormatStringText(segments=segments, omit_empty_values=omit)


def json_format(
    struct: Proto, at: At, *, omit: bool, formatters: frozenset[str] = frozenset()
) -> ir.FormatString:
    """The format of a document."""
    template = _object(struct.fields, at, formatters)
    return ir.FormatStringJson(template=template, omit_empty_values=omit)


def _object(fields: Proto, at: At, formatters: frozenset[str]) -> ir.JsonTemplate:
    members = [
        ir.JsonMember(key=key, value=_value(fields[key], at.field(key), formatters))
        for key in sorted(fields)
    ]
    return ir.JsonTemplateObject(members=members)


def _value(value: Proto, at: At, formatters: frozenset[str]) -> ir.JsonTemplate:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        segments = parse(value.string_value, at, formatters=formatters)
        return ir.JsonTemplateFormat(segments=segments)
    if kind == "struct_value":
        return _object(value.struct_value.fields, at, formatters)
    if kind == "list_value":
        items = value.list_value.values
        return ir.JsonTemplateList(items=[_value(item, at, formatters) for item in items])
    if kind == "number_value":
        return ir.JsonTemplateNumber(value=value.number_value)
    if kind == "bool_value":
        return ir.JsonTemplateBool(value=value.bool_value)
    return ir.JsonTemplateNull()
