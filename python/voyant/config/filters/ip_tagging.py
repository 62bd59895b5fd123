"""The IP tagging filter: tags of the addresses that requests come from.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/ip_tagging_filter
"""

from voyant import ir
from voyant.config.address import cidr_range
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.scalar import enum_name

IP_TAGGING = Fields(
    "envoy.extensions.filters.http.ip_tagging.v3.IPTagging",
    reads={"request_type", "ip_tags", "ip_tag_header"},
    unsupported={"ip_tags_datasource"},
)
IP_TAG = Fields(
    "envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IPTag",
    reads={"ip_tag_name", "ip_list"},
)
HEADER = Fields(
    "envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IpTagHeader",
    reads={"header", "action"},
)

_REQUEST_TYPES: dict[str, ir.IpTaggingRequestType] = {
    "BOTH": "both",
    "INTERNAL": "internal",
    "EXTERNAL": "external",
}


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The tags and where they are written to."""
    IP_TAGGING.check(message, at)
    if not message.ip_tags and not message.HasField("ip_tags_datasource"):
        at.error(
            "HTTP IP Tagging Filter requires either ip_tags or ip_tags_datasource to be specified."
        )
    return ir.HttpFilterKindIpTagging(
        request_type=_REQUEST_TYPES[enum_name(message, "request_type")],
        tags=[_tag(each, at.item("ip_tags", i)) for i, each in enumerate(message.ip_tags)],
        header=_header(message, at),
    )


def _tag(message: Proto, at: At) -> ir.IpTag:
    IP_TAG.check(message, at)
    ranges = (cidr_range(each, at.item("ip_list", i)) for i, each in enumerate(message.ip_list))
    found = [each for each in ranges if each is not None]
    return ir.IpTag(name=message.ip_tag_name, ranges=found)


def _header(message: Proto, at: At) -> ir.IpTagHeader | None:
    if not message.HasField("ip_tag_header"):
        return None
    held = message.ip_tag_header
    HEADER.check(held, at.field("ip_tag_header"))
    append = enum_name(held, "action") == "APPEND_IF_EXISTS_OR_ADD"
    return ir.IpTagHeader(name=held.header.lower(), append=append)
