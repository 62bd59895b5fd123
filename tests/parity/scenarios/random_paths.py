"""Paths drawn by chance, through each way to normalise them."""

from random import Random

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Answered, Send, Step

_PARTS = (
    *("/", "/", "/", "//", ".", "..", "/.", "/..", "/./", "/../", "%", "%2", "%2e", "%2E.", "%2f"),
    *("%2F", "%5c", "%5C", "\\", "a", "b.c", "%41", "%7e", "%00", "%01", "%30", "%zz", "%%", "%25"),
    *(
        ";",
        ";x=y",
        "..;",
        "?",
        "?/../",
        "{",
        "|",
        "^",
        "[",
        "'",
        '"',
        "~",
        "$&",
        "+",
        "%c3%a9",
        "30",
    ),
)
_BOTH = "normalize_path: true, merge_slashes: true"
_LISTENERS = {
    "normal": "normalize_path: true",
    "merge": "normalize_path: false, merge_slashes: true",
    "both": _BOTH,
    "reject": f"{_BOTH}, path_with_escaped_slashes_action: REJECT_REQUEST",
    "redirect": f"{_BOTH}, path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT",
    "forward": "normalize_path: true, path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD",
}
_CASES = 3
_PATHS = 24


def _steps(chance: Random) -> list[Step | bytes]:
    """Each on a connection of its own, which some of the refusals end."""
    steps: list[Step | bytes] = []
    for number in range(_PATHS):
        path = "/" + "".join(chance.choices(_PARTS, k=chance.randint(1, 9)))
        steps += [Send(get(path), f"c{number}"), Answered(1, f"c{number}")]
    return steps


GROUP = Group(
    bootstrap(
        [
            http(
                name,
                hcm=f"{{{fields}}}",
                plain=True,
                routes="[{match: {prefix: /}, direct_response: "
                "{status: 200, body: {inline_string: ''}}, response_headers_to_add: "
                "[{header: {key: path, value: '%REQ(:PATH)%'}}]}]",
            )
            for name, fields in _LISTENERS.items()
        ],
        [cluster()],
    ),
    [
        Case(f"{listener}_{number}", _steps(Random(f"{listener} {number}")), listener=listener)
        for listener in _LISTENERS
        for number in range(_CASES)
    ],
)
