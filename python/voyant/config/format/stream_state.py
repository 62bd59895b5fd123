"""Operators on metadata and on filter state."""

from collections.abc import Callable

from voyant import ir
from voyant.config.format.wrong import Wrong

_SOURCES: dict[str, ir.MetadataSource] = {
    "DYNAMIC": "dynamic",
    "CLUSTER": "cluster",
    "ROUTE": "route",
    "UPSTREAM_HOST": "upstream_host",
    "LISTENER": "listener",
    "VIRTUAL_HOST": "virtual_host",
    "LISTENER_FILTER_CHAIN": "listener_filter_chain",
}
_FORMS = "PLAIN/TYPED/FIELD"


def metadata(args: str) -> ir.Operator:
    """`METADATA(TYPE:namespace:key:...)`."""
    kind, _, rest = args.partition(":")
    source = _SOURCES.get(kind)
    if source is None:
        raise Wrong(f"{kind} is not supported type of metadata", expected=", ".join(_SOURCES))
    return _metadata(source, rest)


def metadata_of(source: ir.MetadataSource) -> Callable[[str], ir.Operator]:
    """`DYNAMIC_METADATA(namespace:key:...)` and its like."""
    return lambda args: _metadata(source, args)


def _metadata(source: ir.MetadataSource, args: str) -> ir.Operator:
    namespace, *path = args.split(":")
    return ir.OperatorMetadata(source=source, namespace=namespace, path=path)


def filter_state(args: str, *, upstream: bool) -> ir.Operator:
    """`FILTER_STATE(name)`, with `:PLAIN`, `:TYPED` or `:FIELD:field` after the name."""
    name, *rest = args.split(":")
    if not name:
        raise Wrong(
            "Invalid filter state configuration, key cannot be empty.",
            expected=f"(NAME:{_FORMS})",
        )
    return ir.OperatorFilterState(upstream=upstream, name=name, form=_form(rest))


def _form(rest: list[str]) -> ir.FilterStateForm:
    kind = rest[0] if rest else "TYPED"
    field = rest[1] if len(rest) > 1 else ""
    if kind not in ("PLAIN", "TYPED", "FIELD"):
        raise Wrong(f"Invalid filter state serialize type, only support {_FORMS}.")
    if (kind == "FIELD") != bool(field):
        raise Wrong(
            "Invalid filter state serialize type, FIELD should be used with the field name.",
            expected="(NAME:FIELD:FIELD_NAME)",
        )
    if kind == "FIELD":
        return ir.FilterStateFormField(name=field)
    return ir.FilterStateFormPlain() if kind == "PLAIN" else ir.FilterStateFormTyped()
