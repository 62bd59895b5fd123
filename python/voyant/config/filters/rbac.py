"""The RBAC filter: who may do what.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/rbac_filter
"""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.filters.rbac_condition import permission, principal
from voyant.config.scalar import enum_name
from voyant.config.xds_matcher import Use, xds_matcher
from voyant.config.xds_matcher_input import REQUEST_HEADER, network

RBAC = Fields(
    "envoy.extensions.filters.http.rbac.v3.RBAC",
    reads={
        "rules",
        "rules_stat_prefix",
        "matcher",
        "shadow_rules",
        "shadow_matcher",
        "shadow_rules_stat_prefix",
        "track_per_rule_stats",
    },
)
PER_ROUTE = Fields("envoy.extensions.filters.http.rbac.v3.RBACPerRoute", reads={"rbac"})
RULES = Fields(
    "envoy.config.rbac.v3.RBAC",
    reads={"action", "policies"},
    no_effect={"audit_logging_options": "no filter of Envoy reads it, either: it is for gRPC"},
)
POLICY = Fields(
    "envoy.config.rbac.v3.Policy",
    reads={"permissions", "principals"},
    unsupported={"condition", "checked_condition", "cel_config"},
)
ACTION = Fields("envoy.config.rbac.v3.Action", reads={"name", "action"})

_ACTIONS: dict[str, ir.RbacAction] = {"ALLOW": "allow", "DENY": "deny", "LOG": "log"}
_INPUTS = frozenset({REQUEST_HEADER.full_name}) | network(
    "DestinationIPInput",
    "DestinationPortInput",
    "SourceIPInput",
    "SourcePortInput",
    "DirectSourceIPInput",
    "ServerNameInput",
    "NetworkNamespaceInput",
    "FilterStateInput",
    "DynamicMetadataInput",
)


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """What is enforced, and what is only told of."""
    RBAC.check(message, at)
    return ir.HttpFilterKindRbac(
        enforced=_engine(message, at, ""),
        shadow=_engine(message, at, "shadow_"),
        rules_stat_prefix=message.rules_stat_prefix,
        shadow_rules_stat_prefix=message.shadow_rules_stat_prefix,
        track_per_rule_stats=message.track_per_rule_stats,
    )


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """What a route has in place of the filter's own; nothing switches it off."""
    PER_ROUTE.check(message, at)
    if not message.HasField("rbac"):
        return ir.PerRouteKindRbac(rbac=None)
    held, there = message.rbac, at.field("rbac")
    RBAC.check(held, there)
    own = ir.Rbac(
        enforced=_engine(held, there, ""),
        shadow=_engine(held, there, "shadow_"),
        rules_stat_prefix=held.rules_stat_prefix,
        shadow_rules_stat_prefix=held.shadow_rules_stat_prefix,
        track_per_rule_stats=held.track_per_rule_stats,
    )
    return ir.PerRouteKindRbac(rbac=own)


def _engine(message: Proto, at: At, mode: str) -> ir.RbacEngine | None:
    rules, matcher = f"{mode}rules", f"{mode}matcher"
    if message.HasField(matcher):
        if message.HasField(rules):
            at.field(rules).warn(
                f"RBAC {rules.replace('_', ' ')} are ignored when {mode}matcher is configured",
                key=True,
            )
        return _tree(getattr(message, matcher), at.field(matcher))
    if not message.HasField(rules):
        return None
    return _rules(getattr(message, rules), at.field(rules))


def _rules(message: Proto, at: At) -> ir.RbacEngine:
    RULES.check(message, at)
    policies = message.policies
    return ir.RbacEngineRules(
        action=_ACTIONS[enum_name(message, "action")],
        policies=[
            _policy(name, policies[name], at.key("policies", name)) for name in sorted(policies)
        ],
    )


def _policy(name: str, message: Proto, at: At) -> ir.RbacPolicy:
    POLICY.check(message, at)
    permissions = enumerate(message.permissions)
    principals = enumerate(message.principals)
    return ir.RbacPolicy(
        name=name,
        permissions=[permission(each, at.item("permissions", i)) for i, each in permissions],
        principals=[principal(each, at.item("principals", i)) for i, each in principals],
    )


def _tree(message: Proto, at: At) -> ir.RbacEngine:
    actions: list[ir.RbacNamedAction] = []

    def action(typed: Proto, there: At) -> int | None:
        if typed.DESCRIPTOR.full_name != ACTION.full_name:
            return None
        ACTION.check(typed, there)
        kind = _ACTIONS[enum_name(typed, "action")]
        actions.append(ir.RbacNamedAction(name=typed.name, action=kind))
        return len(actions) - 1

    def refusal(type_url: str) -> str:
        return f"RBAC HTTP filter cannot match on {type_url!r}"

    use = Use(tree="RBAC match tree", inputs=_INPUTS, refusal=refusal, action=action)
    tree = xds_matcher(message, at, use)
    return ir.RbacEngineMatcher(matcher=tree, actions=actions)
