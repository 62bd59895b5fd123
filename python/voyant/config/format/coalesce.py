"""`COALESCE`: operators in JSON, of which the first that has a value counts."""

import json
from collections.abc import Callable

from voyant import ir
from voyant.config.format.wrong import Wrong

Make = Callable[[str, str, int | None], ir.Operator]
_LONGEST_CUT = 2**32 - 1
_EXPECTED = '{"operators": ["NAME", {"command": "NAME", "param": "arguments", "max_length": 9}]}'


def coalesce(args: str, make: Make) -> ir.Operator:
    """The operator; `make` makes the operators in it."""
    try:
        read = json.loads(args)
    except (ValueError, RecursionError) as error:
        raise Wrong(
            "COALESCE: failed to parse JSON configuration: JSON supplied is not valid. "
            f"Error({error})",
            expected=_EXPECTED,
        ) from None
    if not isinstance(read, dict) or "operators" not in read:
        text = "COALESCE: JSON configuration must contain 'operators' array"
        raise Wrong(text, expected=_EXPECTED)
    entries = read["operators"]
    if not isinstance(entries, list):
        raise Wrong("COALESCE: 'operators' must be an array", expected=_EXPECTED)
    if not entries:
        raise Wrong("COALESCE: 'operators' array must not be empty", expected=_EXPECTED)
    return ir.OperatorCoalesce(operators=[_entry(e, i, make) for i, e in enumerate(entries)])


def _entry(entry: object, index: int, make: Make) -> ir.CoalesceOperator:
    try:
        if isinstance(entry, str):
            return ir.CoalesceOperator(operator=make(entry, "", None), max_length=None)
        if not isinstance(entry, dict):
            raise Wrong(
                "operator entry must be either a string (command name) or an object with "
                "'command' field"
            )
        command, param, length = _parts(entry)
        made = make(command, param, length)
    except Wrong as wrong:
        text = f"COALESCE: failed to parse operator at index {index}: {wrong}"
        raise Wrong(text, wrong.expected, wrong.hint) from None
    cut = None if length is None else min(length, _LONGEST_CUT)
    return ir.CoalesceOperator(operator=made, max_length=cut)


def _parts(entry: dict[str, object]) -> tuple[str, str, int | None]:
    command, param, length = entry.get("command"), entry.get("param", ""), entry.get("max_length")
    if not isinstance(command, str):
        raise Wrong("operator object must have 'command' field")
    if not isinstance(param, str):
        raise Wrong("'param' field must be a string")
    if "max_length" in entry and (not isinstance(length, int) or isinstance(length, bool)):
        raise Wrong("'max_length' field must be an integer")
    if isinstance(length, int) and length <= 0:
        raise Wrong("'max_length' must be a positive integer")
    return command, param, length if isinstance(length, int) else None
