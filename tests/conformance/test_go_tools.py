"""Without Go the command says what to install, and fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import __main__, go_tools


def test_without_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(go_tools, "FOLDER", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert __main__.main(["--suite", "h2spec"]) == 1
    assert "install Go" in capsys.readouterr().err
