"""Rules on text and bytes."""

import pytest
from voyant.config import new
from voyant.config.descriptors import Proto
from voyant.config.rules.words import octet_checks, text_checks


def rules_of(kind: str, **values: object) -> Proto:
    """Rules as the API's files would state them."""
    rules = new("validate.FieldRules")
    of = getattr(rules, kind)
    for name, value in values.items():
        if isinstance(value, list):
            getattr(of, name).extend(value)
        else:
            setattr(of, name, value)
    return of


def text_problem(value: str, **rules: object) -> str:
    """The first thing wrong with a text."""
    return next(
        filter(None, (check(value) for check in text_checks(rules_of("string", **rules)))), ""
    )


CASES: list[tuple[dict[str, object], list[str], list[str], str]] = [
    ({"const": "a"}, ["a"], ["b", ""], "must be 'a'"),
    ({"len": 2}, ["ab", "éé"], ["a"], "must have 2 characters"),
    ({"min_len": 1}, ["a"], [""], "must not be empty"),
    ({"min_len": 2}, ["éé"], ["é"], "must have at least 2 characters"),
    ({"max_len": 1}, ["é", ""], ["ab"], "must have at most 1 character"),
    ({"len_bytes": 2}, ["é"], ["a"], "must have 2 bytes"),
    ({"min_bytes": 2}, ["é"], ["a"], "must have at least 2 bytes"),
    ({"max_bytes": 1}, ["a"], ["é"], "must have at most 1 byte"),
    ({"pattern": "^[a-z]+$"}, ["abc"], ["ab1", "ab\n", ""], "must match '^[a-z]+$'"),
    ({"pattern": "[a-z]+"}, ["abc"], ["ab1"], "must match '[a-z]+'"),
    ({"prefix": "/"}, ["/a"], ["a"], "must begin with '/'"),
    ({"suffix": "/"}, ["a/"], ["a"], "must end with '/'"),
    ({"contains": "b"}, ["abc"], ["ac"], "must have 'b' in it"),
    ({"not_contains": "b"}, ["ac"], ["abc"], "must not have 'b' in it"),
    ({"in": ["a", "b"]}, ["a"], ["c"], "must be one of 'a', 'b'"),
    ({"not_in": ["a"]}, ["b"], ["a"], "is not allowed here"),
    ({"email": True}, ["a@b.c"], ["a", "@b", "a b@c"], "must be an e-mail address"),
    ({"hostname": True}, ["a.b", "a-1."], ["-a", "a_b", "a..b"], "must be a host name"),
    ({"ip": True}, ["1.2.3.4", "::1"], ["1.2.3", "a"], "must be an IP address"),
    ({"ipv4": True}, ["1.2.3.4"], ["::1"], "must be an IPv4 address"),
    ({"ipv6": True}, ["::1"], ["1.2.3.4"], "must be an IPv6 address"),
    ({"address": True}, ["::1", "a.b"], ["a b"], "must be an IP address or a host name"),
    ({"uri": True}, ["http://a/b?c"], ["/a", "a b:c"], "must be a URI"),
    ({"uri_ref": True}, ["/a", "http://a"], ["a b"], "must be a URI reference"),
    ({"uuid": True}, ["123e4567-e89b-12d3-a456-426614174000"], ["123"], "must be a UUID"),
    (
        {"well_known_regex": 1},
        ["x-a", ":path"],
        ["", "a b", "é", "x\n"],
        "must be a header name",
    ),
    (
        {"well_known_regex": 2},
        ["a b", "", "\t"],
        ["a\n", "\x7f", "\x00"],
        "must not have control characters in it",
    ),
    (
        {"well_known_regex": 1, "strict": False},
        ["a b", ""],
        ["a\n", "\x00", "\r"],
        "must not have a NUL, a carriage return or a line feed in it",
    ),
]


@pytest.mark.parametrize(("rules", "good", "bad", "words"), CASES, ids=lambda case: str(case)[:30])
def test_text(rules: dict[str, object], good: list[str], bad: list[str], words: str) -> None:
    assert [value for value in good if text_problem(value, **rules)] == []
    assert {text_problem(value, **rules) for value in bad} == {words}


BYTES: list[tuple[dict[str, object], bytes, bytes, str]] = [
    ({"const": b"a"}, b"a", b"b", "must be b'a'"),
    ({"len": 2}, b"ab", b"a", "must have 2 bytes"),
    ({"min_len": 1}, b"a", b"", "must not be empty"),
    ({"max_len": 1}, b"a", b"ab", "must have at most 1 byte"),
    ({"pattern": "a+"}, b"aa", b"ab", "must match 'a+'"),
    ({"prefix": b"a"}, b"ab", b"b", "must begin with b'a'"),
    ({"suffix": b"a"}, b"ba", b"b", "must end with b'a'"),
    ({"contains": b"a"}, b"bab", b"b", "must have b'a' in it"),
    ({"in": [b"a"]}, b"a", b"b", "must be one of the allowed values"),
    ({"not_in": [b"a"]}, b"b", b"a", "is not allowed here"),
    ({"ip": True}, b"1234", b"123", "must be the bytes of an IP address"),
    ({"ipv4": True}, b"1234", b"1" * 16, "must be the bytes of an IPv4 address"),
    ({"ipv6": True}, b"1" * 16, b"1234", "must be the bytes of an IPv6 address"),
]


@pytest.mark.parametrize(("rules", "good", "bad", "words"), BYTES, ids=lambda case: str(case)[:30])
def test_bytes(rules: dict[str, object], good: bytes, bad: bytes, words: str) -> None:
    (check,) = octet_checks(rules_of("bytes", **rules))
    assert check(good) == ""
    assert check(bad) == words


def test_every_rule_on_text_and_bytes_is_known() -> None:
    for kind, checks in (("string", text_checks), ("bytes", octet_checks)):
        of = new("validate.FieldRules")
        rules = getattr(of, kind)
        for field in rules.DESCRIPTOR.fields:
            known = {name for case in (CASES if kind == "string" else BYTES) for name in case[0]}
            assert field.name in known | {"ignore_empty", "strict"}, field.full_name
        assert list(checks(rules)) == []
