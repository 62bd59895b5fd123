"""One source of configuration into a message: YAML, JSON, binary or text protobuf.

Which of them a file is, its name's end says, as for Envoy: `.yaml` and `.yml`, `.pb`, `.pb_text`,
and JSON for all else.
"""

from collections.abc import Iterator
from pathlib import Path

from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from voyant.config.at import Report, Source, Unplaced
from voyant.config.descriptors import Proto, is_map, new, pool
from voyant.config.errors import ConfigError, ConfigWarning, Place
from voyant.config.load.fill import fill
from voyant.config.load.places import Text
from voyant.config.load.tree import Duplicate, Malformed, Node, Tree, kind
from voyant.config.load.yaml_lines import read_lines


class Part:
    """A message read from one source, and what was found while reading it."""

    def __init__(self, message: Proto, source: Source, *, allow_unknown: bool = False) -> None:
        self.message = message
        self.source = source
        self.report = Report(source, allow_unknown=allow_unknown)

    def refuse(self, line: int, column: int, message: str) -> None:
        """Adds an error that has a place but no path."""
        self.report.errors.append(ConfigError(Place(self.source.file, line, column), "", message))

    def warn_of(self, duplicates: list[Duplicate]) -> None:
        """Adds a warning for each key given twice."""
        for line, column, key in duplicates:
            place = Place(self.source.file, line, column)
            problem = f"{key!r} was given before in this mapping: only this last one counts"
            self.report.add([ConfigWarning(place, "", problem)])


def read_file(
    path: Path, full_name: str, shown: str | None = None, *, allow_unknown: bool = False
) -> Part:
    """Reads a file into a message of the given name."""
    file = str(path) if shown is None else shown
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        part = Part(new(full_name), Unplaced(file))
        part.refuse(0, 0, f"the file cannot be read: {reason}")
        return part
    match path.suffix.lower():
        case ".pb":
            return read_binary(data, file, full_name, allow_unknown=allow_unknown)
        case ".pb_text":
            return read_text_format(data, file, full_name)
        case ".yaml" | ".yml":
            return read_text(data, file, full_name, yaml=True, allow_unknown=allow_unknown)
        case _:
            return read_text(data, file, full_name, yaml=False, allow_unknown=allow_unknown)


def read_text(
    data: bytes, file: str, full_name: str, *, yaml: bool, allow_unknown: bool = False
) -> Part:
    """Reads YAML or JSON."""
    message = new(full_name)
    try:
        text = data.decode("utf-8-sig" if yaml else "utf-8")
    except UnicodeDecodeError as problem:
        part = Part(message, Unplaced(file))
        line = data.count(b"\n", 0, problem.start) + 1
        column = problem.start - data.rfind(b"\n", 0, problem.start)
        part.refuse(line, column, "this is not UTF-8 text")
        return part
    nodes = _yaml_nodes if yaml else _json_nodes
    part = Part(message, Text(file, text, nodes), allow_unknown=allow_unknown)
    try:
        tree, duplicates = (_read_yaml if yaml else _read_json)(text)
    except Malformed as bad:
        part.refuse(bad.line, bad.column, bad.message)
        return part
    part.warn_of(duplicates)
    if isinstance(tree, dict):
        fill(message, tree, part.report.root)
    elif tree is None:
        part.refuse(1, 1, "the document is empty; expected a mapping")
    else:
        part.refuse(1, 1, f"{kind(tree)} is not a configuration; expected a mapping")
    return part


def _read_yaml(text: str) -> tuple[Tree, list[Duplicate]]:
    quickly = read_lines(text)
    if quickly is not None:
        return quickly, []
    # Not imported before it is needed: most starts do without libyaml.
    from voyant.config.load.yaml_text import read_yaml

    return read_yaml(text)


def _read_json(text: str) -> tuple[Tree, list[Duplicate]]:
    from voyant.config.load.json_text import read_json

    return read_json(text)


def _json_nodes(text: str) -> Node:
    from voyant.config.load.json_text import json_nodes

    return json_nodes(text)


def _yaml_nodes(text: str) -> Node:
    from voyant.config.load.yaml_text import yaml_nodes

    return yaml_nodes(text)


def read_binary(data: bytes, file: str, full_name: str, *, allow_unknown: bool = False) -> Part:
    """Reads binary protobuf; unknown fields are refused unless they are allowed."""
    part = Part(new(full_name), Unplaced(file), allow_unknown=allow_unknown)
    try:
        part.message.MergeFromString(data)
    except DecodeError:
        part.refuse(0, 0, f"this is not a serialised {full_name}")
        return part
    unknown = unknown_fields(part.message)
    if unknown and allow_unknown:
        part.report.root.warn(f"unknown fields: {', '.join(unknown)}")
    elif unknown:
        part.refuse(0, 0, f"unknown fields: {', '.join(unknown)}")
    return part


def read_text_format(data: bytes, file: str, full_name: str) -> Part:
    """Reads protobuf's text format."""
    # Not imported before it is needed, as the readers of JSON.
    from google.protobuf import text_format

    part = Part(new(full_name), Unplaced(file))
    try:
        text_format.Parse(data.decode(), part.message, descriptor_pool=pool())
    except text_format.ParseError as problem:
        words = str(problem).partition(" : ")[2] or str(problem)
        part.refuse(problem.GetLine() or 0, problem.GetColumn() or 0, words)
    except UnicodeDecodeError:
        part.refuse(0, 0, "this is not UTF-8 text")
    return part


def unknown_fields(message: Proto, path: str = "") -> list[str]:
    """The numbers of fields that a message's type does not have, with their paths."""
    found = [f"{path}#{unknown.field_number}" for unknown in _unknown_set(message)]
    for field, value in message.ListFields():
        inner = f"{path}{field.name}."
        if field.message_type is None:
            continue
        if is_map(field):
            if field.message_type.fields_by_name["value"].message_type is not None:
                for key in value:
                    found += unknown_fields(value[key], f"{inner}{key}.")
        elif field.is_repeated:
            for item in value:
                found += unknown_fields(item, inner)
        else:
            found += unknown_fields(value, inner)
    return found


def _unknown_set(message: Proto) -> Iterator[Proto]:
    # The type stubs do not know that the set is iterable.
    unknown: Proto = UnknownFieldSet(message)
    return iter(unknown)
