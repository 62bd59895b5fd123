"""`make run`: three small upstreams, and Voyant in front of them on examples/demo.yaml.

A signal is passed on to Voyant once, which drains; the upstreams stay until it has left, so that
requests in flight are answered.
"""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from tools.demo_upstream import Upstream

ROOT = Path(__file__).resolve().parents[1]
CONFIGURATION = "examples/demo.yaml"
UPSTREAMS = {"api": 10081, "blue": 10082, "green": 10083}
ADMIN = 9901
READY_SECONDS = 30.0

WELCOME = """
Voyant serves examples/demo.yaml:
  http   http://127.0.0.1:10000
  tcp    127.0.0.1:10001
  admin  http://127.0.0.1:9901
Try:
  curl http://127.0.0.1:10000/
  curl http://127.0.0.1:10000/hello/world
  curl -i http://127.0.0.1:10000/shop
  curl http://127.0.0.1:9901/clusters
Ctrl-C drains and leaves.
"""


def start_upstreams() -> None:
    """As threads that end with this process."""
    try:
        for name, port in UPSTREAMS.items():
            Upstream(name, port).start()
    except OSError as error:
        ports = ", ".join(map(str, UPSTREAMS.values()))
        sys.exit(f"demo: the upstreams need the ports {ports} of 127.0.0.1: {error}")


def ready() -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", ADMIN, timeout=1)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until_ready(proxy: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while proxy.poll() is None and time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(0.01)
    return False


def main() -> int:
    start_upstreams()
    voyant = str(Path(sys.executable).with_name("voyant"))
    # A session of its own: the terminal's Ctrl-C would reach it beside the signal passed on here,
    # and a second signal means to end at once.
    command = [voyant, "run", "-c", CONFIGURATION]
    proxy = subprocess.Popen(command, cwd=ROOT, start_new_session=True)

    def pass_on(number: int, frame: FrameType | None) -> None:
        proxy.send_signal(number)

    signal.signal(signal.SIGINT, pass_on)
    signal.signal(signal.SIGTERM, pass_on)
    if wait_until_ready(proxy):
        print(WELCOME, file=sys.stderr, flush=True)
    return proxy.wait()


if __name__ == "__main__":
    sys.exit(main())
