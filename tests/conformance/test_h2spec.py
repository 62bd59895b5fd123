"""A case that passed before and fails fails the command, and is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.h2spec import BY_DESIGN, CASES, judge, read

REPORT = """<?xml version="1.0"?>
<testsuites>
  <testsuite package="http2/3.5" name="3.5. Preface">
    <testcase package="http2/3.5" classname="Sends client connection preface"></testcase>
    <testcase package="http2/3.5" classname="Sends invalid connection preface">
      <error>got \x01</error>
    </testcase>
  </testsuite>
  <testsuite package="http2/8.1" name="8.1. Exchange">
    <testcase package="http2/8.1" classname="Sends a second HEADERS frame">
      <failure>Timeout</failure>
    </testcase>
  </testsuite>
</testsuites>
"""


def test_a_report_is_read_with_the_bytes_of_bad_frames_in_it(tmp_path: Path) -> None:
    (tmp_path / "report").write_text(REPORT)
    passed, failed = read(tmp_path / "report")
    assert passed == 1
    assert failed == {
        "http2/3.5/2": "Sends invalid connection preface",
        "http2/8.1/1": "Sends a second HEADERS frame",
    }


def test_what_is_known_to_fail_is_told_with_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert judge("voyant", CASES - len(BY_DESIGN), dict.fromkeys(BY_DESIGN, "title"))
    said = capsys.readouterr().out
    assert all(reason in said for reason in BY_DESIGN.values())


def test_one_more_that_fails_is_named_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    failed = {**dict.fromkeys(BY_DESIGN, "title"), "http2/8.1/1": "title"}
    assert not judge("voyant", CASES - len(failed), failed)
    assert "http2/8.1/1 title: NOT KNOWN" in capsys.readouterr().out


def test_another_that_fails_in_place_of_a_known_one_fails() -> None:
    known, *_ = BY_DESIGN
    failed = {**dict.fromkeys(BY_DESIGN, "title"), "http2/8.1/1": "title"}
    del failed[known]
    assert not judge("voyant", CASES - len(failed), failed)


def test_cases_that_did_not_run_fail() -> None:
    assert not judge("voyant", CASES - len(BY_DESIGN) - 1, dict.fromkeys(BY_DESIGN, "title"))
