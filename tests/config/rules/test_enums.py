"""Numbers that no value of an enum has: binary protobuf can bring them."""

from voyant.config import Report, Unplaced, new, validate


def errors(message: object) -> list[str]:
    report = Report(Unplaced("in.pb"))
    validate(message, report.root)
    return [str(error) for error in report.errors]


def test_a_field_without_rules() -> None:
    listener = new("envoy.config.listener.v3.Listener")
    listener.address.pipe.path = "/x"
    listener.traffic_direction = 2
    assert errors(listener) == []
    listener.traffic_direction = 99
    assert errors(listener) == ["in.pb: traffic_direction: 99 is not a value of TrafficDirection"]


def test_a_field_with_a_rule_is_told_once() -> None:
    cluster = new("envoy.config.cluster.v3.Cluster")
    cluster.name = "one"
    cluster.lb_policy = 99
    assert errors(cluster) == ["in.pb: lb_policy: 99 is not a value of LbPolicy"]


def test_a_list() -> None:
    cluster = new("envoy.config.cluster.v3.Cluster")
    cluster.name = "one"
    statuses = cluster.common_lb_config.override_host_status.statuses
    statuses.extend([1, 77])
    (error,) = errors(cluster)
    assert "77 is not a value of HealthStatus" in error
