"""Several sources merged into one message, as protobuf merges: the later over the earlier.

Scalars of the later source replace, messages merge, lists are appended, a map's value is replaced
whole. A path in the result is led back to the source that it came from.
"""

import re
from collections.abc import Sequence

from voyant.config.at import Source, Step
from voyant.config.descriptors import Proto, is_map
from voyant.config.errors import Place
from voyant.config.load.sources import Part


class Merged:
    """The sources of a merged message."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = [(part.message, part.source) for part in parts]
        self.file = parts[0].source.file

    def locate(self, steps: list[Step], key: bool) -> Place:
        """The place in the source that gave what a path leads to."""
        here = self._parts
        own: list[Step] = []
        for number, (name, index) in enumerate(steps):
            found = _narrow(here, name, index)
            if found is None:
                own += steps[number:]
                break
            here, step = found
            own.append(step)
        return here[-1][1].locate(own, key)


_Parts = list[tuple[Proto, Source]]


def _narrow(parts: _Parts, name: str, index: int | str | None) -> tuple[_Parts, Step] | None:
    """The parts that a step leads into, and the step in them; None if it leads nowhere."""
    field = parts[0][0].DESCRIPTOR.fields_by_name.get(name)
    if field is None:
        return None
    if isinstance(index, int) and not is_map(field):
        for message, source in parts:
            values = getattr(message, name)
            if index < len(values):
                item = values[index] if field.message_type is not None else message
                return [(item, source)], (name, index)
            index -= len(values)
        return None
    if isinstance(index, str):
        with_key = [part for part in parts if index in _keys(part[0], name)]
        if not with_key:
            return None
        return with_key[-1:], (name, index)
    with_field = [part for part in parts if any(f.name == name for f, _ in part[0].ListFields())]
    if not with_field:
        return None
    if field.message_type is not None and not field.is_repeated:
        return [(getattr(m, name), s) for m, s in with_field], (name, None)
    return with_field[-1:], (name, None)


def _keys(message: Proto, name: str) -> set[str]:
    return {str(key) for key in getattr(message, name)}


def merge(parts: Sequence[Part], into: Proto) -> None:
    """Merges the messages of all parts, in their order."""
    for part in parts:
        into.MergeFrom(part.message)


def unread_after(parts: Sequence[Part]) -> set[str]:
    """The paths of errors in the parts, as they are in the merged message."""
    return {
        _merged_path(error.path, parts[:number])
        for number, part in enumerate(parts)
        for error in part.report.errors
    }


def _merged_path(path: str, earlier: Sequence[Part]) -> str:
    """What is in a list comes after the items of the parts before; lists within move with it."""
    outermost = re.match(r"([\w.]+)\[(\d+)\]", path)
    if outermost is None:
        return path
    names, index = outermost[1], int(outermost[2])
    index += sum(_length(part.message, names.split(".")) for part in earlier)
    return f"{names}[{index}]{path[outermost.end() :]}"


def _length(message: Proto, names: Sequence[str]) -> int:
    """How many items a list has."""
    for name in names:
        if name not in message.DESCRIPTOR.fields_by_name:
            # Within a typed message, which is replaced and not merged.
            return 0
        message = getattr(message, name)
    return len(message)
