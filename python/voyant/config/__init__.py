"""Envoy v3 configuration to the IR: loading, checking, translating.

`load` (file, inline YAML or both) gives a message that obeys the API's own rules, or raises
`ConfigErrors` with everything that is wrong, each with file, line, column and path. A translator is
a function from a message and its `At` to a struct of the IR:

    loaded = load(Path("envoy.yaml"))
    bootstrap = loaded.message                      # envoy.config.bootstrap.v3.Bootstrap
    for i, cluster in enumerate(bootstrap.static_resources.clusters):
        translate_cluster(cluster, loaded.at.field("static_resources").item("clusters", i))
    loaded.report.check()                           # raises what the translators reported

    CLUSTER = Fields(                               # the field audit, see `audit`
        "envoy.config.cluster.v3.Cluster",
        reads={"name", "type", "connect_timeout", "load_assignment"},
        no_effect={"alt_stat_name": "..."},
    )

    def translate_cluster(cluster: Proto, at: At) -> ir.Cluster:
        CLUSTER.check(cluster, at)                  # set but not read: "not supported yet"
        if cluster.name in seen:
            at.field("name").error("...", expected="...", hint=nearest(...))
        for key in cluster.typed_extension_protocol_options:
            there = at.key("typed_extension_protocol_options", key)
            options = unpack(cluster.typed_extension_protocol_options[key], there)

A message is an ordinary protobuf message (`cluster.HasField("metadata")`, `WhichOneof`), of a class
made at run time (`Proto`). An `At` is cheap to make; its place is looked up only when an error is
reported. `unpack` gives the message in an `Any`, TypedStruct resolved, and does not decode twice;
`error` does not stop anything: report, go on, and let the caller check at the end. Never read a
message that was not loaded or checked: `validate(message, at)` for what came over xDS
(`Report(Unplaced("cds")).root` is its path).
"""

from voyant.config.at import At, Report, Unplaced
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto, message_class, new
from voyant.config.errors import ConfigError, ConfigErrors, ConfigWarning, Finding, Place, nearest
from voyant.config.load import Loaded, load, load_text
from voyant.config.rules import validate
from voyant.config.unpack import type_name, unpack

__all__ = [
    "At",
    "ConfigError",
    "ConfigErrors",
    "ConfigWarning",
    "Fields",
    "Finding",
    "Loaded",
    "Place",
    "Proto",
    "Report",
    "Unplaced",
    "load",
    "load_text",
    "message_class",
    "nearest",
    "new",
    "type_name",
    "unpack",
    "validate",
]
