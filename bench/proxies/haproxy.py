"""HAProxy: one thread, upstream connections shared as the others share them, forwarded headers."""

from __future__ import annotations

from pathlib import Path

from bench.proxies.proxy import Proxy, Setup, installed

CONFIGURATION = """\
global
  nbthread 1
  maxconn 8192
defaults
  mode {mode}
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend in
  bind 127.0.0.1:{listen}{http2}
{headers}  default_backend out
backend out
{reuse}  server one 127.0.0.1:{backend}
"""

HEADERS = """\
  option forwardfor
  http-request set-header X-Forwarded-Proto http
"""


def configure(setup: Setup) -> str:
    tcp = setup.case.tcp
    return CONFIGURATION.format(
        mode="tcp" if tcp else "http",
        listen=setup.listen,
        backend=setup.backend,
        http2=" proto h2" if setup.case.http2 else "",
        headers="" if tcp else HEADERS,
        reuse="" if tcp else "  http-reuse always\n",
    )


def command(binary: Path, configuration: Path) -> list[str]:
    return [str(binary), "-db", "-q", "-f", str(configuration)]


HAPROXY = Proxy(
    name="haproxy",
    find=lambda: installed("haproxy"),
    missing="apt-get install haproxy",
    configure=configure,
    suffix=".cfg",
    command=command,
    version_flag="-v",
)
