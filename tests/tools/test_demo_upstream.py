"""The demo's upstream answers a request once it has read all of it."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from tools.demo_upstream import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    started = Upstream("blue", 0).start()
    yield started
    started.stop()


def test_a_chunked_body_leaves_the_connection_to_the_next_request(upstream: Upstream) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", upstream.port, timeout=10)
    for _ in range(2):
        connection.request("POST", "/x", iter([b"one", b"two"]), encode_chunked=True)
        socket = connection.sock
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"blue answers POST /x\n")
        assert connection.sock is socket
    connection.close()
