"""Rate limits: how descriptors are made of requests."""

from voyant import ir
from voyant.config import xds_matcher_input as inputs
from voyant.config.address import cidr_range
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.format import parse
from voyant.config.matcher import header_matcher, query_parameter_matcher
from voyant.config.scalar import enum_name, wrapped_bool, wrapped_int
from voyant.config.unpack import unpack

_ACTION = "envoy.config.route.v3.RateLimit.Action"
RATE_LIMIT = Fields(
    "envoy.config.route.v3.RateLimit",
    reads={
        "stage",
        "disable_key",
        "actions",
        "hits_addend",
        "apply_on_stream_done",
        "x_ratelimit_option",
    },
    no_effect={"limit": "it overrides limits of a rate limit service, of which there is none yet"},
)
ACTION = Fields(
    _ACTION,
    reads={
        "source_cluster",
        "destination_cluster",
        "request_headers",
        "query_parameters",
        "remote_address",
        "generic_key",
        "header_value_match",
        "masked_remote_address",
        "query_parameter_value_match",
        "remote_address_match",
        "dynamic_metadata",
        "metadata",
        "extension",
    },
)
EXTENSION = Fields("envoy.config.core.v3.TypedExtensionConfig", reads={"name", "typed_config"})
HITS_ADDEND = Fields(
    "envoy.config.route.v3.RateLimit.HitsAddend",
    reads={"number", "format", "is_negative_hits"},
)
SOURCE_CLUSTER = Fields(f"{_ACTION}.SourceCluster", reads=())
DESTINATION_CLUSTER = Fields(f"{_ACTION}.DestinationCluster", reads=())
REMOTE_ADDRESS = Fields(f"{_ACTION}.RemoteAddress", reads=())
REQUEST_HEADERS = Fields(
    f"{_ACTION}.RequestHeaders", reads={"header_name", "descriptor_key", "skip_if_absent"}
)
QUERY_PARAMETERS = Fields(
    f"{_ACTION}.QueryParameters",
    reads={"query_parameter_name", "descriptor_key", "skip_if_absent"},
)
_ENTRY = frozenset({"descriptor_key", "descriptor_value", "default_value"})
GENERIC_KEY = Fields(f"{_ACTION}.GenericKey", reads=_ENTRY)
HEADER_VALUE_MATCH = Fields(
    f"{_ACTION}.HeaderValueMatch", reads=_ENTRY | {"expect_match", "headers"}
)
QUERY_PARAMETER_VALUE_MATCH = Fields(
    f"{_ACTION}.QueryParameterValueMatch", reads=_ENTRY | {"expect_match", "query_parameters"}
)
REMOTE_ADDRESS_MATCH = Fields(f"{_ACTION}.RemoteAddressMatch", reads=_ENTRY | {"address_matcher"})
ADDRESS_MATCHER = Fields("envoy.type.matcher.v3.AddressMatcher", reads={"ranges", "invert_match"})
MASKED_REMOTE_ADDRESS = Fields(
    f"{_ACTION}.MaskedRemoteAddress", reads={"v4_prefix_mask_len", "v6_prefix_mask_len"}
)

METADATA = Fields(
    f"{_ACTION}.MetaData",
    reads={"descriptor_key", "metadata_key", "default_value", "source", "skip_if_absent"},
)
DYNAMIC_METADATA = Fields(
    f"{_ACTION}.DynamicMetaData", reads={"descriptor_key", "metadata_key", "default_value"}
)
METADATA_KEY = Fields("envoy.type.metadata.v3.MetadataKey", reads={"key", "path"})
PATH_SEGMENT = Fields("envoy.type.metadata.v3.MetadataKey.PathSegment", reads={"key", "index"})

# Without it values of descriptors are no formats.
_FORMATS = "envoy.reloadable_features.enable_formatter_for_ratelimit_action_descriptor_value"
_SOURCES: dict[str, ir.RateLimitMetadataSource] = {
    "DYNAMIC": "dynamic",
    "ROUTE_ENTRY": "route_entry",
}
_DESCRIPTORS = "envoy.extensions.rate_limit_descriptors."
_X_RATELIMIT = {"UNSPECIFIED": None, "OFF": False, "DRAFT_VERSION_03": True}


def rate_limits(message: Proto, at: At, *, of_filter: bool = False) -> list[ir.RateLimit]:
    """The field `rate_limits`; a filter's own have no stages, nor what a service is told.

    Those of routes count for one request each: that filter reads no `hits_addend` there.
    """
    return [
        _rate_limit(limit, at.item("rate_limits", i), of_filter=of_filter)
        for i, limit in enumerate(message.rate_limits)
    ]


def _rate_limit(message: Proto, at: At, *, of_filter: bool) -> ir.RateLimit:
    RATE_LIMIT.check(message, at)
    if of_filter and (message.HasField("stage") or message.disable_key):
        at.error("'stage' field and 'disable_key' field are not supported")
    if of_filter and message.HasField("limit"):
        at.error("'limit' field is not supported")
    actions = [_action(action, at.item("actions", i)) for i, action in enumerate(message.actions)]
    for i, action in enumerate(message.actions):
        if of_filter and action.HasField("dynamic_metadata"):
            number = action.DESCRIPTOR.fields_by_name["dynamic_metadata"].number
            at.item("actions", i).error(f"Unsupported rate limit action: {number}")
    return ir.RateLimit(
        stage=wrapped_int(message, "stage", 0),
        disable_key=message.disable_key,
        actions=[action for action in actions if action is not None],
        hits_addend=_hits_addend(message, at) if of_filter else None,
        gives_back=of_filter and message.hits_addend.is_negative_hits,
        apply_on_stream_done=message.apply_on_stream_done,
        x_ratelimit_headers=_X_RATELIMIT[enum_name(message, "x_ratelimit_option")],
    )


def _hits_addend(message: Proto, at: At) -> ir.HitsAddend | None:
    if not message.HasField("hits_addend"):
        return None
    hits, there = message.hits_addend, at.field("hits_addend")
    HITS_ADDEND.check(hits, there)
    if bool(hits.format) == hits.HasField("number"):
        there.error("hits_addend must contain either a format or a number")
    if not hits.format:
        return ir.HitsAddendNumber(number=hits.number.value)
    segments = parse(hits.format, there.field("format"))
    if len(segments) != 1 or isinstance(segments[0], ir.SegmentText):
        there.field("format").error("hits_addend format must contain exactly one substitution")
    return ir.HitsAddendFormat(format=segments)


def _action(message: Proto, at: At) -> ir.RateLimitAction | None:
    ACTION.check(message, at)
    kind = message.WhichOneof("action_specifier")
    translate = _ACTIONS.get(kind or "")
    # Others are reported by the audit.
    return None if translate is None else translate(getattr(message, kind), at.field(kind))


def _source_cluster(message: Proto, at: At) -> ir.RateLimitAction:
    SOURCE_CLUSTER.check(message, at)
    return ir.RateLimitActionSourceCluster()


def _destination_cluster(message: Proto, at: At) -> ir.RateLimitAction:
    DESTINATION_CLUSTER.check(message, at)
    return ir.RateLimitActionDestinationCluster()


def _remote_address(message: Proto, at: At) -> ir.RateLimitAction:
    REMOTE_ADDRESS.check(message, at)
    return ir.RateLimitActionRemoteAddress()


def _request_headers(message: Proto, at: At) -> ir.RateLimitAction:
    REQUEST_HEADERS.check(message, at)
    return ir.RateLimitActionRequestHeaders(
        header=message.header_name.lower(),
        key=message.descriptor_key,
        skip_if_absent=message.skip_if_absent,
    )


def _query_parameters(message: Proto, at: At) -> ir.RateLimitAction:
    QUERY_PARAMETERS.check(message, at)
    return ir.RateLimitActionQueryParameters(
        parameter=message.query_parameter_name,
        key=message.descriptor_key,
        skip_if_absent=message.skip_if_absent,
    )


def _masked_remote_address(message: Proto, at: At) -> ir.RateLimitAction:
    MASKED_REMOTE_ADDRESS.check(message, at)
    return ir.RateLimitActionMaskedRemoteAddress(
        v4_prefix=wrapped_int(message, "v4_prefix_mask_len", 32),
        v6_prefix=wrapped_int(message, "v6_prefix_mask_len", 128),
    )


def _generic_key(message: Proto, at: At) -> ir.RateLimitAction:
    GENERIC_KEY.check(message, at)
    return ir.RateLimitActionGenericKey(entry=_entry(message, at, "generic_key"))


def _header_value_match(message: Proto, at: At) -> ir.RateLimitAction:
    HEADER_VALUE_MATCH.check(message, at)
    return ir.RateLimitActionHeaderValueMatch(
        entry=_entry(message, at, "header_match"),
        expected=wrapped_bool(message, "expect_match", True),
        headers=[header_matcher(m, at.item("headers", i)) for i, m in enumerate(message.headers)],
    )


def _query_parameter_value_match(message: Proto, at: At) -> ir.RateLimitAction:
    QUERY_PARAMETER_VALUE_MATCH.check(message, at)
    return ir.RateLimitActionQueryParameterValueMatch(
        entry=_entry(message, at, "query_match"),
        expected=wrapped_bool(message, "expect_match", True),
        query_parameters=[
            query_parameter_matcher(m, at.item("query_parameters", i))
            for i, m in enumerate(message.query_parameters)
        ],
    )


def _remote_address_match(message: Proto, at: At) -> ir.RateLimitAction:
    REMOTE_ADDRESS_MATCH.check(message, at)
    matcher, there = message.address_matcher, at.field("address_matcher")
    ADDRESS_MATCHER.check(matcher, there)
    ranges = (cidr_range(each, there.item("ranges", i)) for i, each in enumerate(matcher.ranges))
    return ir.RateLimitActionRemoteAddressMatch(
        entry=_entry(message, at, "remote_address_match"),
        invert=matcher.invert_match,
        ranges=[each for each in ranges if each is not None],
    )


def _metadata(message: Proto, at: At) -> ir.RateLimitAction:
    METADATA.check(message, at)
    namespace, path = _metadata_key(message, at)
    return ir.RateLimitActionMetadata(
        key=message.descriptor_key,
        source=_SOURCES[enum_name(message, "source")],
        namespace=namespace,
        path=path,
        default_value=message.default_value,
        skip_if_absent=message.skip_if_absent,
    )


def _dynamic_metadata(message: Proto, at: At) -> ir.RateLimitAction:
    DYNAMIC_METADATA.check(message, at)
    namespace, path = _metadata_key(message, at)
    return ir.RateLimitActionMetadata(
        key=message.descriptor_key,
        source="dynamic",
        namespace=namespace,
        path=path,
        default_value=message.default_value,
        skip_if_absent=False,
    )


def _extension(message: Proto, at: At) -> ir.RateLimitAction | None:
    """An input of matching trees; those that know of a response find nothing."""
    EXTENSION.check(message, at)
    there = at.field("typed_config")
    typed = unpack(message.typed_config, there)
    if typed is None:
        return None
    name = typed.DESCRIPTOR.full_name
    if name in inputs.INPUTS:
        return ir.RateLimitActionInput(key=message.name, input=inputs.translate(typed, there))
    if name.startswith(_DESCRIPTORS) or name in inputs.OF_TLS or name == inputs.CEL:
        there.error(f"the descriptor {message.name!r} ({name}) is not supported yet")
    else:
        there.error(
            f"Didn't find a registered implementation for {message.name!r} with type URL: {name!r}"
        )
    return None


def _metadata_key(message: Proto, at: At) -> tuple[str, list[ir.PathSegment]]:
    key, there = message.metadata_key, at.field("metadata_key")
    METADATA_KEY.check(key, there)
    for i, segment in enumerate(key.path):
        PATH_SEGMENT.check(segment, there.item("path", i))
    return key.key, [
        ir.PathSegmentIndex(index=segment.index)
        if segment.WhichOneof("segment") == "index"
        else ir.PathSegmentKey(key=segment.key)
        for segment in key.path
    ]


def _entry(message: Proto, at: At, key: str) -> ir.RateLimitEntry:
    text = message.descriptor_value
    value: list[ir.Segment] = [ir.SegmentText(text=text)] if text else []
    if at.report.deprecations.flag(_FORMATS, False):
        value = parse(text, at.field("descriptor_value"))
    return ir.RateLimitEntry(
        key=message.descriptor_key or key,
        value=value,
        default_value=message.default_value,
    )


_ACTIONS = {
    "source_cluster": _source_cluster,
    "destination_cluster": _destination_cluster,
    "remote_address": _remote_address,
    "request_headers": _request_headers,
    "query_parameters": _query_parameters,
    "masked_remote_address": _masked_remote_address,
    "generic_key": _generic_key,
    "header_value_match": _header_value_match,
    "query_parameter_value_match": _query_parameter_value_match,
    "remote_address_match": _remote_address_match,
    "metadata": _metadata,
    "dynamic_metadata": _dynamic_metadata,
    "extension": _extension,
}
