"""`/config_dump`: what Envoy answered for the same configuration, kept in `config_dump.json`.

Left out there: what Envoy says of itself in the node. Its times are replaced by one.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from voyant.admin.config_dump import Answer, answer, given
from voyant.config import load

HERE = Path(__file__).parent
SECONDS = 1.5
ENVOYS = json.loads((HERE / "config_dump.json").read_text())["configs"]
TYPE = "type.googleapis.com/envoy.admin.v3."


def ask(node: dict[str, str] | None = None, **query: str) -> Answer:
    message = load(HERE / "config_dump.yaml").message
    return answer(given(message.SerializeToString(), node or {}, SECONDS), query)


def configs(node: dict[str, str] | None = None, **query: str) -> list[dict[str, Any]]:
    status, is_json, body = ask(node, **query)
    assert (status, is_json) == (200, True)
    found: list[dict[str, Any]] = json.loads(body).get("configs", [])
    return found


def test_the_whole_is_as_envoys() -> None:
    found = configs()
    node = found[0]["bootstrap"]["node"]
    assert node.pop("user_agent_name") == "envoy"
    assert node.pop("user_agent_build_version")["version"] == {
        "major_number": 1,
        "minor_number": 40,
    }
    assert found == ENVOYS


def test_flags_win_in_the_node() -> None:
    (bootstrap,) = configs({"id": "a", "cluster": "", "zone": "z"}, mask="bootstrap.node")
    node = bootstrap["bootstrap"]["node"]
    assert (node["id"], node["cluster"], node["locality"]) == ("a", "c", {"zone": "z"})


@pytest.mark.parametrize(
    ("resource", "kind", "item", "names"),
    [
        ("static_clusters", "ClustersConfigDump.StaticCluster", "cluster", ["one", "two"]),
        ("static_listeners", "ListenersConfigDump.StaticListener", "listener", ["web"]),
        ("static_route_configs", "RoutesConfigDump.StaticRouteConfig", "route_config", ["r1"]),
    ],
)
def test_resources(resource: str, kind: str, item: str, names: list[str]) -> None:
    found = configs(resource=resource)
    assert [each["@type"] for each in found] == [TYPE + kind] * len(names)
    assert [each[item]["name"] for each in found] == names


def test_a_resource_of_which_there_is_none() -> None:
    assert configs(resource="dynamic_active_clusters") == []


def test_masks() -> None:
    assert configs(mask="bootstrap.node.id") == [
        {"@type": TYPE + "BootstrapConfigDump", "bootstrap": {"node": {"id": "node1"}}}
    ]
    cluster = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
    assert configs(resource="static_clusters", mask="cluster.name", name_regex="o.*") == [
        {
            "@type": TYPE + "ClustersConfigDump.StaticCluster",
            "cluster": {"@type": cluster, "name": "one"},
        }
    ]


def test_names() -> None:
    found = configs(name_regex="on")
    assert [len(each.get("static_clusters", [])) for each in found] == [0] * 6
    found = configs(name_regex="one|r1")
    assert [each["cluster"]["name"] for each in found[1]["static_clusters"]] == ["one"]
    assert "static_listeners" not in found[2]
    assert [each["route_config"]["name"] for each in found[4]["static_route_configs"]] == ["r1"]


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        (
            {"resource": "bootstrap"},
            400,
            "bootstrap is not a repeated field. Use ?mask=bootstrap to get only this field",
        ),
        ({"resource": "nope"}, 404, "nope not found in config dump"),
        (
            {"mask": "nope"},
            400,
            "FieldMask nope could not be successfully applied to any configs.",
        ),
        (
            {"mask": "static_clusters.cluster.name"},
            400,
            "FieldMask static_clusters.cluster.name could not be successfully applied to any "
            "configs.",
        ),
        (
            {"resource": "static_clusters", "mask": "cluster.name,nope"},
            400,
            'FieldMask goo.gle/debugproto  \npaths: "cluster.name"\npaths: "nope"\n could not be '
            "successfully used.",
        ),
        ({"name_regex": "("}, 400, "INVALID_ARGUMENT: Error while parsing name_regex from (: "),
        ({"include_eds": ""}, 400, "include_eds is not supported yet"),
    ],
)
def test_refused(query: dict[str, str], status: int, text: str) -> None:
    got, is_json, body = ask(None, **query)
    assert (got, is_json) == (status, False)
    assert body.decode().startswith(text)
