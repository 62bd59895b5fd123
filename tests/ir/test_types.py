"""Python's IR is what the schema of the compiled engine makes of it, and nothing else."""

import json

from voyant import _engine

from tools.ir_classes import TARGET, generate


def test_the_generated_classes_are_not_stale() -> None:
    wanted = generate(json.loads(_engine.schema()))
    assert TARGET.read_text() == wanted, "run `python -m tools.ir_classes`"


def test_a_field_that_only_rust_has_shows() -> None:
    schema = json.loads(_engine.schema())
    schema["$defs"]["Server"]["properties"]["patience_ms"] = {"type": "integer", "format": "uint64"}
    schema["$defs"]["Server"]["required"].append("patience_ms")
    assert "    patience_ms: " in generate(schema)
