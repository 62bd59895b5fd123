"""Matchers of strings, headers and query parameters."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.regex import regex
from voyant.config.scalar import enum_name

STRING_MATCHER = Fields(
    "envoy.type.matcher.v3.StringMatcher",
    reads={"exact", "prefix", "suffix", "contains", "safe_regex", "ignore_case"},
    unsupported={"custom"},
)
HEADER_MATCHER = Fields(
    "envoy.config.route.v3.HeaderMatcher",
    reads={
        "name",
        "exact_match",
        "safe_regex_match",
        "range_match",
        "present_match",
        "prefix_match",
        "suffix_match",
        "contains_match",
        "string_match",
        "invert_match",
        "treat_missing_header_as_empty",
    },
)
QUERY_PARAMETER_MATCHER = Fields(
    "envoy.config.route.v3.QueryParameterMatcher",
    reads={"name", "string_match", "present_match"},
)
INT64_RANGE = Fields("envoy.type.v3.Int64Range", reads={"start", "end"})
RUNTIME_FRACTION = Fields(
    "envoy.config.core.v3.RuntimeFractionalPercent", reads={"default_value", "runtime_key"}
)
FRACTIONAL_PERCENT = Fields("envoy.type.v3.FractionalPercent", reads={"numerator", "denominator"})

_DENOMINATORS = {"HUNDRED": 100, "TEN_THOUSAND": 10_000, "MILLION": 1_000_000}


def string_matcher(message: Proto, at: At) -> ir.StringMatcher:
    """A matcher of a whole value."""
    STRING_MATCHER.check(message, at)
    kind = message.WhichOneof("match_pattern")
    if kind == "safe_regex":
        if message.ignore_case:
            at.field("ignore_case").error("ignore_case has no effect on safe_regex")
        return ir.StringMatcherRegex(pattern=regex(message.safe_regex, at.field("safe_regex")))
    return _plain(kind or "exact", getattr(message, kind or "exact"), message.ignore_case)


def _plain(kind: str, value: str, ignore_case: bool) -> ir.StringMatcher:
    if kind == "prefix":
        return ir.StringMatcherPrefix(value=value, ignore_case=ignore_case)
    if kind == "suffix":
        return ir.StringMatcherSuffix(value=value, ignore_case=ignore_case)
    if kind == "contains":
        return ir.StringMatcherContains(value=value, ignore_case=ignore_case)
    return ir.StringMatcherExact(value=value, ignore_case=ignore_case)


def header_matcher(message: Proto, at: At) -> ir.HeaderMatcher:
    """A matcher of one request header."""
    HEADER_MATCHER.check(message, at)
    return ir.HeaderMatcher(
        name=message.name.lower(),
        condition=_header_condition(message, at),
        invert=message.invert_match,
        treat_missing_as_empty=message.treat_missing_header_as_empty,
    )


def _header_condition(message: Proto, at: At) -> ir.HeaderCondition:
    kind = message.WhichOneof("header_match_specifier")
    if kind is None:
        return ir.HeaderConditionPresent(present=True)
    there = at.field(kind)
    if kind == "present_match":
        return ir.HeaderConditionPresent(present=message.present_match)
    if kind == "range_match":
        INT64_RANGE.check(message.range_match, there)
        return ir.HeaderConditionRange(start=message.range_match.start, end=message.range_match.end)
    if kind == "string_match":
        return ir.HeaderConditionString(matcher=string_matcher(message.string_match, there))
    if kind == "safe_regex_match":
        pattern = regex(message.safe_regex_match, there)
        return ir.HeaderConditionString(matcher=ir.StringMatcherRegex(pattern=pattern))
    matcher = _plain(kind.removesuffix("_match"), getattr(message, kind), False)
    return ir.HeaderConditionString(matcher=matcher)


def query_parameter_matcher(message: Proto, at: At) -> ir.QueryParameterMatcher:
    """A matcher of one query parameter."""
    QUERY_PARAMETER_MATCHER.check(message, at)
    condition: ir.QueryParameterCondition
    if message.WhichOneof("query_parameter_match_specifier") == "string_match":
        matcher = string_matcher(message.string_match, at.field("string_match"))
        condition = ir.QueryParameterConditionString(matcher=matcher)
    else:
        has_field = message.WhichOneof("query_parameter_match_specifier") is not None
        present = message.present_match if has_field else True
        condition = ir.QueryParameterConditionPresent(present=present)
    return ir.QueryParameterMatcher(name=message.name, condition=condition)


def optional_fraction(message: Proto, field: str, at: At) -> ir.FractionalPercent | None:
    """The share of requests in a field, or nothing where it is not set."""
    if not message.HasField(field):
        return None
    return runtime_fraction(getattr(message, field), at.field(field))


def runtime_fraction(message: Proto, at: At) -> ir.FractionalPercent:
    """A share of requests that runtime may override."""
    RUNTIME_FRACTION.check(message, at)
    there = at.field("default_value")
    return fractional_percent(message.default_value, there, message.runtime_key)


def fractional_percent(message: Proto, at: At, runtime_key: str = "") -> ir.FractionalPercent:
    """A share of requests."""
    FRACTIONAL_PERCENT.check(message, at)
    return ir.FractionalPercent(
        numerator=message.numerator,
        denominator=_DENOMINATORS[enum_name(message, "denominator")],
        runtime_key=runtime_key,
    )
