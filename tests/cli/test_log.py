"""The lines of the process's own log."""

import os
import re
from pathlib import Path

import pytest
from voyant.cli.log import DEFAULT_FORMAT, Log


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_the_default_format_is_envoys(tmp_path: Path) -> None:
    Log(path=str(tmp_path / "log")).write("info", "main", "hello")
    (line,) = lines(tmp_path / "log")
    pattern = (
        r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\]\[(\d+)\]\[info\]\[main\] \[\S+:\d+\] hello"
    )
    found = re.fullmatch(pattern, line)
    assert found is not None, line
    assert found[1] == str(os.getpid())


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("%v", 'a\tb"'),
        ("%_", r"a\tb\""),
        ("%l %L %n", "warning W main"),
        ("100%% %v", '100% a\tb"'),
        ("%% %s", "% test_log.py"),
        ("%^%v%$ %! %k %", 'a\tb"  %k %'),
    ],
)
def test_formats(form: str, line: str, tmp_path: Path) -> None:
    Log(form=form, path=str(tmp_path / "log")).write("warning", "main", 'a\tb"')
    assert (tmp_path / "log").read_text() == line + "\n"


def test_levels(tmp_path: Path) -> None:
    log = Log("warning", {"config": "debug", "admin": "off"}, "%n %l", str(tmp_path / "log"))
    for name in ("main", "config", "admin"):
        for level in ("trace", "debug", "warning", "critical"):
            log.write(level, name, "")
    assert lines(tmp_path / "log") == [
        "main warning",
        "main critical",
        "config debug",
        "config warning",
        "config critical",
    ]


def test_escaped(tmp_path: Path) -> None:
    log = Log(form="%v|%v", path=str(tmp_path / "log"), escaped=True)
    log.write("info", "main", "a\nb")
    assert lines(tmp_path / "log") == [r"a\nb|a\nb"]


def test_reopened(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = Log(form="%v", path=str(path))
    log.write("info", "main", "one")
    path.rename(tmp_path / "old")
    log.write("info", "main", "two")
    log.reopen()
    log.write("info", "main", "three")
    assert (lines(tmp_path / "old"), lines(path)) == (["one", "two"], ["three"])


def test_a_path_that_cannot_be_opened() -> None:
    with pytest.raises(FileNotFoundError):
        Log(form=DEFAULT_FORMAT, path="/does/not/exist/log")
