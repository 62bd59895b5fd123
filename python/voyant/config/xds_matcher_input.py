"""The inputs of the xDS matcher: what a matching tree may ask about."""

import os
from collections.abc import Callable

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

_HTTP = "envoy.type.matcher.v3."
_NETWORK = "envoy.extensions.matching.common_inputs.network.v3."
_SSL = "envoy.extensions.matching.common_inputs.ssl.v3."

REQUEST_HEADER = Fields(f"{_HTTP}HttpRequestHeaderMatchInput", reads={"header_name"})
RESPONSE_HEADER = Fields(f"{_HTTP}HttpResponseHeaderMatchInput", reads={"header_name"})
REQUEST_TRAILER = Fields(f"{_HTTP}HttpRequestTrailerMatchInput", reads={"header_name"})
RESPONSE_TRAILER = Fields(f"{_HTTP}HttpResponseTrailerMatchInput", reads={"header_name"})
QUERY_PARAMETER = Fields(f"{_HTTP}HttpRequestQueryParamMatchInput", reads={"query_param"})
FILTER_STATE = Fields(f"{_NETWORK}FilterStateInput", reads={"key", "field"})
DYNAMIC_METADATA = Fields(f"{_NETWORK}DynamicMetadataInput", reads={"filter", "path"})
PATH_SEGMENT = Fields(f"{_NETWORK}DynamicMetadataInput.PathSegment", reads={"key"})
ENVIRONMENT = Fields(
    "envoy.extensions.matching.common_inputs.environment_variable.v3.Config", reads={"name"}
)

_PLAIN: dict[str, Callable[[], ir.MatchInput]] = {
    f"{_HTTP}HttpResponseStatusCodeMatchInput": ir.MatchInputStatusCode,
    f"{_HTTP}HttpResponseStatusCodeClassMatchInput": ir.MatchInputStatusCodeClass,
    f"{_HTTP}HttpResponseLocalReplyMatchInput": ir.MatchInputLocalReply,
    f"{_NETWORK}DestinationIPInput": ir.MatchInputDestinationIp,
    f"{_NETWORK}DestinationPortInput": ir.MatchInputDestinationPort,
    f"{_NETWORK}SourceIPInput": ir.MatchInputSourceIp,
    f"{_NETWORK}SourcePortInput": ir.MatchInputSourcePort,
    f"{_NETWORK}DirectSourceIPInput": ir.MatchInputDirectSourceIp,
    f"{_NETWORK}SourceTypeInput": ir.MatchInputSourceType,
    f"{_NETWORK}ServerNameInput": ir.MatchInputServerName,
    # No listener is in a namespace of its own.
    f"{_NETWORK}NetworkNamespaceInput": lambda: ir.MatchInputConstant(value=None),
}
PLAIN_FIELDS = [Fields(name, reads=()) for name in _PLAIN]


def _request_header(message: Proto, at: At) -> ir.MatchInput:
    REQUEST_HEADER.check(message, at)
    return ir.MatchInputRequestHeader(name=message.header_name.lower())


def _response_header(message: Proto, at: At) -> ir.MatchInput:
    RESPONSE_HEADER.check(message, at)
    return ir.MatchInputResponseHeader(name=message.header_name.lower())


def _request_trailer(message: Proto, at: At) -> ir.MatchInput:
    REQUEST_TRAILER.check(message, at)
    return ir.MatchInputRequestTrailer(name=message.header_name.lower())


def _response_trailer(message: Proto, at: At) -> ir.MatchInput:
    RESPONSE_TRAILER.check(message, at)
    return ir.MatchInputResponseTrailer(name=message.header_name.lower())


def _query_parameter(message: Proto, at: At) -> ir.MatchInput:
    QUERY_PARAMETER.check(message, at)
    return ir.MatchInputQueryParameter(name=message.query_param)


def _filter_state(message: Proto, at: At) -> ir.MatchInput:
    FILTER_STATE.check(message, at)
    return ir.MatchInputFilterState(key=message.key, field=message.field)


def _dynamic_metadata(message: Proto, at: At) -> ir.MatchInput:
    DYNAMIC_METADATA.check(message, at)
    for i, segment in enumerate(message.path):
        PATH_SEGMENT.check(segment, at.item("path", i))
    path = [segment.key for segment in message.path]
    return ir.MatchInputDynamicMetadata(namespace=message.filter, path=path)


def _environment(message: Proto, at: At) -> ir.MatchInput:
    ENVIRONMENT.check(message, at)
    return ir.MatchInputConstant(value=os.environ.get(message.name))


_WITH_FIELDS: dict[str, Callable[[Proto, At], ir.MatchInput]] = {
    REQUEST_HEADER.full_name: _request_header,
    RESPONSE_HEADER.full_name: _response_header,
    REQUEST_TRAILER.full_name: _request_trailer,
    RESPONSE_TRAILER.full_name: _response_trailer,
    QUERY_PARAMETER.full_name: _query_parameter,
    FILTER_STATE.full_name: _filter_state,
    DYNAMIC_METADATA.full_name: _dynamic_metadata,
    ENVIRONMENT.full_name: _environment,
}
INPUTS = frozenset({*_PLAIN, *_WITH_FIELDS})
"""The names of all inputs of HTTP."""
OF_ENVIRONMENT = frozenset({ENVIRONMENT.full_name})
"""Those that have nothing to do with a stream: every tree may ask about them."""
OF_TLS = frozenset({f"{_SSL}UriSanInput", f"{_SSL}DnsSanInput", f"{_SSL}SubjectInput"})
CEL = "xds.type.matcher.v3.HttpAttributesCelMatchInput"
NOT_OF_HTTP = frozenset(
    {f"{_NETWORK}TransportProtocolInput", f"{_NETWORK}ApplicationProtocolInput"}
)


def network(*names: str) -> frozenset[str]:
    """The full names of inputs of the network."""
    return frozenset(f"{_NETWORK}{name}" for name in names)


def translate(message: Proto, at: At) -> ir.MatchInput:
    """An input of one of `INPUTS`."""
    name = message.DESCRIPTOR.full_name
    if name in _PLAIN:
        return _PLAIN[name]()
    return _WITH_FIELDS[name](message, at)
