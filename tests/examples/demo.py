"""What is asked of examples/demo.yaml, and what came of it as plain data.

The configuration is served as it stands, but for its ports: fixed ones would meet those of a
demo that runs, and of tests beside this one.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.parity.config import Node
from tests.parity.proxy import Proxy
from tools.demo import UPSTREAMS
from tools.demo_upstream import Upstream

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "examples" / "demo.yaml"
SHOP_VISITS = 200
COMPARED_HEADERS = ("content-type", "content-length", "location", "server", "x-served-by")

Request = tuple[str, str, dict[str, str]]

REQUESTS: tuple[Request, ...] = (
    ("GET", "/", {}),
    ("GET", "/hello", {}),
    ("GET", "/hello/world?q=1", {}),
    ("GET", "/helloworld", {}),
    ("POST", "/hello/world", {"content-length": "0"}),
    ("HEAD", "/hello/world", {}),
    ("GET", "/users/42", {}),
    ("GET", "/users/forty", {}),
    ("GET", "/shop?beta=yes", {}),
    ("GET", "/shop/shelf", {"x-beta": "1"}),
    ("GET", "/old/page", {}),
    ("GET", "/nowhere", {}),
    ("GET", "/", {"host": "teapot.example.com"}),
    ("GET", "/any", {"host": "big.teapot.example.com"}),
)


@contextmanager
def served(command: Sequence[str], directory: Path) -> Iterator[dict[str, tuple[str, int]]]:
    """The demo, upstreams and all, behind the given proxy; gives its addresses."""
    upstreams = {port: Upstream(name, 0).start() for name, port in UPSTREAMS.items()}
    ports = {port: upstream.port for port, upstream in upstreams.items()}
    configuration: Node = {}
    for name, value in yaml.safe_load(CONFIGURATION.read_text()).items():
        configuration[name] = moved(value, ports)
    try:
        with Proxy(command, configuration, directory) as proxy:
            yield {name: (str(at[0]), int(at[1])) for name, at in proxy.addresses().items()}
    finally:
        for upstream in upstreams.values():
            upstream.stop()


def moved(node: object, ports: dict[int, int]) -> object:
    """The configuration with the upstreams' ports replaced, and all others free to choose."""
    if isinstance(node, dict):
        return {
            key: ports.get(value, 0) if key == "port_value" else moved(value, ports)
            for key, value in node.items()
        }
    return [moved(item, ports) for item in node] if isinstance(node, list) else node


def ask(address: tuple[str, int], request: Request) -> dict[str, object]:
    method, path, headers = request
    connection = http.client.HTTPConnection(*address, timeout=10)
    try:
        connection.request(method, path, headers={"host": "demo.test", **headers})
        response = connection.getresponse()
        compared = {name: response.headers.get(name) for name in COMPARED_HEADERS}
        return {
            "request": f"{method} {path}",
            **({"headers": headers} if headers else {}),
            "status": response.status,
            "answer": {name: value for name, value in compared.items() if value is not None},
            "body": response.read().decode(),
        }
    finally:
        connection.close()


def colors(address: tuple[str, int]) -> list[str]:
    """The upstreams that the weighted split reached; each carries a header of its own."""
    seen: set[str] = set()
    connection = http.client.HTTPConnection(*address, timeout=10)
    for _ in range(SHOP_VISITS):
        connection.request("GET", "/shop")
        response = connection.getresponse()
        seen.add(f"{response.headers['x-color']}: {response.read().decode().split()[0]}")
    connection.close()
    return sorted(seen)


def observed(command: Sequence[str], directory: Path) -> dict[str, object]:
    """Everything that is compared."""
    with served(command, directory) as addresses:
        http_listener, tcp_listener = addresses["http"], addresses["tcp"]
        return {
            "requests": [ask(http_listener, request) for request in REQUESTS],
            "split": colors(http_listener),
            "tcp": ask(tcp_listener, ("GET", "/through/tcp", {})),
            "ready": ask(addresses["admin"], ("GET", "/ready", {})),
        }
