"""examples/demo.yaml: Voyant answers as the real Envoy did on the same file."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from tests.examples import demo, record
from tests.parity.proxy import voyant_command
from tools import demo as command


def test_voyant_answers_as_envoy_did(tmp_path: Path) -> None:
    recorded = json.loads(record.RECORDING.read_text())
    assert demo.observed(voyant_command(), tmp_path) == recorded


def test_the_recording_is_of_these_requests() -> None:
    recorded = json.loads(record.RECORDING.read_text())
    asked = [f"{method} {path}" for method, path, _ in demo.REQUESTS]
    assert [answer["request"] for answer in recorded["requests"]] == asked


def test_make_run_starts_what_the_configuration_names() -> None:
    resources = yaml.safe_load(demo.CONFIGURATION.read_text())["static_resources"]
    clusters = {
        cluster["name"]: endpoint["endpoint"]["address"]["socket_address"]["port_value"]
        for cluster in resources["clusters"]
        for locality in cluster["load_assignment"]["endpoints"]
        for endpoint in locality["lb_endpoints"]
    }
    assert clusters == command.UPSTREAMS
