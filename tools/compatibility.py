"""Writes docs/compatibility.md from the field audit's lists.

    python -m tools.compatibility [--check]

With `--check` nothing is written; it fails when the document is stale.
"""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import voyant.config
from voyant.config.audit import Fields, declared
from voyant.config.descriptors import descriptor

DOCUMENT = Path(__file__).parent.parent / "docs" / "compatibility.md"
HEAD = """# Compatibility with Envoy's configuration

Made by `make compatibility` from the lists that the translators check configuration against; do not
edit. A field of a message below is *read* (Voyant does what Envoy does), *taken* (it is accepted
and has no effect here, with the reason), or *not yet* (a configuration that sets it is refused,
with the field's place). A message that is not listed, and an extension of its type, is not
supported yet.
"""
SUMMARY = "| message | read | taken | not yet |\n|---|---|---|---|\n"


def import_translators() -> None:
    """Imports all of `voyant.config`, so that every declaration is made."""
    for module in pkgutil.walk_packages(voyant.config.__path__, "voyant.config."):
        importlib.import_module(module.name)


def document(all_fields: list[Fields]) -> str:
    """The text of the document."""
    rows = "".join(summary(fields) for fields in all_fields)
    return HEAD + "\n" + SUMMARY + rows + "".join(section(fields) for fields in all_fields)


def title(fields: Fields) -> str:
    """A message and, where it is used in several ways, the use."""
    return f"{fields.full_name} ({fields.where})" if fields.where else fields.full_name


def summary(fields: Fields) -> str:
    """One line of the table."""
    counts = (len(fields.reads), len(fields.no_effect), len(fields.unsupported))
    return f"| {title(fields)} | {' | '.join(map(str, counts))} |\n"


def section(fields: Fields) -> str:
    """One message."""
    return f"\n## {title(fields)}\n" + "".join(f"{line}\n" for line in lines(fields))


def lines(fields: Fields) -> Iterator[str]:
    """The three lists, in the order of the message's fields."""
    found = descriptor(fields.full_name)
    names = [field.name for field in found.fields] if found is not None else []
    reads = [f"`{name}`" for name in names if name in fields.reads]
    if reads:
        yield f"- read: {', '.join(reads)}"
    for name in names:
        if name in fields.no_effect:
            yield f"- taken: `{name}`: {fields.no_effect[name]}"
    missing = [f"`{name}`" for name in names if name in fields.unsupported]
    if missing:
        yield f"- not yet: {', '.join(missing)}"


def main() -> int:
    """Writes the document, or checks it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="fail if the document is stale")
    args = parser.parse_args()
    import_translators()
    text = document(declared())
    if not args.check:
        DOCUMENT.write_text(text)
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_text() == text:
        return 0
    print("docs/compatibility.md is stale: run `make compatibility`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
