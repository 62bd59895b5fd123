"""The descriptor set: whole, private, and loaded a file at a time."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor
from voyant.config.descriptors import descriptor, message_class, new, option, pool, type_names
from voyant.config.rules import walk

ENVOYS_TYPES = (Path(__file__).parent / "envoy_types.txt").read_text().split()


def run(code: str) -> str:
    """Runs code in a fresh interpreter: what was loaded before must not help."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def with_nested(of: Descriptor) -> Iterator[Descriptor]:
    yield of
    for nested in of.nested_types:
        yield from with_nested(nested)


def messages() -> Iterator[Descriptor]:
    for name in list(type_names()):
        found = descriptor(name)
        if found is not None:
            yield from with_nested(found)


def test_every_type_of_envoys_extensions_is_there() -> None:
    assert len(ENVOYS_TYPES) == 380
    assert [name for name in ENVOYS_TYPES if descriptor(name) is None] == []


@pytest.mark.parametrize(
    "name",
    [
        "envoy.extensions.filters.network.kafka_broker.v3.KafkaBroker",
        "xds.type.v3.TypedStruct",
        "udpa.type.v1.TypedStruct",
        "grpc.health.v1.HealthCheckRequest",
        "google.rpc.RetryInfo",
        "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest",
        "envoy.service.metrics.v3.StreamMetricsMessage",
        "envoy.config.cluster.v3.Cluster.CommonLbConfig",
    ],
)
def test_types_that_others_bring(name: str) -> None:
    assert new(name).DESCRIPTOR.full_name == name


def test_a_name_that_is_not_there() -> None:
    assert descriptor("envoy.config.cluster.v3.Nothing") is None
    assert descriptor("envoy.config.cluster.v3.Cluster.DiscoveryType") is None
    with pytest.raises(KeyError):
        message_class("nothing.at.all")


def test_the_default_pool_is_untouched() -> None:
    code = """
from google.protobuf import descriptor_pool
from voyant.config import new
new("envoy.config.bootstrap.v3.Bootstrap")
try:
    descriptor_pool.Default().FindMessageTypeByName("envoy.config.bootstrap.v3.Bootstrap")
except KeyError:
    print("private")
"""
    assert run(code) == "private"


def test_only_what_is_named_is_loaded() -> None:
    code = """
from voyant.config import descriptors
descriptors.new("envoy.config.core.v3.Node")
some = len(descriptors._files()._added)
descriptors.pool()
print(some, len(descriptors._files()._added))
"""
    some, everything = map(int, run(code).split())
    assert some < 40
    assert everything > 600


def test_loading_a_configuration_does_not_import_what_it_does_not_need() -> None:
    code = """
import sys
from voyant.config import load_text
load_text("node: {id: a}")
print([name for name in ("yaml", "voyant._engine", "envoy", "google.api", "dataclasses", "difflib")
       if name in sys.modules])
"""
    assert run(code) == "[]"


def test_options_are_read() -> None:
    cluster = descriptor("envoy.config.cluster.v3.Cluster")
    assert cluster is not None
    rules = option(cluster.fields_by_name["name"], "validate.rules")
    assert rules is not None
    assert rules.string.min_len == 1
    assert option(cluster.fields_by_name["metadata"], "validate.rules") is None
    match = descriptor("envoy.config.route.v3.RouteMatch")
    assert match is not None
    assert option(match.oneofs_by_name["path_specifier"], "validate.required") is True


def test_every_rule_of_every_message_compiles() -> None:
    pool()
    found = list(messages())
    assert len(found) > 1800
    for each in found:
        walk._Rules(each)
