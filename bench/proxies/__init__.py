"""The proxies that are compared: for each, its binary and an equivalent configuration."""

from bench.proxies.envoy import ENVOY
from bench.proxies.haproxy import HAPROXY
from bench.proxies.nginx import NGINX
from bench.proxies.proxy import Proxy
from bench.proxies.voyant import VOYANT

PROXIES = {proxy.name: proxy for proxy in (VOYANT, ENVOY, NGINX, HAPROXY)}

__all__ = ["PROXIES", "Proxy"]
