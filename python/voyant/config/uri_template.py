"""URI templates (`/users/{id}/{rest=**}`) as regular expressions, and rewrites by them.

https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/extensions/path/match/uri_template/v3/uri_template_match.proto
"""

import re
from dataclasses import dataclass, field

from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

MATCH = Fields(
    "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig", reads={"path_template"}
)
REWRITE = Fields(
    "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig",
    reads={"path_template_rewrite"},
)

_CHARACTERS = r"a-zA-Z0-9._~%!$&'()+,;:@=\-"
_OPERATORS = {"*": f"[{_CHARACTERS}]+", "**": f"[{_CHARACTERS}/]*"}
_LITERAL = re.compile(rf"[{_CHARACTERS}*]+\Z")
_REWRITE_LITERAL = re.compile(rf"[{_CHARACTERS}*/]+\Z")
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*\Z")
_MAX_VARIABLES = 5
_MAX_NAME = 16
NEVER = r"[^\x00-\xff]"
"""The expression that nothing matches."""


class InvalidTemplate(Exception):
    """What is wrong with a template, as Envoy says it."""


@dataclass
class _Parser:
    """What is left of a template, and what is known of its beginning."""

    rest: str
    pattern: str = "/"
    names: list[str] = field(default_factory=list)
    seen_text_glob: bool = False

    def segment(self) -> None:
        """Reads up to the next slash."""
        if self.rest.startswith("*"):
            self.operator()
            if self.rest and not self.rest.startswith("/"):
                self.pattern += _quoted(self.literal("literal"))
                if self.rest:
                    raise InvalidTemplate("Prefix match not supported.")
            return
        text = self.rest.partition("/")[0]
        if self.rest.startswith("{") or ("{" in text and "}" in text):
            self.mixed()
        else:
            self.pattern += _quoted(self.literal("literal"))

    def mixed(self) -> None:
        """A variable between two literals, either of which may be missing."""
        prefix, _, _ = self.rest.partition("{")
        if prefix:
            self.pattern += _quoted(_checked(prefix, "prefix literal"))
            self.rest = self.rest[len(prefix) :]
        inside, closing, rest = self.rest[1:].partition("}")
        if not closing:
            raise InvalidTemplate(f'Unmatched variable bracket in mixed pattern: "{self.rest}"')
        self.rest = rest
        self.variable(inside)
        if self.rest and not self.rest.startswith("/"):
            self.pattern += _quoted(self.literal("suffix literal"))

    def variable(self, text: str) -> None:
        name, equals, match = text.partition("=")
        if not _NAME.match(name):
            raise InvalidTemplate(f'Invalid variable name: "{name}"')
        if equals and not match:
            raise InvalidTemplate("Empty variable match")
        self.names.append(name)
        self.pattern += f"(?P<{name}>"
        if match:
            self.match(match)
        else:
            self.operator_pattern("*", implicit=True)
        self.pattern += ")"

    def match(self, text: str) -> None:
        """What a variable says that it stands for."""
        outer, self.rest = self.rest, text
        while self.rest:
            if self.rest.startswith("*"):
                self.operator()
            else:
                self.pattern += _quoted(self.literal("literal"))
            if self.rest:
                if not self.rest.startswith("/") or self.rest == "/":
                    raise InvalidTemplate(f'Invalid variable match: "{self.rest}"')
                self.rest = self.rest[1:]
                self.pattern += "/"
        self.rest = outer

    def operator(self) -> None:
        operator = "**" if self.rest.startswith("**") else "*"
        self.rest = self.rest.removeprefix(operator)
        self.operator_pattern(operator)

    def operator_pattern(self, operator: str, *, implicit: bool = False) -> None:
        if self.seen_text_glob:
            what = "Implicit variable path glob" if implicit else "Glob"
            raise InvalidTemplate(f"{what} after text glob.")
        self.seen_text_glob = operator == "**"
        self.pattern += _OPERATORS[operator]

    def literal(self, what: str) -> str:
        text = self.rest.partition("/")[0]
        self.rest = self.rest[len(text) :]
        return _checked(text, what)

    def check_names(self) -> None:
        for i, name in enumerate(self.names):
            if i >= _MAX_VARIABLES:
                raise InvalidTemplate(f"Exceeded variable count limit ({_MAX_VARIABLES})")
            if len(name) > _MAX_NAME:
                raise InvalidTemplate(
                    f'Invalid variable name length (length of "{name}" should be at least 1 and '
                    f"no more than {_MAX_NAME})"
                )
            if name in self.names[:i]:
                raise InvalidTemplate(f'Repeated variable name: "{name}"')


def template_pattern(template: str) -> str:
    """The expression in Rust's syntax that a template stands for."""
    if not re.match(r"/[!-~]*\Z", template):
        raise InvalidTemplate(f'Invalid pattern: "{template}"')
    parser = _Parser(template[1:])
    while parser.rest:
        parser.segment()
        if parser.rest:
            parser.rest = parser.rest[1:]
            parser.pattern += "/"
            if not parser.rest:
                break
    parser.check_names()
    # Asterisks of literals stay what they are in the expression that Envoy makes of them; one that
    # repeats another, RE2 does not take, and the route matches nothing.
    return NEVER if "**" in _outside_classes(parser.pattern) else parser.pattern


def match_pattern(message: Proto, at: At) -> str:
    """The expression of a `path_match_policy`; what is wrong with it is reported."""
    MATCH.check(message, at)
    template = message.path_template
    try:
        return template_pattern(template)
    except InvalidTemplate as error:
        at.field("path_template").error(
            f"path_match_policy.path_template {template} is invalid: {error}"
        )
        return NEVER


def rewrite_substitution(message: Proto, at: At, template: str) -> str:
    """The replacement for the expression of a template, in Rust's syntax."""
    REWRITE.check(message, at)
    text = message.path_template_rewrite
    there = at.field("path_template_rewrite")
    pieces = re.split(r"\{([^{}]*)\}", text)
    literals, names = pieces[::2], pieces[1::2]
    valid = text.startswith("/") and "//" not in text
    valid = valid and all(not literal or _REWRITE_LITERAL.match(literal) for literal in literals)
    if not valid or not all(_NAME.match(name) for name in names):
        there.error(f"path_rewrite_policy.path_template_rewrite {text} is invalid")
        return ""
    known = re.findall(r"\{([a-zA-Z][a-zA-Z0-9_]*)[=}]", template)
    if not set(names) <= set(known):
        there.error(
            f"mismatch between variables in path_match_policy {template} "
            f"and path_rewrite_policy {text}"
        )
        return ""
    out = literals[0].replace("$", "$$")
    for name, literal in zip(names, literals[1:], strict=True):
        out += f"${{{known.index(name) + 1}}}" + literal.replace("$", "$$")
    return out


def _checked(literal: str, what: str) -> str:
    if not _LITERAL.match(literal):
        raise InvalidTemplate(f'Invalid {what}: "{literal}"')
    return literal


def _quoted(literal: str) -> str:
    return re.sub(r"[$()+.]", r"\\\g<0>", literal)


def _outside_classes(pattern: str) -> str:
    return re.sub(r"\[[^\]]*\]", "x", pattern)
