"""The walk through messages: what must be set, lists, maps, typed configurations, oneofs."""

import pytest
from voyant.config import Report, Unplaced, new, validate
from voyant.config.descriptors import Proto

RATE_LIMIT = "envoy.config.route.v3.RateLimit.Action"


def problems(message: Proto) -> list[str]:
    """What is wrong with a message, as `path: words`."""
    report = Report(Unplaced("in"))
    validate(message, report.root)
    return [f"{error.path}: {error.text()}" for error in report.errors]


def test_required_message() -> None:
    assert problems(new("envoy.config.route.v3.HeaderMatcher")) == ["name: must not be empty"]
    assert "match: is required" in problems(new("envoy.config.route.v3.Route"))


def test_required_oneof() -> None:
    assert problems(new(RATE_LIMIT))[0].startswith(": one of source_cluster, destination_cluster,")


def test_a_required_member_of_a_oneof_is_not_required_by_itself() -> None:
    message = new("envoy.config.core.v3.Address")
    message.pipe.path = "/a"
    assert problems(message) == []


def test_wrapper() -> None:
    message = new("envoy.config.core.v3.Http2ProtocolOptions")
    assert problems(message) == []
    message.initial_stream_window_size.value = 1
    assert problems(message) == [
        "initial_stream_window_size: must be at least 65535 and at most 2147483647"
    ]


def test_scalar_with_presence_is_checked_only_when_set() -> None:
    message = new("envoy.config.core.v3.SocketAddress")
    message.address = "a"
    assert problems(message) == [": one of port_value, named_port must be set"]
    message.port_value = 0
    assert problems(message) == []
    message.port_value = 65536
    assert problems(message) == ["port_value: must be at most 65535"]


def test_items_of_a_list_and_their_number() -> None:
    message = new("envoy.config.route.v3.VirtualHost")
    message.name = "v"
    assert problems(message) == ["domains: must not be empty"]
    message.domains.extend(["a", "b\n"])
    words = "must not have a NUL, a carriage return or a line feed in it"
    assert problems(message) == [f"domains[1]: {words}"]


def test_a_list_of_unique_items() -> None:
    message = new("envoy.config.route.v3.InternalRedirectPolicy")
    message.response_headers_to_copy.extend(["a", "a"])
    assert "response_headers_to_copy: must not have an item twice" in problems(message)


def test_too_many_items() -> None:
    message = new("envoy.config.route.v3.RateLimit")
    message.actions.add().generic_key.descriptor_value = "x"
    assert problems(message) == []
    host = new("envoy.config.route.v3.VirtualHost")
    host.name = "v"
    host.domains.append("*")
    for _ in range(1001):
        host.request_headers_to_add.add().header.key = "x"
    assert problems(host) == ["request_headers_to_add: must have at most 1000 items"]


def test_keys_and_values_of_a_map() -> None:
    message = new("envoy.config.core.v3.Metadata")
    message.filter_metadata[""].SetInParent()
    assert problems(message) == ['filter_metadata[""]: the key must not be empty']
    load = new("xds.data.orca.v3.OrcaLoadReport")
    load.utilization["a"] = 2
    assert problems(load) == ['utilization["a"]: must be at least 0 and at most 1']


def test_a_map_that_must_not_be_empty() -> None:
    assert problems(new("xds.type.matcher.v3.Matcher.MatcherTree.MatchMap")) == [
        "map: must not be empty"
    ]


def test_into_a_typed_configuration() -> None:
    message = new("envoy.config.listener.v3.Filter")
    message.name = "f"
    message.typed_config.Pack(new("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"))
    assert problems(message) == [
        "typed_config: one of cluster, weighted_clusters must be set",
        "typed_config.stat_prefix: must not be empty",
    ]


@pytest.mark.parametrize(
    ("url", "value", "words"),
    [
        ("type.googleapis.com/envoy.Nothing", b"", "@type: there is no type 'envoy.Nothing'"),
        ("envoy.config.core.v3.Node", b"", "@type: 'envoy.config.core.v3.Node' is not a type URL"),
        (
            "type.googleapis.com/envoy.config.core.v3.Node",
            b"\xff",
            "typed_config: the bytes are not those of envoy.config.core.v3.Node",
        ),
    ],
)
def test_a_typed_configuration_that_cannot_be_read(url: str, value: bytes, words: str) -> None:
    message = new("envoy.config.listener.v3.Filter")
    message.name = "f"
    message.typed_config.type_url = url
    message.typed_config.value = value
    (found,) = problems(message)
    assert words in found


def test_a_rule_that_says_not_to_look_inside() -> None:
    message = new("envoy.config.core.v3.KeyValueAppend")
    message.entry.SetInParent()
    message.record.key = "k"
    message.record.value.string_value = "v"
    assert problems(message) == []


def test_text_that_may_be_empty() -> None:
    message = new("envoy.config.core.v3.SchemeHeaderTransformation")
    assert problems(message) == []
    message.scheme_to_overwrite = "ftp"
    assert problems(message) == ["scheme_to_overwrite: must be one of 'http', 'https'"]


@pytest.mark.parametrize(("seconds", "nanos"), [(-1, 0), (0, -1), (9_223_372_036, 0), (0, 10**9)])
def test_durations_that_no_field_takes(seconds: int, nanos: int) -> None:
    message = new("envoy.config.core.v3.HttpProtocolOptions")
    message.idle_timeout.seconds = seconds
    message.idle_timeout.nanos = nanos
    (found,) = problems(message)
    assert found.startswith("idle_timeout: ")
