"""What the benchmark of access logs takes for a whole line."""

from pathlib import Path

from bench.logs import read

ID = "0f6d1f6e-5b7c-4f7c-9c4e-1d2c3b4a5f6"


def test_torn_and_repeated_lines_are_not_whole(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    whole = [f"GET / 200 {ID}{digit} end" for digit in "123"]
    log.write_text("\n".join([*whole, whole[0], whole[1][:20], whole[2] + whole[2], ""]))
    assert read(log) == (3, 3)
