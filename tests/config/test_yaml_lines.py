"""The line reader agrees with libyaml on whatever it does not give up on."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from voyant.config.load.tree import Malformed, Tree
from voyant.config.load.yaml_lines import read_lines
from voyant.config.load.yaml_text import read_yaml

WORDS = st.sampled_from(
    [
        "a",
        "b",
        "name",
        "yes",
        "012",
        "0x1F",
        "1.5",
        "~",
        "null",
        "x y",
        "a:b",
        "a#b",
        "-1",
        "- a",
        "/",
        "a: b",
        "a #b",
        "{a: b}",
        "[a, 'b']",
        "{}",
        "[]",
        '"q"',
        "'s'",
        '"a\\n"',
        "*x",
        "&x 1",
        "!t 1",
        "|",
        ">-",
        "",
        " ",
        "é",
        "{a: {b: [1, 2]}, c: d}",
        "{a}",
        "[a b]",
        "{a: b, a: c}",
        "127.0.0.1",
        "a:",
        "?",
        "@x",
        "%y",
        "---",
        "...",
        "# c",
        "a,b",
        "]",
        "{a: }",
        "10.0.0.0/8",
        "::1",
        "-",
        "--",
    ]
)
KEYS = st.sampled_from(
    ["a", "b", "c", "name", '"@type"', "'k'", "<<", "x.y/z", "1", "yes", "@x", "a b"]
)
LINES = st.builds(
    lambda indent, dashes, key, value, end: f"{' ' * indent}{dashes}{key}{value}{end}",
    st.integers(0, 6),
    st.sampled_from(["", "", "", "- ", "-  ", "- - ", "-"]),
    st.one_of(KEYS.map(lambda k: f"{k}: "), KEYS.map(lambda k: f"{k}:"), st.just("")),
    WORDS,
    st.sampled_from(["", "", "", " ", "  # c", "\r", "\t"]),
)
TREES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-9, 999), st.sampled_from(["a", "b c", "/x", ""])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["a", "b", "name", "@type"]), inner, max_size=4),
    ),
    max_leaves=20,
)


def slowly(text: str) -> Tree:
    """What libyaml gives, or a value that equals nothing."""
    try:
        tree, duplicates = read_yaml(text)
    except Malformed:
        return float("nan")
    return float("nan") if duplicates else tree


def block(tree: Tree, indent: int, compact: bool) -> str:
    """A value in block style."""
    pad = " " * indent
    if isinstance(tree, dict) and tree:
        return "".join(
            pad + f'"{key}":' + after(each, indent, compact) for key, each in tree.items()
        )
    if isinstance(tree, list) and tree:
        return "".join(pad + item(each, indent, compact) for each in tree)
    return pad + scalar(tree) + "\n"


def item(tree: Tree, indent: int, compact: bool) -> str:
    """An item of a list, after its indent."""
    return "- " + block(tree, indent + 2, compact).lstrip(" ")


def after(tree: Tree, indent: int, compact: bool) -> str:
    """The value after a key's colon."""
    if isinstance(tree, list) and tree:
        return "\n" + block(tree, indent if compact else indent + 2, compact)
    if isinstance(tree, dict) and tree:
        return "\n" + block(tree, indent + 2, compact)
    return f" {scalar(tree)}\n"


def scalar(tree: Tree) -> str:
    """What has no block style."""
    if tree is None:
        return "null"
    if isinstance(tree, bool):
        return "yes" if tree else "no"
    if isinstance(tree, str):
        return f'"{tree}"'
    return str(tree)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), TREES, min_size=1), st.booleans())
def test_reads_block_style(tree: dict[str, Tree], compact: bool) -> None:
    text = block(tree, 0, compact)
    assert slowly(text) == tree
    assert read_lines(text) == tree


@settings(max_examples=1000, deadline=None)
@given(st.lists(LINES, max_size=8).map("\n".join))
@example("a:\n- b\n- c: 1\n  d:\n    e: 2\nf: g")
@example("---\na: b")
@example("a: b\n  c: d")
@example("a:\n - b\n  - c")
@example("- a: 1\n- b: 2")
@example("a: b\n\n\n# c\n  # d\ne: {f: [g, 'h']}")
@example("a:\n  b:\nc:\n- \n")
@example("a: 'b'  ")
@example("a:\n- - b\n  - c\n- - d")
@example("@x: a")
@example("a: {@b: c}")
@example("a: [%b, *c, =]")
def test_never_disagrees(text: str) -> None:
    quickly = read_lines(text)
    assert quickly is None or quickly == slowly(text)
