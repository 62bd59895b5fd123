"""The header-to-metadata filter: headers and cookies that become dynamic metadata.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/header_to_metadata_filter
"""

from collections.abc import Sequence

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.regex import substitution
from voyant.config.scalar import enum_name

_PACKAGE = "envoy.extensions.filters.http.header_to_metadata.v3.Config"
CONFIG = Fields(_PACKAGE, reads={"request_rules", "response_rules", "stat_prefix"})
RULE = Fields(
    f"{_PACKAGE}.Rule",
    reads={"header", "cookie", "on_header_present", "on_header_missing", "remove"},
)
TARGET = Fields(
    f"{_PACKAGE}.KeyValuePair",
    reads={"metadata_namespace", "key", "value", "regex_value_rewrite", "type", "encode"},
)

_OWN_NAMESPACE = "envoy.filters.http.header_to_metadata"
_TYPES: dict[str, ir.HeaderValueType] = {
    "STRING": "string",
    "NUMBER": "number",
    "PROTOBUF_VALUE": "protobuf_value",
}


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The rules of all requests and responses."""
    CONFIG.check(message, at)
    return ir.HttpFilterKindHeaderToMetadata(
        request_rules=_rules(message.request_rules, at, "request_rules"),
        response_rules=_rules(message.response_rules, at, "response_rules"),
        stat_prefix=message.stat_prefix,
    )


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """The rules of a route, in place of the filter's."""
    CONFIG.check(message, at)
    if not message.request_rules and not message.response_rules:
        at.error(
            "header_to_metadata_filter: Per filter configs must at least specify either request "
            "or response rules"
        )
    return ir.PerRouteKindHeaderToMetadata(
        request_rules=_rules(message.request_rules, at, "request_rules"),
        response_rules=_rules(message.response_rules, at, "response_rules"),
        stat_prefix=message.stat_prefix,
    )


def _rules(rules: Sequence[Proto], at: At, field: str) -> list[ir.HeaderRule]:
    found = (_rule(each, at.item(field, i)) for i, each in enumerate(rules))
    return [each for each in found if each is not None]


def _rule(message: Proto, at: At) -> ir.HeaderRule | None:
    RULE.check(message, at)
    wrong = _wrong(message)
    if wrong:
        at.error(wrong)
        return None
    source: ir.HeaderRuleSource
    if message.header:
        source = ir.HeaderRuleSourceHeader(name=message.header.lower(), remove=message.remove)
    else:
        source = ir.HeaderRuleSourceCookie(name=message.cookie)
    return ir.HeaderRule(
        source=source,
        on_present=_target(message, "on_header_present", at),
        on_missing=_target(message, "on_header_missing", at),
    )


def _wrong(message: Proto) -> str:
    """What is wrong with a rule, as Envoy says it; it looks at one thing after the other."""
    if message.cookie and message.header:
        return "Cannot specify both header and cookie in the same rule"
    if not message.cookie and not message.header:
        return "One of Cookie or Header option needs to be specified"
    present, missing = message.on_header_present, message.on_header_missing
    name = f"header {message.header!r}" if message.header else f"cookie {message.cookie!r}"
    if not message.HasField("on_header_present") and not message.HasField("on_header_missing"):
        return (
            f"header to metadata filter: rule for {name} has neither `on_header_present` "
            "nor `on_header_missing` set"
        )
    if present.value and present.HasField("regex_value_rewrite"):
        return "Cannot specify both value and regex_value_rewrite"
    if message.cookie and message.remove:
        return "Cannot specify remove for cookie"
    if message.HasField("on_header_missing") and not missing.value:
        return "Cannot specify on_header_missing rule with an empty value"
    return ""


def _target(rule: Proto, field: str, at: At) -> ir.HeaderRuleTarget | None:
    if not rule.HasField(field):
        return None
    message, there = getattr(rule, field), at.field(field)
    TARGET.check(message, there)
    value: ir.HeaderRuleValue = ir.HeaderRuleValueFound()
    if message.value:
        value = ir.HeaderRuleValueFixed(value=message.value)
    elif message.HasField("regex_value_rewrite"):
        rewrite = there.field("regex_value_rewrite")
        pattern, text = substitution(message.regex_value_rewrite, rewrite)
        value = ir.HeaderRuleValueRewritten(pattern=pattern, substitution=text)
    return ir.HeaderRuleTarget(
        namespace=message.metadata_namespace or _OWN_NAMESPACE,
        key=message.key,
        value=value,
        value_type=_TYPES[enum_name(message, "type")],
        base64=enum_name(message, "encode") == "BASE64",
    )
