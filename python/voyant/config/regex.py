"""RE2's regular expressions in Rust's syntax.

The two are close relatives. What differs: RE2's classes `\\d`, `\\w`, `\\s` and the boundary `\\b`
are ASCII's, `\\Q...\\E` quotes, a repetition counts to 1,000 at most, and `\\C` matches a byte,
which Rust's expressions over text cannot.
"""

import re

from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

REGEX_MATCHER = Fields(
    "envoy.type.matcher.v3.RegexMatcher",
    reads={"regex"},
    no_effect={"google_re2": "there is one kind of expression, and its limits are fixed"},
)
REGEX_SUBSTITUTE = Fields(
    "envoy.type.matcher.v3.RegexMatchAndSubstitute", reads={"pattern", "substitution"}
)
MAX_REPEAT = 1000

_TOKEN = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)|\\(?P<escaped>.)|(?P<open>\[\^?\]?)|(?P<close>\])"
    r"|\{(?P<low>\d+)(?:,(?P<high>\d*))?\}|(?P<plain>.)",
    re.DOTALL,
)
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_NEGATED = {"D": "0-9", "W": "0-9A-Za-z_", "S": r"\t\n\f\r "}


class UnsupportedRegex(ValueError):
    """An expression that RE2 refuses or Rust cannot match."""


def to_rust(pattern: str) -> str:
    """The expression in Rust's syntax."""
    out: list[str] = []
    in_class = False
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup
        if token["quoted"] is not None:
            out.append(_quote(token["quoted"]))
        elif kind == "escaped":
            out.append(_escaped(token["escaped"], in_class))
        elif kind == "open" and not in_class:
            in_class = True
            out.append(token[0].replace("]", r"\]"))
        elif kind == "open":
            # A bracket in a class is a character, but for the start of a POSIX class.
            rest = pattern[token.start() :]
            out.append(token[0] if rest.startswith("[:") else token[0].replace("[", r"\["))
        elif kind == "close":
            in_class = False if not _in_posix(pattern, token.start(), in_class) else in_class
            out.append("]")
        elif token["low"] is not None:
            out.append(token[0] if not in_class else token[0].replace("{", r"\{"))
            _check_repeat(token)
        else:
            out.append(_plain(token[0], in_class))
    return "".join(out)


def _in_posix(pattern: str, at: int, in_class: bool) -> bool:
    return in_class and pattern[at - 1 : at] == ":" and "[:" in pattern[:at]


def _plain(character: str, in_class: bool) -> str:
    if in_class and character in "&~":
        # Rust's classes know `&&` and `~~`.
        return "\\" + character
    if not in_class and character == "{":
        return r"\{"
    return character


def _quote(text: str) -> str:
    return re.sub(r"([\\.+*?()|\[\]{}^$#&\-~])", r"\\\1", text)


def _escaped(character: str, in_class: bool) -> str:
    if character == "C":
        raise UnsupportedRegex(r"\C matches a single byte, which is not supported")
    if character in _CLASSES:
        inner = _CLASSES[character]
        return inner if in_class else f"[{inner}]"
    if character in _NEGATED:
        return f"[^{_NEGATED[character]}]"
    if character in "bB" and not in_class:
        return rf"(?-u:\{character})"
    return "\\" + character


def _check_repeat(token: re.Match[str]) -> None:
    bounds = [int(bound) for bound in (token["low"], token["high"]) if bound]
    if max(bounds) > MAX_REPEAT:
        raise UnsupportedRegex(f"the repetition {token[0]} counts beyond {MAX_REPEAT}")


def translate(pattern: str, at: At) -> str:
    """The expression in Rust's syntax; what is wrong with it is reported."""
    from voyant import _engine

    try:
        rust = to_rust(pattern)
    except UnsupportedRegex as error:
        at.error(f"invalid regular expression {pattern!r}: {error}")
        return ""
    problem = _engine.regex_error(rust)
    if problem is not None:
        # The engine draws the place of the error in several lines, the last of which names it.
        reason = problem.rpartition("error: ")[2].strip()
        at.error(f"invalid regular expression {pattern!r}: {reason}")
        return ""
    return rust


def regex(matcher: Proto, at: At) -> str:
    """The expression of a `RegexMatcher`."""
    REGEX_MATCHER.check(matcher, at)
    return translate(matcher.regex, at.field("regex"))


def substitution(rewrite: Proto, at: At) -> tuple[str, str]:
    """Expression and replacement of a `RegexMatchAndSubstitute`, in Rust's syntax."""
    REGEX_SUBSTITUTE.check(rewrite, at)
    pattern = regex(rewrite.pattern, at.field("pattern"))
    return pattern, _substitution(rewrite.substitution, pattern, at.field("substitution"))


def _substitution(text: str, pattern: str, at: At) -> str:
    groups = _groups(pattern)
    out: list[str] = []
    position = 0
    for token in re.finditer(r"\\(.?)|\$", text, re.DOTALL):
        out.append(text[position : token.start()])
        position = token.end()
        if token[0] == "$":
            out.append("$$")
        elif token[1].isdigit():
            if int(token[1]) > groups:
                at.error(
                    f"the substitution names group {token[1]}", expected=f"at most {groups} groups"
                )
            out.append("${" + token[1] + "}")
        elif token[1] == "\\":
            out.append("\\")
        else:
            at.error(f"invalid escape {token[0]!r} in a substitution", expected=r"\0 to \9 or \\")
    return "".join([*out, text[position:]])


def _groups(pattern: str) -> int:
    without_escapes = re.sub(r"\\.", "", pattern, flags=re.DOTALL)
    without_classes = re.sub(r"\[[^\]]*\]", "", without_escapes)
    return len(re.findall(r"\((?!\?)|\(\?P?<", without_classes))
