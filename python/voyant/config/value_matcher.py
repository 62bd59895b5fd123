"""Matchers of metadata and filter state."""

from voyant import ir
from voyant.config.address import cidr_range
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto, new
from voyant.config.matcher import string_matcher

METADATA_MATCHER = Fields(
    "envoy.type.matcher.v3.MetadataMatcher", reads={"filter", "path", "value", "invert"}
)
PATH_SEGMENT = Fields("envoy.type.matcher.v3.MetadataMatcher.PathSegment", reads={"key"})
VALUE_MATCHER = Fields(
    "envoy.type.matcher.v3.ValueMatcher",
    reads={
        "null_match",
        "double_match",
        "string_match",
        "bool_match",
        "present_match",
        "list_match",
        "or_match",
    },
)
NULL_MATCH = Fields("envoy.type.matcher.v3.ValueMatcher.NullMatch", reads=())
DOUBLE_MATCHER = Fields("envoy.type.matcher.v3.DoubleMatcher", reads={"range", "exact"})
DOUBLE_RANGE = Fields("envoy.type.v3.DoubleRange", reads={"start", "end"})
LIST_MATCHER = Fields("envoy.type.matcher.v3.ListMatcher", reads={"one_of"})
OR_MATCHER = Fields("envoy.type.matcher.v3.OrMatcher", reads={"value_matchers"})
FILTER_STATE_MATCHER = Fields(
    "envoy.type.matcher.v3.FilterStateMatcher", reads={"key", "string_match", "address_match"}
)
ADDRESS_MATCHER = Fields("envoy.type.matcher.v3.AddressMatcher", reads={"ranges", "invert_match"})
XDS_CIDR_RANGE = Fields("xds.core.v3.CidrRange", reads={"address_prefix", "prefix_len"})


def metadata_matcher(message: Proto, at: At) -> ir.MetadataMatcher:
    """A matcher of what stands at a path in a namespace."""
    METADATA_MATCHER.check(message, at)
    for i, segment in enumerate(message.path):
        PATH_SEGMENT.check(segment, at.item("path", i))
    return ir.MetadataMatcher(
        namespace=message.filter,
        path=[segment.key for segment in message.path],
        value=value_matcher(message.value, at.field("value")),
        invert=message.invert,
    )


def value_matcher(message: Proto, at: At) -> ir.ValueMatcher:
    """A matcher of a value of metadata."""
    VALUE_MATCHER.check(message, at)
    kind = message.WhichOneof("match_pattern")
    there = at.field(kind or "null_match")
    if kind == "double_match":
        return _double(message.double_match, there)
    if kind == "string_match":
        return ir.ValueMatcherString(matcher=string_matcher(message.string_match, there))
    if kind == "bool_match":
        return ir.ValueMatcherBool(value=message.bool_match)
    if kind == "present_match":
        return ir.ValueMatcherPresent(present=message.present_match)
    if kind == "list_match":
        LIST_MATCHER.check(message.list_match, there)
        one_of = value_matcher(message.list_match.one_of, there.field("one_of"))
        return ir.ValueMatcherList(one_of=one_of)
    if kind == "or_match":
        OR_MATCHER.check(message.or_match, there)
        each = enumerate(message.or_match.value_matchers)
        return ir.ValueMatcherOr(
            matchers=[value_matcher(one, there.item("value_matchers", i)) for i, one in each]
        )
    NULL_MATCH.check(message.null_match, there)
    return ir.ValueMatcherNull()


def _double(message: Proto, at: At) -> ir.ValueMatcher:
    DOUBLE_MATCHER.check(message, at)
    if message.WhichOneof("match_pattern") == "exact":
        return ir.ValueMatcherDoubleExact(value=message.exact)
    DOUBLE_RANGE.check(message.range, at.field("range"))
    return ir.ValueMatcherDoubleRange(start=message.range.start, end=message.range.end)


def filter_state_matcher(message: Proto, at: At) -> ir.FilterStateMatcher:
    """A matcher of an object of filter state."""
    FILTER_STATE_MATCHER.check(message, at)
    condition: ir.FilterStateCondition
    if message.WhichOneof("matcher") == "address_match":
        there, held = at.field("address_match"), message.address_match
        ADDRESS_MATCHER.check(held, there)
        condition = ir.FilterStateConditionAddress(
            ranges=xds_ranges(held.ranges, there), invert=held.invert_match
        )
    else:
        matcher = string_matcher(message.string_match, at.field("string_match"))
        condition = ir.FilterStateConditionString(matcher=matcher)
    return ir.FilterStateMatcher(key=message.key, condition=condition)


def xds_ranges(ranges: list[Proto], at: At) -> list[ir.CidrRange]:
    """The address ranges in a field `ranges`; xDS has a message of its own for them."""
    found = []
    for i, each in enumerate(ranges):
        there = at.item("ranges", i)
        XDS_CIDR_RANGE.check(each, there)
        # The same fields with the same numbers.
        same = new("envoy.config.core.v3.CidrRange")
        same.MergeFromString(each.SerializeToString())
        found.append(cidr_range(same, there))
    return [each for each in found if each is not None]
