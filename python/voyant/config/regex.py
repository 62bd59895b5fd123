"""Regular expressions: RE2's, as Envoy takes them, in the engine's syntax."""

import re

from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.re2 import UnsupportedRegex, to_rust, to_rust_text
from voyant.config.runtime import runtime_int

REGEX_MATCHER = Fields("envoy.type.matcher.v3.RegexMatcher", reads={"regex", "google_re2"})
GOOGLE_RE2 = Fields("envoy.type.matcher.v3.RegexMatcher.GoogleRE2", reads={"max_program_size"})
ERROR_LEVEL = "re2.max_program_size.error_level"
WARN_LEVEL = "re2.max_program_size.warn_level"
DEFAULT_ERROR_LEVEL = 100
_NEVER = "[a&&b]"
REGEX_SUBSTITUTE = Fields(
    "envoy.type.matcher.v3.RegexMatchAndSubstitute", reads={"pattern", "substitution"}
)


def translate(pattern: str, at: At, *, text: bool = False) -> str:
    """The expression in Rust's syntax; what is wrong with it is reported.

    `text`: it is matched against text, such as names of statistics, and not against bytes.
    """
    from voyant import _engine

    try:
        rust = to_rust_text(pattern) if text else to_rust(pattern)
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
    GOOGLE_RE2.check(matcher.google_re2, at.field("google_re2"))
    there = at.field("regex")
    rust = translate(matcher.regex, there)
    if rust:
        _check_size(matcher, rust, there)
    return rust


def _check_size(matcher: Proto, rust: str, at: At) -> None:
    from voyant import _engine

    own = matcher.google_re2.HasField("max_program_size")
    runtime = at.report.runtime
    if runtime is None and not own:
        return
    size = _engine.re2_program_size(rust)
    if size is None:
        at.error("pattern too large - compile failed")
        return
    found = f"regex '{matcher.regex}' RE2 program size of {size} > max program size of "
    advice = "Increase configured max program size if necessary."
    if own:
        limit = matcher.google_re2.max_program_size.value
        if size > limit:
            at.error(f"{found}{limit}. {advice}")
        return
    error_level = runtime_int(runtime or {}, ERROR_LEVEL, DEFAULT_ERROR_LEVEL)
    warn_level = runtime_int(runtime or {}, WARN_LEVEL, size)
    if size > error_level:
        hint = f"the runtime key {ERROR_LEVEL} is that threshold"
        at.error(f"{found}{error_level} set for the error level threshold. {advice}", hint=hint)
    elif size > warn_level:
        at.warn(f"{found}{warn_level} set for the warn level threshold. {advice}")


def substitution(rewrite: Proto, at: At) -> tuple[str, str]:
    """Expression and replacement of a `RegexMatchAndSubstitute`, in Rust's syntax."""
    REGEX_SUBSTITUTE.check(rewrite, at)
    pattern = regex(rewrite.pattern, at.field("pattern"))
    # RE2 replaces nothing by what names a group that there is not.
    beyond = _highest_group(rewrite.substitution) > _groups(pattern)
    return _NEVER if beyond else pattern, _substitution(rewrite.substitution)


def _highest_group(text: str) -> int:
    named = re.findall(r"\\(?:([0-9])|.?)", text, re.DOTALL)
    return max((int(group) for group in named if group), default=0)


def _substitution(text: str) -> str:
    """The replacement in Rust's syntax: as far as to an escape that is none, as RE2 writes it."""
    out: list[str] = []
    position = 0
    for token in re.finditer(r"\\(.?)|\$", text, re.DOTALL):
        out.append(text[position : token.start()])
        position = token.end()
        if token[0] == "$":
            out.append("$$")
        elif re.fullmatch("[0-9]", token[1]):
            out.append("${" + token[1] + "}")
        elif token[1] == "\\":
            out.append("\\")
        else:
            return "".join(out)
    return "".join([*out, text[position:]])


def _groups(pattern: str) -> int:
    without_escapes = re.sub(r"\\.", "", pattern, flags=re.DOTALL)
    without_classes = re.sub(r"\[[^\]]*\]", "", without_escapes)
    return len(re.findall(r"\((?!\?)|\(\?P?<", without_classes))
