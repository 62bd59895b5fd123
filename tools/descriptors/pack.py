"""Packs a FileDescriptorSet for the package: an index in front, so that files load when needed.

The result, `envoy_api.bin`, is zlib over: the length of the index (4 bytes, big-endian), the index
(JSON: each file's name, place, length and imports; each top-level name's file), the files' bytes.
A set is one repeated field of messages, so it is cut up here by hand, without a protobuf library.
`envoy_api.txt` beside it records what the set was made from.
"""

import hashlib
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at` and the place after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each length-delimited field of a message with its number; others are passed over."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 2:
            size, at = varint(data, at)
            yield tag >> 3, data[at : at + size]
            at += size
        elif tag & 7 == 0:
            _, at = varint(data, at)
        else:
            raise ValueError(f"wire type {tag & 7} in a file descriptor")


def describe(file: bytes) -> tuple[str, str, list[str], list[str]]:
    """A file's name, package, imports and top-level names (messages, enums, extensions)."""
    name = package = ""
    imports: list[str] = []
    names: list[str] = []
    for number, value in fields(file):
        if number == 1:
            name = value.decode()
        elif number == 2:
            package = value.decode()
        elif number == 3:
            imports.append(value.decode())
        elif number in (4, 5, 7):
            names.append(next(v.decode() for n, v in fields(value) if n == 1))
    return name, package, imports, names


def pack(files: list[bytes]) -> bytes:
    """The bytes of `envoy_api.bin`."""
    entries: list[tuple[str, int, int, list[int]]] = []
    names: dict[str, int] = {}
    numbers: dict[str, int] = {}
    at = 0
    for number, file in enumerate(files):
        name, package, imports, top = describe(file)
        numbers[name] = number
        entries.append((name, at, len(file), [numbers[i] for i in imports]))
        names.update({f"{package}.{each}": number for each in top})
        at += len(file)
    index = json.dumps({"files": entries, "names": names}, separators=(",", ":")).encode()
    return zlib.compress(len(index).to_bytes(4, "big") + index + b"".join(files), 9)


def main() -> None:
    """Usage: pack.py DESCRIPTOR_SET MODULES OUT_FOLDER"""
    source, modules, out = (Path(arg) for arg in sys.argv[1:])
    data = source.read_bytes()
    files = [value for _, value in fields(data)]
    packed = pack(files)
    (out / "envoy_api.bin").write_bytes(packed)
    record = [
        "envoy_api.bin holds the descriptors of Envoy's API. `make descriptors` makes it from",
        "these Go modules (tools/descriptors/go.mod):",
        "",
        *modules.read_text().splitlines(),
        "",
        f"files: {len(files)}",
        f"bytes: {len(data)}, packed {len(packed)}",
        f"sha256 of the set: {hashlib.sha256(data).hexdigest()}",
    ]
    (out / "envoy_api.txt").write_text("\n".join(record) + "\n")


if __name__ == "__main__":
    main()
