"""Runtime layers in directories, followed while the proxy serves."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.served import configuration
from tests.cli.voyant import Running, running, wait_until

_LAYERS = """
layered_runtime:
  layers:
  - {{name: base, static_layer: {{a: base, b: base}}}}
  - {{name: disk, disk_layer: {{symlink_root: {root}, subdirectory: values}}}}
  - {{name: own, disk_layer: {{symlink_root: {root}, append_service_cluster: true}}}}
  - {{name: admin, admin_layer: {{}}}}
"""


def _shown(proxy: Running) -> dict[str, str]:
    entries = json.loads(proxy.admin("/runtime"))["entries"]
    return {key: entry["final_value"] for key, entry in entries.items()}


def _layers(proxy: Running) -> list[str]:
    layers: list[str] = json.loads(proxy.admin("/runtime"))["layers"]
    return layers


def _move(folder: Path, target: str) -> None:
    new = folder / "new"
    new.symlink_to(target)
    new.rename(folder / "current")


def test_a_directory_is_followed(tmp_path: Path) -> None:
    for version, value in (("one", "# why\n1\n"), ("two", "2")):
        (tmp_path / version / "values" / "deep").mkdir(parents=True)
        (tmp_path / version / "values" / "a").write_text(value)
    (tmp_path / "one" / "values" / "deep" / "c").write_text("3")
    (tmp_path / "two" / "by-file").mkdir()
    (tmp_path / "two" / "by-file" / "d").write_text("4")
    _move(tmp_path, "one")
    file = tmp_path / "envoy.yaml"
    file.write_text(configuration() + _LAYERS.format(root=tmp_path / "current"))
    with running("-c", file) as proxy:
        assert _shown(proxy) == {"a": "1", "b": "base", "deep.c": "3"}
        assert _layers(proxy) == ["base", "disk", "admin"]
        assert proxy.admin("/runtime_modify?b=over", "POST") == "OK\n"
        _move(tmp_path, "two")
        wait_until(lambda: _shown(proxy).get("a") == "2", "a is 2")
        assert _shown(proxy) == {"a": "2", "b": "over", "d": "4"}
        assert _layers(proxy) == ["base", "disk", "own", "admin"]
        stats = proxy.admin("/stats?filter=^runtime")
        assert "runtime.num_layers: 4\n" in stats
        assert "runtime.admin_overrides_active: 1\n" in stats
        assert "runtime.override_dir_exists: 2\n" in stats
