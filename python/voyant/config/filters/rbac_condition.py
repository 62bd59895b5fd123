"""Permissions and principals of the RBAC filter."""

from voyant import ir
from voyant.config.address import cidr_range
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import header_matcher, string_matcher
from voyant.config.route_match import path_match_policy
from voyant.config.scalar import enum_name
from voyant.config.value_matcher import filter_state_matcher, metadata_matcher

PERMISSION = Fields(
    "envoy.config.rbac.v3.Permission",
    reads={
        "and_rules",
        "or_rules",
        "any",
        "header",
        "url_path",
        "destination_ip",
        "destination_port",
        "destination_port_range",
        "metadata",
        "not_rule",
        "requested_server_name",
        "sourced_metadata",
        "uri_template",
    },
    unsupported={"matcher"},
)
PERMISSIONS = Fields("envoy.config.rbac.v3.Permission.Set", reads={"rules"})
PRINCIPAL = Fields(
    "envoy.config.rbac.v3.Principal",
    reads={
        "and_ids",
        "or_ids",
        "any",
        "authenticated",
        "source_ip",
        "direct_remote_ip",
        "remote_ip",
        "header",
        "url_path",
        "metadata",
        "filter_state",
        "not_id",
        "sourced_metadata",
    },
    unsupported={"custom"},
)
PRINCIPALS = Fields("envoy.config.rbac.v3.Principal.Set", reads={"ids"})
AUTHENTICATED = Fields(
    "envoy.config.rbac.v3.Principal.Authenticated",
    reads=(),
    no_effect={"principal_name": "nobody is authenticated without TLS, whatever the name"},
)
SOURCED_METADATA = Fields(
    "envoy.config.rbac.v3.SourcedMetadata", reads={"metadata_matcher", "metadata_source"}
)
PATH_MATCHER = Fields("envoy.type.matcher.v3.PathMatcher", reads={"path"})
PORT_RANGE = Fields("envoy.type.v3.Int32Range", reads={"start", "end"})

_MAX_PORT = 65_536


def permission(message: Proto, at: At) -> ir.RbacCondition:
    """What is asked for."""
    PERMISSION.check(message, at)
    kind = message.WhichOneof("rule") or "any"
    held, there = getattr(message, kind), at.field(kind)
    if kind in ("and_rules", "or_rules"):
        PERMISSIONS.check(held, there)
        inner = [permission(each, there.item("rules", i)) for i, each in enumerate(held.rules)]
        return _all_or_any(kind.startswith("and"), inner)
    if kind == "not_rule":
        return ir.RbacConditionNot(condition=permission(held, there))
    if kind == "destination_ip":
        found = cidr_range(held, there)
        never = ir.RbacConditionNever()
        return never if found is None else ir.RbacConditionDestinationIp(range=found)
    if kind == "destination_port":
        return ir.RbacConditionDestinationPort(start=held, end=held + 1)
    if kind == "destination_port_range":
        return _port_range(held, there)
    if kind == "requested_server_name":
        return ir.RbacConditionRequestedServerName(matcher=string_matcher(held, there))
    if kind == "uri_template":
        # Like other paths, it is matched without the query.
        pattern = ir.StringMatcherRegex(pattern=path_match_policy(held, there))
        return ir.RbacConditionUrlPath(matcher=pattern)
    return _of_both(kind, held, there)


def principal(message: Proto, at: At) -> ir.RbacCondition:
    """Who asks."""
    PRINCIPAL.check(message, at)
    kind = message.WhichOneof("identifier") or "any"
    held, there = getattr(message, kind), at.field(kind)
    if kind in ("and_ids", "or_ids"):
        PRINCIPALS.check(held, there)
        inner = [principal(each, there.item("ids", i)) for i, each in enumerate(held.ids)]
        return _all_or_any(kind.startswith("and"), inner)
    if kind == "not_id":
        return ir.RbacConditionNot(condition=principal(held, there))
    if kind == "authenticated":
        AUTHENTICATED.check(held, there)
        return ir.RbacConditionNever()
    if kind in ("source_ip", "direct_remote_ip", "remote_ip"):
        return _client(kind, held, there)
    if kind == "filter_state":
        return ir.RbacConditionFilterState(matcher=filter_state_matcher(held, there))
    return _of_both(kind, held, there)


def _of_both(kind: str, held: Proto, at: At) -> ir.RbacCondition:
    """What permissions and principals share."""
    if kind == "header":
        return ir.RbacConditionHeader(matcher=header_matcher(held, at))
    if kind == "url_path":
        PATH_MATCHER.check(held, at)
        matcher = string_matcher(held.path, at.field("path"))
        return ir.RbacConditionUrlPath(matcher=matcher)
    if kind == "metadata":
        return ir.RbacConditionDynamicMetadata(matcher=metadata_matcher(held, at))
    if kind == "sourced_metadata":
        SOURCED_METADATA.check(held, at)
        found = metadata_matcher(held.metadata_matcher, at.field("metadata_matcher"))
        if enum_name(held, "metadata_source") == "ROUTE":
            return ir.RbacConditionRouteMetadata(matcher=found)
        return ir.RbacConditionDynamicMetadata(matcher=found)
    # What is not supported was reported.
    return ir.RbacConditionAny()


def _all_or_any(every: bool, inner: list[ir.RbacCondition]) -> ir.RbacCondition:
    if every:
        return ir.RbacConditionAnd(conditions=inner)
    return ir.RbacConditionOr(conditions=inner)


def _client(kind: str, held: Proto, at: At) -> ir.RbacCondition:
    found = cidr_range(held, at)
    if found is None:
        return ir.RbacConditionNever()
    if kind == "remote_ip":
        return ir.RbacConditionRemoteIp(range=found)
    # The source_ip of old is the connection's peer, too.
    return ir.RbacConditionDirectRemoteIp(range=found)


def _port_range(held: Proto, at: At) -> ir.RbacCondition:
    PORT_RANGE.check(held, at)
    for name in ("start", "end"):
        if not 0 <= getattr(held, name) <= _MAX_PORT:
            at.field(name).error(f"range {name} {getattr(held, name)} is out of bounds")
            return ir.RbacConditionNever()
    if held.start >= held.end:
        at.error(f"range start {held.start} cannot be greater or equal than range end {held.end}")
        return ir.RbacConditionNever()
    return ir.RbacConditionDestinationPort(start=held.start, end=held.end)
