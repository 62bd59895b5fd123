"""The command without, with a wrong, and with its own arguments."""

import pytest
from voyant import __version__

from tests.cli.voyant import voyant


def test_version() -> None:
    done = voyant("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"voyant {__version__}\n", "")


def test_help() -> None:
    done = voyant("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "voyant run -c FILE" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        ([], "usage: voyant COMMAND ..."),
        (["rum"], "voyant: there is no command 'rum'; did you mean 'run'?"),
        (["-c", "x"], "voyant: there is no command '-c'"),
    ],
)
def test_usage(arguments: list[str], first: str) -> None:
    done = voyant(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(first)


def test_the_versions_of_run_are_shaped_like_envoys() -> None:
    done = voyant("run", "--version")
    assert done.returncode == 0
    words = done.stdout.split()
    assert words[:2] == ["voyant", "version:"]
    revision, version, state, build, tls = words[2].split("/")
    assert len(revision) == 40
    assert version == f"1.40.0-voyant.{__version__}"
    assert (state, build, tls) == ("Clean", "RELEASE", "none")
    assert voyant("run", "--hot-restart-version").stdout == "disabled\n"


def test_help_of_run_names_every_flag() -> None:
    from voyant.cli.flags import FLAGS

    done = voyant("run", "--help")
    assert done.returncode == 0
    for group in FLAGS.values():
        for flag in group:
            assert f"--{flag.name}" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
