"""`make bench-logs`: lines a second that two workers write to one access log, none lost or torn.

Every request is answered by the proxy itself, so that the log is what costs. When the load is over
the file is read: it has a line for each request, and each line is whole.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from bench import load, stand
from bench.cases import CASES
from bench.process import Process
from bench.programs import available, provide, say

CASE = CASES["http1"]
WORKERS = 2
SECONDS = 20.0
LINE = re.compile(rb"GET / 200 [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} end")
_HCM = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_FORMAT = "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %REQ(X-REQUEST-ID)% end\\n"
_CONFIGURATION = """\
admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {admin}}}}}}}
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {listen}}}}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/{hcm}
          stat_prefix: logs
          access_log:
          - name: file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: {log}
              log_format:
                text_format_source:
                  inline_string: "{line}"
          http_filters:
          - name: router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{prefix: "/"}}
                direct_response: {{status: 200}}
"""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.logs", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of load (%(default)s)")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    provide(["wrk"])
    try:
        for binary in available(["voyant"]).values():
            print(play(binary, options.seconds))
    except (OSError, stand.StandError, load.LoadError) as error:
        say(f"bench: {error}")
        return 1
    return 0


def play(binary: Path, seconds: float) -> str:
    """Loads the proxy, lets it end, and reads its log."""
    folder = stand.folder("logs")
    log, configuration = folder / "access.log", folder / "configuration.yaml"
    log.unlink(missing_ok=True)
    admin, listen = stand.free_port(), stand.free_port()
    configuration.write_text(
        _CONFIGURATION.format(admin=admin, listen=listen, log=log, hcm=_HCM, line=_FORMAT)
    )
    workers = ["--concurrency", str(WORKERS), "--log-level", "error"]
    command = [str(binary), "run", "-c", str(configuration), *workers]
    with Process(command, None, folder / "log") as process:
        stand.wait_until_open(process, listen)
        seen = load.run(CASE, f"http://127.0.0.1:{listen}/", seconds, None, folder)
        requests = settled(admin)
    whole, torn = read(log)
    if torn or whole != requests:
        raise stand.StandError(f"{requests:,} requests, {whole:,} whole lines, {torn:,} others")
    return f"{whole:,} lines, all whole, none lost; {seen.per_second:,.0f} a second"


def settled(admin: int) -> int:
    """The requests that there were, when none is left."""
    deadline = time.monotonic() + SECONDS
    while True:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{admin}/stats?format=json&filter=^http.logs.downstream_rq_(total|active)$"
        ) as response:
            stats = {each["name"]: each["value"] for each in json.load(response)["stats"]}
        if stats["http.logs.downstream_rq_active"] == 0:
            total: int = stats["http.logs.downstream_rq_total"]
            return total
        if time.monotonic() > deadline:
            raise stand.StandError("requests do not end")
        time.sleep(0.01)


def read(log: Path) -> tuple[int, int]:
    """How many lines are whole and unlike all others, and how many are not."""
    lines = log.read_bytes().splitlines()
    whole = {line for line in lines if LINE.fullmatch(line)}
    return len(whole), len(lines) - len(whole)


if __name__ == "__main__":
    sys.exit(main())
