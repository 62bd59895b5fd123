"""Runtime layers, flattened to dotted keys as Envoy flattens them.

Values are text as Envoy prints them; a fraction is a message in text form.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from voyant import ir, runtime_files
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

LAYERED_RUNTIME = Fields("envoy.config.bootstrap.v3.LayeredRuntime", reads={"layers"})
LAYER = Fields(
    "envoy.config.bootstrap.v3.RuntimeLayer",
    reads={"name", "static_layer", "disk_layer", "admin_layer"},
    unsupported={"rtds_layer"},
)
DISK_LAYER = Fields(
    "envoy.config.bootstrap.v3.RuntimeLayer.DiskLayer",
    reads={"symlink_root", "subdirectory", "append_service_cluster"},
)
ADMIN_LAYER = Fields("envoy.config.bootstrap.v3.RuntimeLayer.AdminLayer", reads=())

Source = tuple[str, bool, str, str, list[tuple[str, str]]]
"""A layer: name, whether it is the operator's, `symlink_root` and directory of one in files, and
its values."""
Runtime = Mapping[str, str]
"""The value that holds for each key."""
_POINT = re.compile(r"^( *number_value: -?\d+)\.0$", re.MULTILINE)
# Keys that change what Envoy does, but nothing here.
_NOT_READ = (
    "health_check.",
    "outlier_detection.",
    "overload.",
    "ratelimit.",
    "tracing.",
    "upstream.base_retry_backoff_ms",
    "upstream.use_retry",
    "upstream.weight_enabled",
    "upstream.zone_routing.",
)
GLOBAL_CONNECTION_LIMIT = "overload.global_downstream_max_connections"
"""How many downstream connections may be open at one time."""


class Layers(NamedTuple):
    """The layers, without those whose directory could not be read, and whether there are such."""

    found: list[ir.RuntimeLayer]
    unread: bool


def runtime_layers(bootstrap: Proto, at: At, cluster: str) -> Layers:
    """The layers; `cluster` is the service cluster that a disk layer may name its directory by."""
    there = at.field("layered_runtime")
    LAYERED_RUNTIME.check(bootstrap.layered_runtime, there)
    names: set[str] = set()
    admins = 0
    found = []
    unread = False
    for i, layer in enumerate(bootstrap.layered_runtime.layers):
        inner = there.item("layers", i)
        LAYER.check(layer, inner)
        if layer.name in names:
            inner.field("name").error(f"Duplicate layer name: {layer.name}")
        names.add(layer.name)
        admins += layer.HasField("admin_layer")
        if layer.HasField("admin_layer") and admins > 1:
            inner.field("admin_layer").error(
                "Too many admin layers specified in LayeredRuntime, at most one may be specified",
                key=True,
            )
        try:
            made = _layer(layer, inner, cluster)
        except OSError as error:
            unread = True
            # Envoy goes on without the layer, too.
            where = inner.field("disk_layer").field("symlink_root")
            where.warn(f"the layer is left out: {error.filename}: {error.strerror}")
            continue
        if made is not None:
            found.append(made)
    return Layers(found, unread)


def runtime_sources(bootstrap: Proto, snapshot: ir.Snapshot) -> list[Source]:
    """The layers for whoever follows their directories; nothing when none is in files."""
    known = {layer.name: layer.values for layer in snapshot.runtime}
    found = [
        (
            layer.name,
            layer.HasField("admin_layer"),
            layer.disk_layer.symlink_root,
            str(disk_folder(layer.disk_layer, snapshot.node.cluster)),
            [(entry.key, entry.value) for entry in known.get(layer.name, ())],
        )
        for layer in bootstrap.layered_runtime.layers
    ]
    return found if any(root for _, _, root, _, _ in found) else []


def runtime_int(runtime: Runtime, key: str, default: int) -> int:
    """A whole number that is not negative; Envoy takes no other for one."""
    value = runtime.get(key, "").partition(".")[0]
    return int(value) if value.isascii() and value.isdigit() else default


def final_values(layers: list[ir.RuntimeLayer]) -> Runtime:
    """The value that holds for each key."""
    return {entry.key: entry.value for layer in layers for entry in layer.values}


def _layer(layer: Proto, at: At, cluster: str) -> ir.RuntimeLayer | None:
    kind = layer.WhichOneof("layer_specifier")
    entries: Iterator[tuple[str, str]] = iter(())
    if kind == "static_layer":
        entries = _static(layer.static_layer, "", at.field("static_layer"))
    elif kind == "disk_layer":
        there = at.field("disk_layer")
        DISK_LAYER.check(layer.disk_layer, there)
        root = Path(layer.disk_layer.symlink_root)
        if "/" not in layer.disk_layer.symlink_root:
            problem = f"invalid file path {layer.disk_layer.symlink_root}"
            there.field("symlink_root").error(problem, expected="a path with a directory")
            return None
        if not root.parent.is_dir():
            problem = f"unable to add filesystem watch for file {root}: No such file or directory"
            there.field("symlink_root").error(problem)
        folder = disk_folder(layer.disk_layer, cluster)
        if not folder.is_dir():
            # Envoy goes on without the layer, too.
            there.warn(f"there is no layer: {folder} is no directory")
            return None
        entries = runtime_files.values(folder)
    values = dict(entries)
    return ir.RuntimeLayer(
        name=layer.name,
        admin=kind == "admin_layer",
        disk=kind == "disk_layer",
        values=[ir.RuntimeValue(key=key, value=values[key]) for key in sorted(values)],
    )


def _static(struct: Proto, prefix: str, at: At) -> Iterator[tuple[str, str]]:
    for name in struct.fields:
        value = struct.fields[name]
        key = prefix + name
        if key.startswith(_NOT_READ) and key != GLOBAL_CONNECTION_LIMIT:
            at.field(name).warn(f"the runtime key {key} has no effect yet", key=True)
        kind = value.WhichOneof("kind")
        if kind == "struct_value":
            inner = value.struct_value
            if not inner.fields or {"numerator", "denominator"} & set(inner.fields):
                yield key, _message_text(inner)
            else:
                yield from _static(inner, f"{key}.", at.field(name))
        elif kind == "string_value":
            yield key, value.string_value
        elif kind == "bool_value":
            yield key, "true" if value.bool_value else "false"
        elif kind == "number_value":
            yield key, _number(value.number_value)
        else:
            at.field(name).error(
                f"Invalid runtime entry value for {key}", expected="a number, text or a mapping"
            )


def _message_text(message: Proto) -> str:
    # Not imported before it is needed: few bootstraps have fractions in their runtime.
    from google.protobuf import text_format

    # A whole number is printed without a point by the C++ library.
    return _POINT.sub(r"\1", text_format.MessageToString(message))


def _number(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def disk_folder(layer: Proto, cluster: str) -> Path:
    """Where a disk layer is read from."""
    folder: Path = Path(layer.symlink_root) / layer.subdirectory
    return folder / cluster if layer.append_service_cluster else folder
