"""What the tests of the command share."""

import socket
from pathlib import Path

import pytest

from tests.cli.served import configuration
from tests.cli.voyant import SECONDS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration that can be served."""
    path = tmp_path / "envoy.yaml"
    path.write_text(configuration())
    return path


@pytest.fixture
def upstream() -> socket.socket:
    """A listening socket; who accepts answers by hand."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(SECONDS)
    return listening
