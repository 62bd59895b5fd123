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
    (r"\bfoo\B", r"(?-u:\b)foo(?-u:\B)"),
    (r"\Qa+b\E+\Qc.", r"a\+b+c\."),
    (r"\x41\x{42}\103\0\n", r"ABC\x{0}\x{a}"),
    (r"\<\>\_\-\/", r"<>_\-/"),
    (r"a{,3}{b}{", r"a\{,3}\{b}\{"),
    (r"[a&&b~~]", r"[a\&\&b\~\~]"),
    (r"[!--]", r"[!-\-]"),
    (r"[-a][a-][--a]", r"[\-a][a\-][\--a]"),
    (r"[]a[][^]a]", r"[\]a\[][^\]a]"),
    (r"[[:alpha:][:^digit:]]", r"[[:alpha:][:^digit:]]"),
    (r"\pL\p{Greek}\p{^Greek}\P{^Greek}\PN", r"\p{L}\p{Greek}\P{Greek}\p{Greek}\P{N}"),
    (r"(?P<n>a)(?<n>b)(?:c)(?i-s:d)(?U)(?)e", r"(a)(b)(?:c)(?i-s:d)(?U)e"),
    (r"a*?b+?c??d{2}?e{1,}", r"a*?b+?c??d{2}?e{1,}"),
    (r"(a{10}){100}", r"(a{10}){100}"),
    (r"^é[à-ü]$\z", r"^é[à-ü]$\z"),
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
    (r"a\C", "not supported yet"),
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
