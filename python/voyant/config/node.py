"""Who this proxy is: the bootstrap's `node`, with what the command line says over it."""

from voyant import __version__, ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.endpoint import LOCALITY
from voyant.config.load.tree import Tree
from voyant.config.load.well_known import plain
from voyant.config.options import Options

_PROXY_SAYS = "the proxy says itself what it is"
NODE = Fields(
    "envoy.config.core.v3.Node",
    reads={"id", "cluster", "metadata", "locality", "client_features"},
    no_effect={
        "dynamic_parameters": "only a control plane is told, and there is none yet",
        "user_agent_name": _PROXY_SAYS,
        "user_agent_version": _PROXY_SAYS,
        "user_agent_build_version": _PROXY_SAYS,
        "extensions": _PROXY_SAYS,
        "listening_addresses": "only a control plane is told, and there is none yet",
    },
)


def node(bootstrap: Proto, at: At, options: Options) -> ir.Node:
    """The node; a flag wins over the file, as in Envoy."""
    message = bootstrap.node
    NODE.check(message, at.field("node"))
    LOCALITY.check(message.locality, at.field("node").field("locality"))
    return ir.Node(
        id=options.service_node or message.id,
        cluster=options.service_cluster or message.cluster,
        region=message.locality.region,
        zone=options.service_zone or message.locality.zone,
        sub_zone=message.locality.sub_zone,
    )


def shown(found: ir.Node, message: Proto) -> dict[str, Tree]:
    """The node as `/server_info` shows it."""
    return {
        "id": found.id,
        "cluster": found.cluster,
        "metadata": plain(message.metadata),
        "locality": {"region": found.region, "zone": found.zone, "sub_zone": found.sub_zone},
        **user_agent(),
        "extensions": [],
        "client_features": list(message.client_features),
        "listening_addresses": [],
        "dynamic_parameters": {},
    }


def user_agent() -> dict[str, Tree]:
    """What the proxy says that it is: Envoy, for control planes ask for it."""
    return {
        "user_agent_name": "envoy",
        "user_agent_build_version": {
            "version": {"major_number": 1, "minor_number": 40, "patch": 0},
            "metadata": {"voyant": __version__},
        },
    }
