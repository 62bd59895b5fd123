"""Inline YAML merged over a file, as protobuf merges; each error in the source that it is in."""

from pathlib import Path

import pytest
from google.protobuf import text_format
from voyant.config import At, ConfigErrors, load

BASE = """\
node: {id: base, cluster: base}
static_resources:
  clusters:
  - name: a
  - name: b
stats_config:
  stats_tags:
  - tag_name: x
    regex: (x)
"""
OVER = """\
node: {id: over}
static_resources:
  clusters:
  - name: c
    lb_policy: MAGLEV
admin:
  ignore_global_conn_limit: true
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.yaml"
    path.write_text(BASE)
    return path


def test_scalars_replace_messages_merge_lists_append(base: Path) -> None:
    message = load(base, OVER).message
    assert (message.node.id, message.node.cluster) == ("over", "base")
    assert [cluster.name for cluster in message.static_resources.clusters] == ["a", "b", "c"]
    assert message.admin.ignore_global_conn_limit
    assert len(message.stats_config.stats_tags) == 1


def test_a_null_leaves_what_the_file_says(base: Path) -> None:
    assert load(base, "node: null").message.node.id == "base"


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([("node", None), ("id", None)], "--config-yaml:1:12"),
        ([("node", None), ("cluster", None)], "base.yaml:1:27"),
        ([("static_resources", None), ("clusters", 1), ("name", None)], "base.yaml:5:11"),
        ([("static_resources", None), ("clusters", 2), ("lb_policy", None)], "--config-yaml:5:16"),
        ([("static_resources", None), ("clusters", 2), ("type", None)], "--config-yaml:4:5"),
        ([("stats_config", None), ("stats_tags", 0), ("regex", None)], "base.yaml:9:12"),
        ([("stats_config", None), ("stats_tags", 7)], "base.yaml:8:3"),
    ],
)
def test_places(base: Path, steps: list[tuple[str, int | None]], place: str) -> None:
    loaded = load(base, OVER)
    at: At = loaded.at
    for name, index in steps:
        at = at.field(name) if index is None else at.item(name, index)
    found = str(loaded.report.source.locate(at.steps(), key=False))
    assert found.removeprefix(f"{base.parent}/") == place


def test_errors_of_both_sources_and_of_the_whole(base: Path) -> None:
    base.write_text(BASE.replace("regex", "rgx"))
    with pytest.raises(ConfigErrors) as caught:
        load(base, "static_resources: {clusters: [{name: ''}]}\nadmin: {adress: {}}")
    lines = str(caught.value).replace(f"{base.parent}/", "").splitlines()
    assert [line.partition(" ")[0] for line in lines] == [
        "--config-yaml:1:38:",
        "--config-yaml:2:9:",
        "base.yaml:9:5:",
    ]


def test_what_could_not_be_read_is_told_once(base: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load(base, "static_resources: {clusters: [{name: c, connect_timeout: soon}]}")
    (error,) = caught.value.errors
    assert error.path == "static_resources.clusters[0].connect_timeout"


def test_an_empty_inline_text_is_an_error(base: Path) -> None:
    with pytest.raises(ConfigErrors, match="not valid") as caught:
        load(base, "")
    assert str(caught.value) == "--config-yaml:1:1: the document is empty; expected a mapping"


def test_inline_alone() -> None:
    assert load(None, "node: {id: a}").message.node.id == "a"


def test_neither() -> None:
    with pytest.raises(ValueError, match="neither"):
        load(None)


def test_maps_take_the_later_value(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"node": {"metadata": {"a": 1, "b": {"c": 1}}}}')
    loaded = load(path, "node: {metadata: {b: {d: 2}}}")
    assert "struct_value" in text_format.MessageToString(loaded.message)
    fields = loaded.message.node.metadata.fields
    assert sorted(fields) == ["a", "b"]
    assert sorted(fields["b"].struct_value.fields) == ["d"]
