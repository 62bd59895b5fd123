"""What translating a text gives, as goldens have it.

The first word of a golden's name says what the text is. A golden has a line for each value,
`path = value`, but only for what differs from the plainest text of its kind, so that it is short;
each item of a list is compared with the first item there. `*_plain` goldens have all values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache

import msgspec
from voyant.config import At, ConfigErrors, Loaded, Proto, load_text
from voyant.config.bootstrap import translate
from voyant.config.cluster import Surroundings, cluster
from voyant.config.filter_chain import Chains
from voyant.config.http_connection_manager import HCM, http_connection_manager
from voyant.config.listener import listener
from voyant.config.load import BOOTSTRAP
from voyant.config.options import Options
from voyant.config.route import route_configuration
from voyant.config.tcp_proxy import TCP_PROXY, tcp_proxy

CLUSTERS = frozenset({"one", "two"})
_INDEX = re.compile(r"\[\d+\]")
SHORT = 100

Translate = Callable[[Proto, At], object]
KINDS: dict[str, tuple[str, Translate, str]] = {
    "cluster": (
        "envoy.config.cluster.v3.Cluster",
        lambda message, at: cluster(message, at, Surroundings()),
        "name: one",
    ),
    "listener": (
        "envoy.config.listener.v3.Listener",
        lambda message, at: listener(message, at, Chains(CLUSTERS), 0),
        "address: {socket_address: {address: 127.0.0.1, port_value: 0}}\nfilter_chains: [{}]",
    ),
    "hcm": (
        HCM.full_name,
        lambda message, at: http_connection_manager(message, at, "0"),
        "stat_prefix: http\nroute_config: {}",
    ),
    "tcp": (TCP_PROXY.full_name, tcp_proxy, "stat_prefix: tcp\ncluster: one"),
    "routes": (
        "envoy.config.route.v3.RouteConfiguration",
        lambda message, at: route_configuration(message, at, identity="0", clusters=CLUSTERS),
        """name: plain
virtual_hosts:
- name: all
  domains: ["*"]
  routes: [{match: {prefix: /}, route: {cluster: one}}]
""",
    ),
}
"""Kinds of goldens: the message's name, its translation, the plainest text."""
PLAIN_BOOTSTRAP = "static_resources: {clusters: [{name: one}]}"


def outcome(name: str, text: str) -> str:
    """What a golden expects: the warnings and values, or the errors."""
    kind = name.partition("_")[0]
    try:
        loaded, values = translated(kind, text)
    except ConfigErrors as errors:
        return f"{errors}\n"
    plain = {} if name.endswith("_plain") else plain_values(kind)
    shown = [str(warning) for warning in loaded.warnings]
    for path, value in values.items():
        first = _INDEX.sub("[0]", path)
        if (path not in plain and first not in plain) or value != plain.get(path, plain.get(first)):
            shown.append(f"{path} = {json.dumps(value)}")
    return "".join(f"{line}\n" for line in shown) or "(as the plain one)\n"


def translated(kind: str, text: str) -> tuple[Loaded, dict[str, object]]:
    """A text's message and the values of its translation."""
    if kind == "bootstrap":
        loaded = load_text(text, "in.yaml", BOOTSTRAP)
        snapshot = translate(loaded, Options(service_zone="by-flag"))
        return loaded, dict(leaves(without_machine(msgspec.to_builtins(snapshot))))
    full_name, function, _ = KINDS[kind]
    loaded = load_text(text, "in.yaml", full_name)
    made = function(loaded.message, loaded.at)
    loaded.report.check()
    return loaded, dict(leaves(msgspec.to_builtins(made)))


def without_machine(snapshot: dict[str, dict[str, object]]) -> object:
    """Without what depends on the machine or is shown by tests of its own."""
    for name in ("local_ip", "command_line_options_json", "node_json", "version"):
        del snapshot["server"][name]
    return snapshot


@cache
def plain_values(kind: str) -> dict[str, object]:
    """The values of the plainest text of a kind."""
    text = PLAIN_BOOTSTRAP if kind == "bootstrap" else KINDS[kind][2]
    return translated(kind, text)[1]


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each value by its path; what is short is not taken apart."""
    if path and len(json.dumps(value)) <= SHORT:
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        yield f"{path}.length", len(value)
        for i, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{i}]")
    else:
        yield path, value
