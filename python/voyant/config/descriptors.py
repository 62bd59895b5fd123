"""Envoy's API as message classes, made at run time from the descriptors in the package.

The pool is private: nothing here touches protobuf's default pool, so this package and others that
bring Envoy's or Google's generated modules do not meet. A file is added to the pool when a name in
it is first asked for, after the files that it imports. `envoy_api.txt` says what the descriptors
were made from.
"""

import json
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, OneofDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message

Proto: TypeAlias = Any
"""A protobuf message of a class made at run time: its fields are not known to a type checker."""

TYPE_URL_PREFIX = "type.googleapis.com/"


class _Files:
    """The packed descriptor set: an index and the bytes of each file."""

    def __init__(self, packed: bytes) -> None:
        data = zlib.decompress(packed)
        start = 4 + int.from_bytes(data[:4], "big")
        index = json.loads(data[4:start])
        self.names: dict[str, int] = index["names"]
        self._entries: list[tuple[str, int, int, list[int]]] = index["files"]
        self._data = memoryview(data)[start:]
        self._added: set[int] = set()
        self.pool = DescriptorPool()

    def add(self, number: int) -> None:
        """Adds a file and all that it imports to the pool."""
        if number in self._added:
            return
        self._added.add(number)
        _, at, size, imports = self._entries[number]
        for each in imports:
            self.add(each)
        self.pool.AddSerializedFile(bytes(self._data[at : at + size]))

    def file_of(self, full_name: str) -> int | None:
        """The file that declares a top-level name or the one that a nested name is in."""
        name = full_name
        while name:
            number = self.names.get(name)
            if number is not None:
                return number
            name = name.rpartition(".")[0]
        return None


@cache
def _files() -> _Files:
    return _Files(Path(__file__).with_name("envoy_api.bin").read_bytes())


@cache
def descriptor(full_name: str) -> Descriptor | None:
    """The descriptor of a message, or None if Envoy's API has none of that name."""
    files = _files()
    number = files.file_of(full_name)
    if number is None:
        return None
    files.add(number)
    try:
        return files.pool.FindMessageTypeByName(full_name)
    except KeyError:
        return None


@cache
def message_class(full_name: str) -> type[Message]:
    """The class of a message; raises KeyError for a name that Envoy's API does not have."""
    found = descriptor(full_name)
    if found is None:
        raise KeyError(full_name)
    return message_factory.GetMessageClass(found)


def new(full_name: str) -> Proto:
    """An empty message."""
    return message_class(full_name)()


def type_names() -> Iterator[str]:
    """The full names of all top-level messages and enums."""
    return iter(_files().names)


def pool() -> DescriptorPool:
    """The pool with every file in it, for protobuf's own readers and printers."""
    files = _files()
    for number in set(files.names.values()):
        files.add(number)
    return files.pool


@cache
def _options_class(name: str) -> type[Message]:
    for extension in ("validate.rules", "envoy.annotations.disallowed_by_default"):
        number = _files().file_of(extension)
        if number is not None:
            _files().add(number)
    return message_class(f"google.protobuf.{name}")


@cache
def _extension(name: str) -> FieldDescriptor:
    number = _files().file_of(name)
    if number is None:
        raise KeyError(name)
    _files().add(number)
    return _files().pool.FindExtensionByName(name)


Described: TypeAlias = FieldDescriptor | OneofDescriptor | Descriptor
_OPTIONS = {
    FieldDescriptor: "FieldOptions",
    OneofDescriptor: "OneofOptions",
    Descriptor: "MessageOptions",
}


def option(of: Described, extension: str) -> Proto | None:
    """The value of a custom option such as `validate.rules`, or None where it is not set.

    `GetOptions()` answers in the default pool's class, which does not know the private extensions:
    the bytes are read again with the private class.
    """
    data = of.GetOptions().SerializeToString()
    if not data:
        return None
    kind = next(name for type_, name in _OPTIONS.items() if isinstance(of, type_))
    options: Proto = _options_class(kind).FromString(data)
    field = _extension(extension)
    return options.Extensions[field] if options.HasExtension(field) else None


def enum_option(of: EnumDescriptor, number: int, extension: str) -> Proto | None:
    """A custom option of one value of an enum, or None."""
    data = of.values_by_number[number].GetOptions().SerializeToString()
    if not data:
        return None
    options: Proto = _options_class("EnumValueOptions").FromString(data)
    field = _extension(extension)
    return options.Extensions[field] if options.HasExtension(field) else None


def message_of(field: FieldDescriptor) -> Descriptor:
    """The message that a field holds; only for fields that hold one."""
    held = field.message_type
    if held is None:
        raise TypeError(f"{field.full_name} does not hold a message")
    return held


def is_map(field: FieldDescriptor) -> bool:
    """Whether a field is a map."""
    entry = field.message_type
    return field.is_repeated and entry is not None and bool(entry.GetOptions().map_entry)
