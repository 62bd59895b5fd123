"""Whatever is fed to the loader, it answers with a message or with `ConfigErrors`."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voyant.config import ConfigErrors, load_text
from voyant.config.at import Report, Unplaced
from voyant.config.descriptors import new
from voyant.config.load import BOOTSTRAP, check
from voyant.config.load.fill import fill
from voyant.config.load.sources import read_binary, read_text, read_text_format
from voyant.config.load.tree import Tree

GOLDENS = Path(__file__).parent.parent / "goldens" / "config" / "load"
TEXTS = [p.read_text().partition("-----\n")[0] for p in sorted(GOLDENS.glob("*.golden"))]
PIECES = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ":",
        ": ",
        "- ",
        "\n",
        "  ",
        '"',
        "'",
        "\\",
        "&a ",
        "*a",
        "!ignore ",
        "!!str ",
        "null",
        "1e999",
        "-1",
        "99999999999999999999",
        "|\n",
        "\t",
        "\x00",
        "\u2028",
        "�",
        "@type",
        "type.googleapis.com/google.protobuf.Any",
        "value",
        "name: [",
        "x" * 300,
        "[" * 5000,
        "- " * 5000,
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A real text with pieces put in, cut out or doubled."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        middle = draw(st.one_of(PIECES, st.just(""), st.just(text[start:end] * 2)))
        text = text[:start] + middle + text[end:]
    return text


@settings(max_examples=400, deadline=None)
@given(mutated(), st.booleans())
def test_text(text: str, yaml: bool) -> None:
    data = text.encode(errors="surrogatepass")
    with suppress(ConfigErrors):
        check([read_text(data, "in", BOOTSTRAP, yaml=yaml)], BOOTSTRAP)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    for read in (read_binary, read_text_format):
        with suppress(ConfigErrors):
            check([read(data, "in", BOOTSTRAP)], BOOTSTRAP)


def test_lists_in_lists_are_joined_however_deep_they_are() -> None:
    names: list[Tree] = ["a"]
    for _ in range(5000):
        names = [names]
    made = new("envoy.config.core.v3.Node")
    fill(made, {"client_features": names}, Report(Unplaced("in")).root)
    assert list(made.client_features) == ["a"]


def test_aliases_that_explode() -> None:
    lines = ["a0: &a0 {x: y}"] + [
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)
    ]
    with pytest.raises(ConfigErrors) as caught:
        load_text("\n".join(lines))
    assert "the aliases expand to too much" in str(caught.value)
