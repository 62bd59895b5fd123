"""Values of the runtime in files: what a file says, and directories that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from voyant import runtime_files

from tests.cli.served import configuration
from tests.cli.voyant import running, wait_until

_LAYERS = """
layered_runtime:
  layers:
  - {{name: base, static_layer: {{a: base}}}}
  - {{name: disk, disk_layer: {{symlink_root: {root}}}}}
  - {{name: admin, admin_layer: {{}}}}
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1\n", "1"),
        ("1 \t\r\n", "1"),
        ("# why\n1\n", "1"),
        ("1\n\n# why\n", "1\n"),
        ("a\nb\n", "a\nb"),
        ("a\nb\na\n", "ab\na"),
        ("", ""),
        ("# nothing", ""),
    ],
)
def test_a_value_goes_without_comments(tmp_path: Path, text: str, value: str) -> None:
    (tmp_path / "key").write_text(text)
    assert dict(runtime_files.values(tmp_path)) == {"key": value}


def test_directories_may_be_sixteen_deep(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"x" * 15)
    deep.mkdir(parents=True)
    (deep / "key").write_text("1")
    assert dict(runtime_files.values(tmp_path)) == {f"{'x.' * 15}key": "1"}
    (deep / "x").mkdir()
    with pytest.raises(OSError, match="16 deep"):
        dict(runtime_files.values(tmp_path))


def test_a_layer_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    for folder in ("whole", "broken"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_text(folder)
    (tmp_path / "broken" / "b").symlink_to("nowhere")
    root = tmp_path / "current"
    root.symlink_to("broken")
    file = tmp_path / "envoy.yaml"
    file.write_text(configuration() + _LAYERS.format(root=root))
    with running("-c", file) as proxy:
        assert '"layers":["base","admin"]' in "".join(proxy.admin("/runtime").split())
        stats = proxy.admin("/stats?filter=^runtime.load")
        assert stats == "runtime.load_error: 2\nruntime.load_success: 0\n"
        assert proxy.admin("/runtime_modify?c=1", "POST") == "OK\n"
        assert "runtime.load_error: 3\n" in proxy.admin("/stats?filter=^runtime.load")
        (tmp_path / "new").symlink_to("whole")
        (tmp_path / "new").rename(root)
        wait_until(lambda: "whole" in proxy.admin("/runtime"), "the layer is read")
        stats = proxy.admin("/stats?filter=^runtime.load")
        assert stats == "runtime.load_error: 3\nruntime.load_success: 1\n"
