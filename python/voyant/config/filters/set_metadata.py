"""The set-metadata filter: dynamic metadata that each request gets.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/set_metadata_filter
"""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.metadata import struct

SET_METADATA = Fields(
    "envoy.extensions.filters.http.set_metadata.v3.Config",
    reads={"metadata_namespace", "value", "metadata"},
)
METADATA = Fields(
    "envoy.extensions.filters.http.set_metadata.v3.Metadata",
    reads={"metadata_namespace", "allow_overwrite", "value"},
    no_effect={"typed_value": "nothing reads typed metadata"},
)


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    return ir.HttpFilterKindSetMetadata(entries=_entries(message, at))


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """What comes behind the filter's own entries."""
    return ir.PerRouteKindSetMetadata(entries=_entries(message, at))


def _entries(message: Proto, at: At) -> list[ir.SetMetadataEntry]:
    """The older fields first, then the list."""
    SET_METADATA.check(message, at)
    entries = []
    if message.HasField("value"):
        entries.append(_entry(message.metadata_namespace, message.value, True))
    for i, each in enumerate(message.metadata):
        there = at.item("metadata", i)
        METADATA.check(each, there)
        if each.HasField("value"):
            entries.append(_entry(each.metadata_namespace, each.value, each.allow_overwrite))
        elif not each.HasField("typed_value"):
            there.warn(
                "set_metadata filter configuration contains metadata entries "
                "without value or typed_value"
            )
    return entries


def _entry(namespace: str, value: Proto, allow_overwrite: bool) -> ir.SetMetadataEntry:
    return ir.SetMetadataEntry(
        namespace=namespace, value=struct(value), allow_overwrite=allow_overwrite
    )
