"""Rules on text and bytes, as checks that answer what is wrong or nothing.

Lengths are in characters unless the rule says bytes. Patterns are RE2's and must match the whole
text.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from voyant.config.descriptors import Proto

Check = Callable[[Any], str]
"""Takes a value and says what is wrong with it: nothing if it is as it should be."""

_HEADER_NAME = re.compile(r":?[0-9a-zA-Z!#$%&'*+\-.^_|~`]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_LENIENT = re.compile(r"[^\x00\n\r]*")
_HOST_LABEL = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>\"{}|\\^`]*")
_URI_REFERENCE = re.compile(r"[^\s<>\"{}|\\^`]*")


def text_checks(rules: Proto) -> Iterator[Check]:
    """The checks of `StringRules`."""
    for field, bound in rules.ListFields():
        make = _TEXT.get(field.name)
        if make is not None:
            yield make(bound)
        elif field.name == "well_known_regex":
            yield _header(bound, rules.strict)
        elif field.name not in ("strict", "ignore_empty"):
            # Tests compile every rule of the API as shipped: only a newer one can bring another.
            raise LookupError(f"there is no check for the rule string.{field.name}")


def octet_checks(rules: Proto) -> Iterator[Check]:
    """The checks of `BytesRules`."""
    for field, bound in rules.ListFields():
        if field.name not in _OCTETS:
            raise LookupError(f"there is no check for the rule bytes.{field.name}")
        yield _OCTETS[field.name](bound)


def _check(test: Callable[[Any], bool], problem: str) -> Check:
    return lambda value: "" if test(value) else problem


def _at_least(bound: int, unit: str) -> str:
    return "must not be empty" if bound == 1 else f"must have at least {_many(bound, unit)}"


def _many(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _pattern(bound: str) -> Check:
    # In RE2 a final $ is the end of the text; in Python it also stands before a last newline.
    expression = re.compile(bound[:-1] + r"\Z" if bound.endswith("$") else bound)
    return _check(lambda v: expression.fullmatch(v) is not None, f"must match {bound!r}")


def _header(which: int, strict: bool) -> Check:
    if not strict:
        return _check(
            lambda v: _LENIENT.fullmatch(v) is not None,
            "must not have a NUL, a carriage return or a line feed in it",
        )
    if which == 1:
        return _check(lambda v: _HEADER_NAME.fullmatch(v) is not None, "must be a header name")
    return _check(
        lambda v: _HEADER_VALUE.fullmatch(v) is not None, "must not have control characters in it"
    )


def _is_ip(value: str, version: int = 0) -> bool:
    import ipaddress

    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return version in (0, address.version)


def _is_hostname(value: str) -> bool:
    labels = value.removesuffix(".").split(".")
    return len(value) <= 253 and all(_HOST_LABEL.fullmatch(label) for label in labels)


def _is_email(value: str) -> bool:
    local, at, host = value.rpartition("@")
    return (
        bool(at) and 0 < len(local) <= 64 and not set(local) & set(" <>\t") and _is_hostname(host)
    )


def _one_of(words: list[str]) -> str:
    return "must be one of " + ", ".join(map(repr, words))


_TEXT: dict[str, Callable[[Any], Check]] = {
    "const": lambda b: _check(lambda v: v == b, f"must be {b!r}"),
    "len": lambda b: _check(lambda v: len(v) == b, f"must have {_many(b, 'character')}"),
    "min_len": lambda b: _check(lambda v: len(v) >= b, _at_least(b, "character")),
    "max_len": lambda b: _check(
        lambda v: len(v) <= b, f"must have at most {_many(b, 'character')}"
    ),
    "len_bytes": lambda b: _check(lambda v: len(v.encode()) == b, f"must have {_many(b, 'byte')}"),
    "min_bytes": lambda b: _check(lambda v: len(v.encode()) >= b, _at_least(b, "byte")),
    "max_bytes": lambda b: _check(
        lambda v: len(v.encode()) <= b, f"must have at most {_many(b, 'byte')}"
    ),
    "pattern": _pattern,
    "prefix": lambda b: _check(lambda v: v.startswith(b), f"must begin with {b!r}"),
    "suffix": lambda b: _check(lambda v: v.endswith(b), f"must end with {b!r}"),
    "contains": lambda b: _check(lambda v: b in v, f"must have {b!r} in it"),
    "not_contains": lambda b: _check(lambda v: b not in v, f"must not have {b!r} in it"),
    "in": lambda b: _check(frozenset(b).__contains__, _one_of(list(b))),
    "not_in": lambda b: _check(lambda v: v not in frozenset(b), "is not allowed here"),
    "email": lambda _: _check(_is_email, "must be an e-mail address"),
    "hostname": lambda _: _check(_is_hostname, "must be a host name"),
    "ip": lambda _: _check(_is_ip, "must be an IP address"),
    "ipv4": lambda _: _check(lambda v: _is_ip(v, 4), "must be an IPv4 address"),
    "ipv6": lambda _: _check(lambda v: _is_ip(v, 6), "must be an IPv6 address"),
    "address": lambda _: _check(
        lambda v: _is_ip(v) or _is_hostname(v), "must be an IP address or a host name"
    ),
    "uri": lambda _: _check(lambda v: _URI.fullmatch(v) is not None, "must be a URI"),
    "uri_ref": lambda _: _check(
        lambda v: _URI_REFERENCE.fullmatch(v) is not None, "must be a URI reference"
    ),
    "uuid": lambda _: _check(lambda v: _UUID.fullmatch(v) is not None, "must be a UUID"),
}
_OCTETS: dict[str, Callable[[Any], Check]] = {
    "const": lambda b: _check(lambda v: v == b, f"must be {b!r}"),
    "len": lambda b: _check(lambda v: len(v) == b, f"must have {_many(b, 'byte')}"),
    "min_len": lambda b: _check(lambda v: len(v) >= b, _at_least(b, "byte")),
    "max_len": lambda b: _check(lambda v: len(v) <= b, f"must have at most {_many(b, 'byte')}"),
    "pattern": lambda b: _check(
        lambda v: re.fullmatch(b.encode(), v) is not None, f"must match {b!r}"
    ),
    "prefix": lambda b: _check(lambda v: v.startswith(b), f"must begin with {b!r}"),
    "suffix": lambda b: _check(lambda v: v.endswith(b), f"must end with {b!r}"),
    "contains": lambda b: _check(lambda v: b in v, f"must have {b!r} in it"),
    "in": lambda b: _check(frozenset(b).__contains__, "must be one of the allowed values"),
    "not_in": lambda b: _check(lambda v: v not in frozenset(b), "is not allowed here"),
    "ip": lambda _: _check(lambda v: len(v) in (4, 16), "must be the bytes of an IP address"),
    "ipv4": lambda _: _check(lambda v: len(v) == 4, "must be the bytes of an IPv4 address"),
    "ipv6": lambda _: _check(lambda v: len(v) == 16, "must be the bytes of an IPv6 address"),
}
