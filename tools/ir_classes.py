"""Makes `python/voyant/ir/types.py` from the schema of the Rust crate `voyant-ir`.

    python -m tools.ir_classes            # writes the file
    python -m tools.ir_classes --check    # fails when the file is stale

Structs become frozen `msgspec.Struct`s, enums of words become `Literal`s, tagged enums become
unions of structs named by the enum and the variant (`PathMatchPrefix`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "python" / "voyant" / "ir" / "types.py"
HEADER = '''"""The IR: generated from crates/ir by `python -m tools.ir_classes`; do not edit."""

from typing import Annotated, Literal

from msgspec import Meta, Struct
'''
WIDTH = 100


def read_schema() -> Schema:
    """The schema, from the crate itself."""
    command = ["cargo", "run", "-q", "-p", "voyant-ir", "--example", "schema"]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    schema: Schema = json.loads(output)
    return schema


def generate(schema: Schema) -> str:
    """The text of the module."""
    definitions: dict[str, Schema] = dict(schema["$defs"])
    definitions[schema["title"]] = schema
    parts = [HEADER]
    names: list[str] = []
    for name, definition in sorted(definitions.items()):
        text, defined = _define(name, definition)
        parts.append(text)
        names += defined
    parts.append("__all__ = [\n" + "".join(f'    "{name}",\n' for name in sorted(names)) + "]\n")
    return "\n\n".join(parts)


def _define(name: str, definition: Schema) -> tuple[str, list[str]]:
    if "oneOf" not in definition:
        if "enum" in definition:
            return _words(name, definition, definition["enum"]), [name]
        return _struct(name, definition, tag=None), [name]
    variants = definition["oneOf"]
    if all(variant["type"] == "string" for variant in variants):
        return _words(name, definition, [word for v in variants for word in _words_of(v)]), [name]
    texts, defined = [], []
    for variant in variants:
        tag = variant["properties"]["type"]["const"]
        own = name + "".join(part.capitalize() for part in tag.split("_"))
        texts.append(_struct(own, variant, tag=tag))
        defined.append(own)
    union = " | ".join(defined)
    if len(union) + len(name) + 3 > WIDTH:
        union = "(\n    " + "\n    | ".join(defined) + "\n)"
    alias = f"{name} = {union}\n" + _doc(definition, "")
    return "\n\n".join([*texts, alias]), [*defined, name]


def _words_of(variant: Schema) -> list[str]:
    return [variant["const"]] if "const" in variant else list(variant["enum"])


def _words(name: str, definition: Schema, words: list[str]) -> str:
    line = f"{name} = Literal[{', '.join(json.dumps(word) for word in words)}]"
    if len(line) > WIDTH:
        inner = "".join(f"    {json.dumps(word)},\n" for word in words)
        line = f"{name} = Literal[\n{inner}]"
    return f"{line}\n{_doc(definition, '')}"


def _struct(name: str, definition: Schema, tag: str | None) -> str:
    options = "frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False"
    if tag is not None:
        options += f', tag_field="type", tag="{tag}"'
    line = f"class {name}(Struct, {options}):"
    if len(line) > WIDTH:
        line = (
            f"class {name}(\n    Struct,\n"
            + "".join(f"    {option},\n" for option in options.split(", "))
            + "):"
        )
    lines = [line]
    doc = _doc(definition, "    ") or '    """One of several; see the union."""\n'
    lines.append(doc)
    for field, shape in definition.get("properties", {}).items():
        if tag is not None and field == "type":
            continue
        lines.append(f"    {field}: {_type(shape)}")
        if "description" in shape:
            lines.append(_doc(shape, "    ").rstrip("\n"))
    return "\n".join(lines).rstrip("\n") + "\n"


def _doc(definition: Schema, indent: str) -> str:
    text = " ".join(definition.get("description", "").split())
    if not text:
        return ""
    whole = f'{indent}"""{text}"""'
    if len(whole) <= WIDTH:
        return whole + "\n"
    lines = textwrap.wrap(text, WIDTH - len(indent) - 3)
    body = f"\n{indent}".join(lines)
    return f'{indent}"""{body}\n{indent}"""\n'


def _type(shape: Schema) -> str:
    if "$ref" in shape:
        return f'"{shape["$ref"].rpartition("/")[2]}"'
    if "anyOf" in shape:
        inner = next(each for each in shape["anyOf"] if each.get("type") != "null")
        return f'"{_type(inner).strip(chr(34))} | None"'
    kind = shape["type"]
    if isinstance(kind, list):
        inner = next(each for each in kind if each != "null")
        optional = f"{_type({**shape, 'type': inner})} | None"
        return f'"{optional.replace(chr(34), "")}"' if chr(34) in optional else optional
    if kind == "array":
        return _array(shape)
    if kind == "integer":
        return _integer(shape)
    return {"string": "str", "boolean": "bool", "number": "float"}[kind]


def _array(shape: Schema) -> str:
    if "minItems" in shape:
        inner = _type(shape["items"]).strip('"')
        return f'"tuple[{", ".join([inner] * shape["minItems"])}]"'
    inner = _type(shape["items"])
    return f'"list[{inner.strip(chr(34))}]"' if inner.startswith('"') else f"list[{inner}]"


def _integer(shape: Schema) -> str:
    bits = int(shape["format"].lstrip("uint"))
    low, high = (
        (0, 2**bits - 1)
        if shape["format"].startswith("u")
        else (
            -(2 ** (bits - 1)),
            2 ** (bits - 1) - 1,
        )
    )
    # msgspec takes bounds of 64 bits with a sign; Rust checks the last one itself.
    high = min(high, 2**63 - 1)
    return f"Annotated[int, Meta(ge={low}, le={high})]"


def main() -> int:
    """Writes or checks the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    wanted = generate(read_schema())
    if parser.parse_args().check:
        if TARGET.read_text() != wanted:
            print(f"{TARGET} is stale: run python -m tools.ir_classes", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
