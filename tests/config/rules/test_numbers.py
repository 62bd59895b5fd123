"""Rules on numbers, durations, timestamps and enums."""

import time

import pytest
from voyant.config import new
from voyant.config.descriptors import Proto, descriptor
from voyant.config.rules.numbers import (
    duration_checks,
    enum_checks,
    number_checks,
    timestamp_checks,
)

from tests.config.rules.test_words import rules_of


def span(seconds: float) -> Proto:
    message = new("google.protobuf.Duration")
    message.FromNanoseconds(int(seconds * 1e9))
    return message


@pytest.mark.parametrize(
    ("rules", "good", "bad", "words"),
    [
        ({"gt": 1}, [2], [1], "must be more than 1"),
        ({"gte": 1}, [1], [0], "must be at least 1"),
        ({"lt": 1}, [0], [1], "must be less than 1"),
        ({"lte": 1}, [1], [2], "must be at most 1"),
        ({"lte": 9, "gte": 1}, [1, 9], [0, 10], "must be at least 1 and at most 9"),
        ({"lt": 1, "gt": 9}, [0, 10], [1, 9], "must be more than 9 or less than 1"),
        ({"const": 5}, [5], [4], "must be 5"),
        ({"in": [1, 2]}, [1, 2], [3], "must be one of 1, 2"),
        ({"not_in": [1]}, [2], [1], "is not allowed here"),
    ],
)
@pytest.mark.parametrize("kind", ["uint32", "int64", "double"])
def test_numbers(
    kind: str, rules: dict[str, object], good: list[int], bad: list[int], words: str
) -> None:
    (check,) = number_checks(rules_of(kind, **rules))
    assert {check(value) for value in good} == {""}
    assert {check(value) for value in bad} == {words}


@pytest.mark.parametrize(
    ("name", "bound", "good", "bad", "words"),
    [
        ("gt", 0.001, 0.002, 0.001, "must be more than 0.001s"),
        ("gte", 1, 1, 0.999, "must be at least 1s"),
        ("lt", 300, 299, 300, "must be less than 300s"),
        ("lte", 1, 1, 1.5, "must be at most 1s"),
        ("const", 1, 1, 2, "must be 1s"),
    ],
)
def test_durations(name: str, bound: float, good: float, bad: float, words: str) -> None:
    rules = rules_of("duration")
    getattr(rules, name).CopyFrom(span(bound))
    (check,) = duration_checks(rules)
    assert check(span(good)) == ""
    assert check(span(bad)) == words


def test_duration_sets() -> None:
    rules = rules_of("duration")
    getattr(rules, "in").append(span(1))
    rules.not_in.append(span(2))
    among, outside = duration_checks(rules)
    assert among(span(1)) == outside(span(1)) == ""
    assert among(span(3)) == "must be one of 1s"
    assert outside(span(2)) == "is not allowed here"


def moment(offset: float) -> Proto:
    message = new("google.protobuf.Timestamp")
    message.FromNanoseconds(time.time_ns() + int(offset * 1e9))
    return message


def test_timestamps() -> None:
    (past,) = timestamp_checks(rules_of("timestamp", lt_now=True))
    assert (past(moment(-100)), past(moment(100))) == ("", "must be in the past")
    (future,) = timestamp_checks(rules_of("timestamp", gt_now=True))
    assert (future(moment(100)), future(moment(-100))) == ("", "must be in the future")
    near = rules_of("timestamp")
    near.within.CopyFrom(span(60))
    (within,) = timestamp_checks(near)
    assert (within(moment(1)), within(moment(100))) == ("", "must be within 60s of now")


def test_enums() -> None:
    of = descriptor("envoy.config.cluster.v3.Cluster")
    assert of is not None
    enum = of.enum_types_by_name["DiscoveryType"]
    (defined,) = enum_checks(rules_of("enum", defined_only=True), enum)
    assert (defined(0), defined(9)) == ("", "9 is not a value of DiscoveryType")
    (const,) = enum_checks(rules_of("enum", const=1), enum)
    assert (const(1), const(0)) == ("", "must be STRICT_DNS")
    among, outside = enum_checks(rules_of("enum", **{"in": [0, 1], "not_in": [1]}), enum)
    assert (among(1), among(2)) == ("", "must be one of STATIC, STRICT_DNS")
    assert (outside(0), outside(1)) == ("", "STRICT_DNS is not allowed here")
