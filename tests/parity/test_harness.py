"""The harness itself, played against a stand-in: it must find out what is not as recorded."""

import copy
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parity import recording
from tests.parity.config import bootstrap, cluster, tcp
from tests.parity.h1 import Reader
from tests.parity.play import Observed, Performance
from tests.parity.scenario import Case, Group, get, response
from tests.parity.stage import Stage
from tests.parity.steps import Ended, Finish, Messages

_ASKED = Case(
    "asked",
    [
        *(get("/a"), Messages(1), get("/b"), Messages(2)),
        *(Finish("shut"), Ended("up"), Finish("close", "up"), Ended()),
    ],
    replies=[response(body=b"first"), response(body=b"second")],
    stats=["listener.tcp.downstream_cx_total"],
)
_IMPATIENT = Case("impatient", [get("/a"), Messages(2)])
_GROUP = Group(bootstrap([tcp()], [cluster()]), [_ASKED, _IMPATIENT], listener="tcp", protocol="h1")


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What differs on purpose need not be waited for."""
    monkeypatch.setattr("tests.parity.play.OUTCOME_S", 0.3)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    command = tmp_path_factory.mktemp("stand-in") / "proxy"
    fake = Path(__file__).with_name("fake_proxy.py")
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{fake}" "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    with Stage(_GROUP, [str(command)]) as opened:
        yield opened


@pytest.fixture(scope="module")
def recorded(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Observed:
    """One recording, as it is after having been kept in a file."""
    directory = tmp_path_factory.mktemp("recordings")
    assert recording.save("group", {"asked": Performance(stage, _ASKED, None).play()}, directory)
    return recording.load("group", directory)["asked"]


def _replay(stage: Stage, expected: Observed) -> str:
    seen = Performance(stage, _ASKED, expected).play()
    return recording.differences(expected, seen, ("recorded", "seen"))


def test_a_recording_holds_what_was_seen(recorded: Observed) -> None:
    assert recorded["client c"] == [
        *("HTTP/1.1 200 OK", "content-length: 5", "", "first", "<message>"),
        *("HTTP/1.1 200 OK", "content-length: 6", "", "second", "<message>", "<closed>"),
    ]
    assert recorded["upstream up.0"][:4] == ["GET /a HTTP/1.1", "Host: a.test", "", "<message>"]
    assert recorded["log fake"] == ["joined"]
    assert recorded["stats"] == ["listener.tcp.downstream_cx_total: 1"]


def test_the_same_again_is_equal(stage: Stage, recorded: Observed) -> None:
    assert _replay(stage, recorded) == ""


@pytest.mark.parametrize(
    ("section", "line", "lie"),
    [
        ("client c", "content-length: 5", "Content-Length: 5"),
        ("client c", "first", "other"),
        ("client c", "<closed>", "<open>"),
        ("upstream up.0", "GET /b HTTP/1.1", "GET /c HTTP/1.1"),
        ("log fake", "joined", "parted"),
        ("stats", "listener.tcp.downstream_cx_total: 1", "listener.tcp.downstream_cx_total: 2"),
    ],
)
def test_an_altered_recording_fails_with_a_readable_difference(
    stage: Stage, recorded: Observed, section: str, line: str, lie: str
) -> None:
    altered = copy.deepcopy(recorded)
    altered[section][altered[section].index(line)] = lie
    text = _replay(stage, altered).splitlines()
    assert [shown for shown in text if shown.startswith(("-", "+"))] == [
        *(f"--- recorded: {section}", f"+++ seen: {section}", f"-{lie}", f"+{line}")
    ]


@pytest.mark.parametrize("section", ["client c", "upstream up.0", "log fake", "stats"])
def test_a_missing_section_fails(stage: Stage, recorded: Observed, section: str) -> None:
    altered = {name: lines for name, lines in recorded.items() if name != section}
    assert f"+++ seen: {section}" in _replay(stage, altered)


def test_a_step_that_waits_in_vain_is_reported(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.parity.world.DEADLINE_S", 0.2)
    seen = Performance(stage, _IMPATIENT, None).play()
    assert seen["failed"] == ["waited 0.2 s in vain for 2 from c"]


def test_the_reader_joins_chunks_and_keeps_trailers() -> None:
    reader = Reader(lambda: False)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for byte in head + b"2;x=y\r\nab\r\n1\r\nc\r\n0\r\nt: 1\r\n\r\n":
        reader.feed(bytes([byte]))
    (message,) = reader.messages
    assert (bytes(message.body), message.trailers, message.complete) == (b"abc", [b"t: 1"], True)


def test_the_reader_tells_an_unfinished_body() -> None:
    reader = Reader(lambda: False)
    reader.feed(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab")
    assert reader.complete() == 0
    assert [m.lines()[-1] for m in reader.messages] == ["", "<unfinished>"]
