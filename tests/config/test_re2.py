"""RE2's expressions in Rust's syntax: what changes, and what RE2 itself refuses.

What is refused here and what is taken was compared with Envoy's answer to the same expressions.
"""

import pytest
from voyant import _engine
from voyant.config.re2 import UnsupportedRegex, to_rust

WRITTEN = [
    (r"/users/[0-9]+", r"/users/[0-9]+"),
    (r"\d\w\s", r"[0-9][0-9A-Za-z_][\t\n\f\r ]"),
    (r"\D[\d-z][^\D\W]", r"[^0-9][0-9\-z][^[^0-9][^0-9A-Za-z_]]"),
    (r"\bfoo\B", r"\bfoo\B"),
    (r"\Qa+b\E+\Qc.", r"a\+b+c\."),
    (r"\x41\x{42}\103\0\n", r"ABC\x00\x0a"),
    (r"\xe9\351\377", r"\xe9\xe9\xff"),
    (r"\C", r"(?s:(?:.))"),
    (r"(?ii)a(?i-i:b)(?s-m:c)", r"(?i)a(?-i:b)(?s-m:c)"),
    (r"\<\>\_\-\/", r"<>_\-/"),
    (r"a{,3}{b}{", r"a\{,3}\{b}\{"),
    (r"[a&&b~~]", r"[a\&\&b\~\~]"),
    (r"[!--]", r"[!-\-]"),
    (r"[-a][a-][--a]", r"[\-a][a\-][\--a]"),
    (r"[]a[][^]a]", r"[\]a\[][^\]a]"),
    (r"[[:alpha:][:^digit:]]", r"[[:alpha:][:^digit:]]"),
    (r"\p{Lu}\p{^Cc}", r"[\x41-\x5a\xc0-\xd6\xd8-\xde][^\x00-\x1f\x7f-\x9f]"),
    (r"\p{Greek}[a\P{Greek}]", r"[^\x00-\xff][a[\x00-\xff]]"),
    (r"(?P<n>a)(?<n>b)(?:c)(?i-s:d)(?U)(?)e", r"(a)(b)(?:c)(?i-s:d)(?U)e"),
    (r"a*?b+?c??d{2}?e{1,}", r"a*?b+?c??d{2}?e{1,}"),
    (r"(a{10}){100}", r"(a{10}){100}"),
    (r"^é[é]$\z", r"^\xc3\xa9[\xc3\xa9]$\z"),
]
REFUSED = [
    ("a**", "bad repetition operator"),
    ("a++", "bad repetition operator"),
    ("a+?*", "bad repetition operator"),
    ("a{2}{3}", "bad repetition operator"),
    ("a*??", "bad repetition operator"),
    ("a{1001}", "invalid repetition size: {1001}"),
    ("((a{10}){10}){11}", "invalid repetition size: {11}"),
    ("(?=a)", "invalid perl operator: (?="),
    ("(?x)a", "invalid perl operator: (?x"),
    ("(?P=n)", "invalid perl operator: (?P"),
    (r"(a)\1", r"invalid escape sequence: \1"),
    (r"\h", r"invalid escape sequence: \h"),
    (r"\u0041", r"invalid escape sequence: \u"),
    (r"\x{110000}", r"invalid escape sequence: \x"),
    ("a\\", "trailing \\"),
    (r"[\b]", r"invalid escape sequence: \b"),
    ("[z-a]", "invalid character class range: z-a"),
    ("[a--b]", "invalid character class range: a--"),
    ("[[:foo:]]", "invalid character class range: [:foo:]"),
    ("[]", "missing ]"),
    (r"\400", r"invalid escape sequence: \4"),
    (r"\x{212a}", r"invalid escape sequence: \x"),
    (r"\p{Letter}", r"invalid character class range: \p{Letter}"),
    (r"\p{greek}", r"invalid character class range: \p{greek}"),
    (r"\p{Cn}", r"invalid character class range: \p{Cn}"),
    ("(?P<é>a)", "invalid perl operator: (?P"),
]


@pytest.mark.parametrize(("pattern", "rust"), WRITTEN)
def test_written(pattern: str, rust: str) -> None:
    assert to_rust(pattern) == rust
    assert _engine.regex_error(rust) is None


@pytest.mark.parametrize(("pattern", "problem"), REFUSED)
def test_refused(pattern: str, problem: str) -> None:
    with pytest.raises(UnsupportedRegex) as refusal:
        to_rust(pattern)
    assert problem in str(refusal.value)


@pytest.mark.parametrize("pattern", ["(", ")", "a)", "*a", "a|*", "[a", "a{3,2}", r"\p{Foo}"])
def test_the_engine_refuses_the_rest(pattern: str) -> None:
    try:
        rust = to_rust(pattern)
    except UnsupportedRegex:
        return
    assert _engine.regex_error(rust) is not None


MATCHED = [
    # Expression, value, whether Envoy says that the one matches the other.
    (".", "é".encode(), False),
    ("..", "é".encode(), True),
    (r"\C\C", "é".encode(), True),
    ("[é]", b"\xc3", True),
    (r"\xe9", b"\xe9", True),
    (r"(?i)\xe9", b"\xc9", False),
    ("(?i)É", "é".encode(), False),
    ("(?i)k", "\u212a".encode(), False),
    ("(?i)K", b"k", True),
    (r"\pL", b"\xe9", True),
    (r"\pL+", "é".encode(), False),
    (r"\p{Latin}\p{Common}", "é".encode(), True),
    (r"(?i)\p{Lu}", b"a", True),
    (r"(?i)\p{Lu}", b"\xe9", False),
    (r"(?i)\P{Lu}", b"a", False),
    (r"(?i)\P{Lu}", b"\xe9", True),
    (r"[^a]", b"\xff", True),
    (r"\W\W", "é".encode(), True),
    (r"\b\xe9", b"\xe9", False),
    ("[a&&b]", b"&", True),
    ("[a--b]|a", b"-", False),
    ("a{,3}", b"a{,3}", True),
    (r"\<a\>", b"<a>", True),
    ("[[]", b"[", True),
    (r"\101\07?", b"A", True),
    (r"\Qa.b\E", b"axb", False),
    ("a$b", b"a$b", False),
    ("(?U)a+", b"aaa", True),
]


@pytest.mark.parametrize(("pattern", "value", "matches"), MATCHED)
def test_matched_as_by_envoy(pattern: str, value: bytes, matches: bool) -> None:
    try:
        rust = to_rust(pattern)
    except UnsupportedRegex:
        assert not matches
        return
    assert _engine.regex_matches(rust, value) == matches
