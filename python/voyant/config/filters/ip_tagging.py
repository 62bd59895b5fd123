"""The IP tagging filter: tags of the addresses that requests come from.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/ip_tagging_filter
"""

from pathlib import Path

from voyant import ir
from voyant.config.address import cidr_range
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.data_source import DATA_SOURCE
from voyant.config.descriptors import Proto
from voyant.config.load.sources import read_file
from voyant.config.scalar import enum_name

_V3 = "envoy.extensions.filters.http.ip_tagging.v3"
IP_TAGGING = Fields(
    f"{_V3}.IPTagging",
    reads={"request_type", "ip_tags", "ip_tag_header", "ip_tags_datasource"},
)
IP_TAGS = Fields(f"{_V3}.IPTagging.IPTags", reads={"ip_tags"})
IP_TAG = Fields(
    f"{_V3}.IPTagging.IPTag",
    reads={"ip_tag_name", "ip_list"},
)
HEADER = Fields(
    f"{_V3}.IPTagging.IpTagHeader",
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
    tags = [_tag(each, at.item("ip_tags", i)) for i, each in enumerate(message.ip_tags)]
    if message.HasField("ip_tags_datasource"):
        there = at.field("ip_tags_datasource")
        if tags:
            there.error("Only one of ip_tags or ip_tags_datasource can be configured.", key=True)
        tags = _tags_of_file(message.ip_tags_datasource, there)
    return ir.HttpFilterKindIpTagging(
        request_type=_REQUEST_TYPES[enum_name(message, "request_type")],
        tags=tags,
        header=_header(message, at),
    )


def _tags_of_file(source: Proto, at: At) -> list[ir.IpTag]:
    """The tags of a file, whose own places errors in it are told by."""
    DATA_SOURCE.check(source, at)
    if source.WhichOneof("specifier") is None:
        return []
    if not source.filename:
        at.error("Cannot load tags from empty filename in datasource.", expected="filename")
        return []
    path = Path(source.filename)
    there = at.field("filename")
    if path.suffix not in (".yaml", ".json"):
        there.error(
            f"Unsupported file format, unable to parse ip tags from file {source.filename}",
            expected="a name that ends with .yaml or .json",
        )
        return []
    part = read_file(path, IP_TAGS.full_name)
    report = part.report
    IP_TAGS.check(part.message, report.root)
    tags = [
        _tag(each, report.root.item("ip_tags", i)) for i, each in enumerate(part.message.ip_tags)
    ]
    at.report.add(report.warnings)
    at.report.errors += report.errors
    return tags


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
