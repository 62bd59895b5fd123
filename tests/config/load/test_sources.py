"""Which reader a file gets, and what each says about what it cannot read."""

from pathlib import Path

import pytest
from google.protobuf import text_format
from voyant.config import ConfigErrors, load, new, unpack
from voyant.config.descriptors import pool

YAML = "node: {id: a}\nstatic_resources: {clusters: [{name: c, connect_timeout: 1s}]}\n"
JSON = """{"node": {"id": "a"},
"staticResources": {"clusters": [{"name": "c", "connectTimeout": "1s"}]}}"""


def written(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigErrors) as caught:
        load(path)
    return str(caught.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize("name", ["c.yaml", "c.yml", "c.YAML"])
def test_yaml_by_name(tmp_path: Path, name: str) -> None:
    assert load(written(tmp_path, name, YAML)).message.node.id == "a"


@pytest.mark.parametrize("name", ["c.json", "c.conf", "c", "c.yaml"])
def test_json_by_name_and_as_yaml(tmp_path: Path, name: str) -> None:
    assert load(written(tmp_path, name, JSON)).message.node.id == "a"


def test_yaml_under_another_name_is_not_json(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "c.conf", YAML)) == "c.conf:1:1: this is not a JSON value"


def test_binary(tmp_path: Path) -> None:
    data = load(written(tmp_path, "c.yaml", YAML)).message.SerializeToString()
    assert load(written(tmp_path, "c.pb", data)).message.node.id == "a"


def test_binary_garbage(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "c.pb", b"\xff\xff")).startswith("c.pb: this is not a ser")


def test_binary_with_unknown_fields(tmp_path: Path) -> None:
    node = new("envoy.config.core.v3.Node")
    node.MergeFromString(b"\xfa\x7f\x01x")
    message = new("envoy.config.bootstrap.v3.Bootstrap")
    message.node.MergeFrom(node)
    path = written(tmp_path, "c.pb", message.SerializeToString())
    assert refusal(path) == "c.pb: unknown fields: node.#2047"


def test_binary_breaks_a_rule(tmp_path: Path) -> None:
    message = new("envoy.config.bootstrap.v3.Bootstrap")
    message.static_resources.clusters.add()
    path = written(tmp_path, "c.pb", message.SerializeToString())
    assert refusal(path) == "c.pb: static_resources.clusters[0].name: must not be empty"


def test_text_format_with_a_typed_configuration(tmp_path: Path) -> None:
    loaded = load(
        written(
            tmp_path,
            "c.yaml",
            "static_resources:\n  clusters:\n  - name: c\n    typed_extension_protocol_options:\n"
            "      x: {'@type': type.googleapis.com/envoy.extensions.upstreams.http.v3."
            "HttpProtocolOptions, explicit_http_config: {http2_protocol_options: {}}}",
        )
    )
    text = text_format.MessageToString(loaded.message, descriptor_pool=pool())
    again = load(written(tmp_path, "c.pb_text", text))
    assert again.message == loaded.message


def test_text_format_garbage(tmp_path: Path) -> None:
    path = written(tmp_path, "c.pb_text", 'node {\n  idd: "a"\n}')
    assert refusal(path).startswith("c.pb_text:2:3: ")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    expected = "no.yaml: the file cannot be read: No such file or directory"
    assert refusal(tmp_path / "no.yaml") == expected


def test_a_folder(tmp_path: Path) -> None:
    assert "the file cannot be read" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["c.yaml", "c.json", "c.pb_text"])
def test_not_utf8(tmp_path: Path, name: str) -> None:
    assert "this is not UTF-8 text" in refusal(
        written(tmp_path, name, b'{"node":\n {"id": "\xff"}}')
    )


def test_a_byte_order_mark(tmp_path: Path) -> None:
    assert load(written(tmp_path, "c.yaml", "\ufeff" + YAML)).message.node.id == "a"


def test_typed_configurations_are_decoded_once(tmp_path: Path) -> None:
    loaded = load(
        written(
            tmp_path,
            "c.yaml",
            "static_resources:\n  clusters:\n"
            + "".join(
                f"  - name: c{i}\n    typed_extension_protocol_options:\n"
                "      x: {'@type': type.googleapis.com/xds.type.v3.TypedStruct, type_url: "
                "a/envoy.config.core.v3.Node, value: {userAgentName: u}}\n"
                for i in range(2)
            ),
        )
    )
    clusters = loaded.message.static_resources.clusters
    first, second = (
        unpack(c.typed_extension_protocol_options["x"], loaded.at.key("x", "x")) for c in clusters
    )
    assert first is second
    assert first is not None
    assert first.DESCRIPTOR.full_name == "envoy.config.core.v3.Node"
    assert first.user_agent_name == "u"
