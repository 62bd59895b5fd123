"""Cluster specifier plugins: clusters that a matching tree leads to.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/cluster_specifier/matcher
"""

from collections.abc import Mapping

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.errors import nearest
from voyant.config.protocol_options import TYPED_EXTENSION
from voyant.config.unpack import is_left_out, type_name, unpack
from voyant.config.xds_matcher import Use, xds_matcher
from voyant.config.xds_matcher_input import INPUTS

PLUGIN = Fields("envoy.config.route.v3.ClusterSpecifierPlugin", reads={"extension", "is_optional"})
_SPECIFIERS = "envoy.extensions.router.cluster_specifiers."
MATCHER = Fields(f"{_SPECIFIERS}matcher.v3.MatcherClusterSpecifier", reads={"cluster_matcher"})
CLUSTER_ACTION = Fields(f"{_SPECIFIERS}matcher.v3.ClusterAction", reads={"cluster"})

Plugins = Mapping[str, ir.ClusterSpecifier | None]
"""By their names; None for one that is optional and unknown, whose routes never match."""


def cluster_specifier_plugins(message: Proto, at: At) -> Plugins:
    """Those of a route table; of equal names the first stays."""
    found: dict[str, ir.ClusterSpecifier | None] = {}
    for i, plugin in enumerate(message.cluster_specifier_plugins):
        specifier = cluster_specifier_plugin(plugin, at.item("cluster_specifier_plugins", i))
        found.setdefault(plugin.extension.name, specifier)
    return found


def named_plugin(name: str, at: At, plugins: Plugins) -> ir.ClusterSpecifier | None:
    """One of the route table."""
    if name not in plugins:
        at.error(
            f"Unknown cluster specifier plugin name: {name} is used in the route",
            hint=nearest(name, plugins),
        )
    return plugins.get(name)


def cluster_specifier_plugin(message: Proto, at: At) -> ir.ClusterSpecifier | None:
    """A plugin; None for one that is optional and unknown."""
    PLUGIN.check(message, at)
    there = at.field("extension")
    TYPED_EXTENSION.check(message.extension, there)
    if message.is_optional and is_left_out(message.extension.typed_config):
        return None
    typed = unpack(message.extension.typed_config, there.field("typed_config"))
    if typed is None:
        return None
    if typed.DESCRIPTOR.full_name == MATCHER.full_name:
        return _matcher(typed, there.field("typed_config"))
    name, kind = message.extension.name, type_name(message.extension.typed_config)
    if ".cluster_specifiers." in kind or ".cluster_specifier." in kind:
        there.field("typed_config").error(
            f"the cluster specifier plugin {name!r} ({kind}) is not supported yet"
        )
    elif not message.is_optional:
        there.field("typed_config").error(
            f"Didn't find a registered implementation for {name!r} with type URL: {kind!r}"
        )
    return None


def _matcher(message: Proto, at: At) -> ir.ClusterSpecifier:
    MATCHER.check(message, at)
    clusters: list[str] = []

    def action(typed: Proto, there: At) -> int | None:
        if typed.DESCRIPTOR.full_name != CLUSTER_ACTION.full_name:
            return None
        CLUSTER_ACTION.check(typed, there)
        if typed.cluster not in clusters:
            clusters.append(typed.cluster)
        return clusters.index(typed.cluster)

    # All inputs may be here, and clusters need not exist.
    use = Use(
        tree="cluster specifier tree",
        inputs=INPUTS,
        refusal=lambda _: "",
        action=action,
        keep_matching=True,
    )
    tree = xds_matcher(message.cluster_matcher, at.field("cluster_matcher"), use)
    return ir.ClusterSpecifierMatcher(matcher=tree, clusters=clusters)
