"""Metadata: values by namespace, for formats, matchers and filters to read."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

METADATA = Fields(
    "envoy.config.core.v3.Metadata",
    reads={"filter_metadata"},
    no_effect={"typed_filter_metadata": "nothing reads typed metadata"},
)

NO_SUBSETS = "only a cluster with lb_subset_config reads it, which is refused"
"""Why a `metadata_match` has no effect."""


def metadata(message: Proto, at: At, field: str = "metadata") -> ir.Metadata | None:
    """What a field of a message says; nothing when it says nothing."""
    if not message.HasField(field):
        return None
    held = getattr(message, field)
    METADATA.check(held, at.field(field))
    spaces = held.filter_metadata
    return ir.Metadata(
        namespaces=[ir.Member(key=name, value=struct(spaces[name])) for name in sorted(spaces)]
    )


def struct(message: Proto) -> ir.ValueStruct:
    """The value that a protobuf Struct holds."""
    fields = message.fields
    return ir.ValueStruct(
        members=[ir.Member(key=key, value=value(fields[key])) for key in sorted(fields)]
    )


def value(message: Proto) -> ir.Value:
    """The value that a protobuf Value holds."""
    which = message.WhichOneof("kind")
    if which == "struct_value":
        return struct(message.struct_value)
    if which == "list_value":
        return ir.ValueList(items=[value(each) for each in message.list_value.values])
    if which == "string_value":
        return ir.ValueString(value=message.string_value)
    if which == "number_value":
        return ir.ValueNumber(value=message.number_value)
    if which == "bool_value":
        return ir.ValueBool(value=message.bool_value)
    return ir.ValueNull()
