"""nginx: pooled upstream connections and the proxy headers, no access log.

It makes no request id and keeps no statistics per route: it is asked for what it is commonly used
for, which is less than what Envoy and Voyant do by default.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench.cases import CONNECTIONS, RESPONSE_BYTES, TEXT_BYTES, TEXT_PATH
from bench.proxies.proxy import Proxy, Setup, installed

NEVER = 1_000_000_000

MAIN = """\
{module}daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
"""

HTTP = """\
http {{
  access_log off;
  keepalive_requests {never};
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{servers}}}
"""

PROXY = """\
  upstream backend {{
    server 127.0.0.1:{backend};
    keepalive {keepalive};
    keepalive_requests {never};
  }}
  server {{
    listen 127.0.0.1:{listen}{http2};
    location / {{
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      # Large bodies pass through memory alone, as they do with the others.
      client_max_body_size 0;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
    }}
  }}
"""

STREAM = """\
stream {{
  server {{ listen 127.0.0.1:{listen}; proxy_pass 127.0.0.1:{backend}; }}
}}
"""

ANSWER = """\
  server {{
    listen 127.0.0.1:{listen} backlog=4096;
    location / {{ default_type text/plain; return 200 "{body}"; }}
    location {text_path} {{ default_type text/plain; alias {text}; }}
  }}
"""


def configure(setup: Setup) -> str:
    if setup.case.tcp:
        stream = STREAM.format(listen=setup.listen, backend=setup.backend)
        return main(setup.folder, stream_module(setup.binary)) + stream
    servers = PROXY.format(
        listen=setup.listen,
        backend=setup.backend,
        http2=" http2" if setup.case.http2 else "",
        keepalive=2 * CONNECTIONS,
        never=NEVER,
    )
    return main(setup.folder) + HTTP.format(never=NEVER, folder=setup.folder, servers=servers)


def backend_configuration(listen: int, folder: Path) -> str:
    """The one upstream of all proxies: a fixed answer, from connections that never end."""
    text = folder / "text"
    text.write_text(text_of(TEXT_BYTES))
    servers = ANSWER.format(
        listen=listen,
        body="x" * RESPONSE_BYTES,
        text_path=TEXT_PATH,
        text=text,
    )
    return main(folder) + HTTP.format(never=NEVER, folder=folder, servers=servers)


def text_of(size: int) -> str:
    """Words in an order that repeats late enough to be work for a compressor."""
    words = ("proxy", "carries", "what", "others", "decide", "and", "tells", "them", "why", "it")
    chosen = (f"{words[number * number % 97 % len(words)]}{number % 31}" for number in range(size))
    return " ".join(chosen)[:size]


def main(folder: Path, module: str = "") -> str:
    return MAIN.format(folder=folder, module=module)


def stream_module(binary: Path) -> str:
    """`load_module` where nginx was built with the stream module apart, else nothing."""
    done = subprocess.run([str(binary), "-V"], capture_output=True, text=True, check=False)
    if "--with-stream=dynamic" not in done.stderr:
        return ""
    folder = done.stderr.partition("--modules-path=")[2].split()[0]
    return f"load_module {folder}/ngx_stream_module.so;\n"


def command(binary: Path, configuration: Path) -> list[str]:
    return [str(binary), "-e", "stderr", "-p", str(configuration.parent), "-c", str(configuration)]


NGINX = Proxy(
    name="nginx",
    find=lambda: installed("nginx"),
    missing="apt-get install nginx libnginx-mod-stream",
    configure=configure,
    suffix=".conf",
    command=command,
    version_flag="-v",
)
