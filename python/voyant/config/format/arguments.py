"""What the arguments of operators say, each as Envoy reads it."""

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

from voyant import ir
from voyant.config.format.wrong import Wrong
from voyant.config.local_time import utc_offsets

_HEADER_NAME = re.compile(r":?[!#$%&'*+\-.^_`|~0-9A-Za-z]*")
_POINTS: dict[str, ir.TimePoint] = {
    "DS_RX_BEG": "ds_rx_beg",
    "DS_RX_END": "ds_rx_end",
    "US_CX_BEG": "us_cx_beg",
    "US_CX_END": "us_cx_end",
    "US_HS_END": "us_hs_end",
    "US_TX_BEG": "us_tx_beg",
    "US_TX_END": "us_tx_end",
    "US_RX_BEG": "us_rx_beg",
    "US_RX_BODY_BEG": "us_rx_body_beg",
    "US_RX_END": "us_rx_end",
    "DS_TX_BEG": "ds_tx_beg",
    "DS_TX_END": "ds_tx_end",
    "DS_RX_HDR_END": "ds_rx_hdr_end",
    "DS_CX_BEG": "ds_cx_beg",
    "DS_CX_END": "ds_cx_end",
    "DS_HS_BEG": "ds_hs_beg",
    "DS_HS_END": "ds_hs_end",
}
_PRECISIONS: dict[str, ir.DurationPrecision] = {"ms": "ms", "us": "us", "ns": "ns"}
_STATUSES: dict[str, ir.GrpcStatusFormat] = {
    "": "camel_string",
    "CAMEL_STRING": "camel_string",
    "SNAKE_STRING": "snake_string",
    "NUMBER": "number",
}
_QUERIES: dict[str, ir.PathQuery] = {"": "with", "WQ": "with", "NQ": "without"}
_PATHS: dict[str, ir.PathSource] = {
    "": "original_or_current",
    "ORIG": "original",
    "PATH": "current",
    "ORIG_OR_PATH": "original_or_current",
}
_HOSTS: dict[str, ir.PathSource] = {
    "": "original_or_current",
    "ORIG_OR_HOST": "original_or_current",
    "HOST": "current",
    "ORIG": "original",
}
_SERVER_NAMES: dict[str, ir.ServerName] = {
    "": "sni_only",
    "SNI_ONLY": "sni_only",
    "SNI_FIRST": "sni_first",
    "HOST_FIRST": "host_first",
}


def _header(args: str) -> tuple[str, str | None]:
    if "\n" in args or "\0" in args or "\r" in args:
        raise Wrong("Invalid header configuration. Format string contains newline.")
    name, _, alternative = args.partition("?")
    if "?" in alternative:
        raise Wrong(f"More than 1 alternative header specified in token: {args}")
    if not _HEADER_NAME.fullmatch(name) or not _HEADER_NAME.fullmatch(alternative):
        raise Wrong(
            "Invalid header configuration. Format string contains invalid characters.",
            expected="(NAME) or (NAME?ALTERNATIVE)",
        )
    return name.lower(), alternative.lower() or None


def request_header(args: str) -> ir.Operator:
    """`REQUEST_HEADER(X?Y)`."""
    name, alternative = _header(args)
    return ir.OperatorRequestHeader(name=name, alternative=alternative)


def request_header_without_query(args: str) -> ir.Operator:
    """`REQ_WITHOUT_QUERY(X?Y)`."""
    name, alternative = _header(args)
    return ir.OperatorRequestHeaderWithoutQuery(name=name, alternative=alternative)


def response_header(args: str) -> ir.Operator:
    """`RESPONSE_HEADER(X?Y)`."""
    name, alternative = _header(args)
    return ir.OperatorResponseHeader(name=name, alternative=alternative)


def response_trailer(args: str) -> ir.Operator:
    """`RESPONSE_TRAILER(X?Y)`."""
    name, alternative = _header(args)
    return ir.OperatorResponseTrailer(name=name, alternative=alternative)


def _time_format(args: str, *, local: bool) -> ir.TimeFormat:
    # `%n` is the newline of strftime.
    if "%n" in args.replace("%%", ""):
        raise Wrong("Invalid header configuration. Format string contains newline.")
    return ir.TimeFormat(strftime=args, offsets=utc_offsets() if local else [])


def start_time(args: str) -> ir.Operator:
    """`START_TIME(format)`."""
    return ir.OperatorStartTime(format=_time_format(args, local=False))


def start_time_local(args: str) -> ir.Operator:
    """`START_TIME_LOCAL(format)`."""
    return ir.OperatorStartTime(format=_time_format(args, local=True))


def emit_time(args: str) -> ir.Operator:
    """`EMIT_TIME(format)`."""
    return ir.OperatorEmitTime(format=_time_format(args, local=False))


def emit_time_local(args: str) -> ir.Operator:
    """`EMIT_TIME_LOCAL(format)`."""
    return ir.OperatorEmitTime(format=_time_format(args, local=True))


def common_duration(args: str) -> ir.Operator:
    """`COMMON_DURATION(START:END:precision)`."""
    parts = args.split(":")
    if len(parts) not in (2, 3):
        raise Wrong(
            f"Invalid common duration configuration: {args}.",
            expected="(START:END) or (START:END:ms|us|ns)",
        )
    precision = _PRECISIONS.get(parts[2] if len(parts) == 3 else "ms")
    if precision is None:
        raise Wrong(f"Invalid common duration precision: {parts[2]}.", expected="ms, us or ns")
    return ir.OperatorCommonDuration(
        start=_POINTS.get(parts[0], "custom"),
        end=_POINTS.get(parts[1], "custom"),
        precision=precision,
    )


def grpc_status(args: str) -> ir.Operator:
    """`GRPC_STATUS(form)`."""
    form = _STATUSES.get(args)
    if form is None:
        raise Wrong(
            f"GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER. Got: {args}"
        )
    return ir.OperatorGrpcStatus(format=form)


def details(args: str) -> ir.Operator:
    """`RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)`."""
    return ir.OperatorResponseCodeDetails(allow_whitespaces=args == "ALLOW_WHITESPACES")


def path(args: str) -> ir.Operator:
    """`PATH(WQ|NQ:ORIG|PATH|ORIG_OR_PATH)`."""
    first, second = _options(args)
    query, source = _QUERIES.get(first), _PATHS.get(second)
    if query is None:
        raise Wrong(f"Invalid PATH option: '{first}', only 'WQ'/'NQ' are allowed")
    if source is None:
        raise Wrong(
            f"Invalid PATH option: '{second}', only 'ORIG'/'PATH'/'ORIG_OR_PATH' are allowed"
        )
    return ir.OperatorPath(query=query, source=source)


def query_parameters(args: str) -> ir.Operator:
    """`QUERY_PARAMS(ORIG|DECODED)`."""
    if args not in ("", "ORIG", "DECODED"):
        raise Wrong(f"Invalid QUERY_PARAMS option: '{args}', only 'ORIG'/'DECODED' are allowed")
    return ir.OperatorQueryParameters(decoded=args == "DECODED")


def requested_server_name(args: str) -> ir.Operator:
    """`REQUESTED_SERVER_NAME(SNI_ONLY|SNI_FIRST|HOST_FIRST:ORIG|HOST|ORIG_OR_HOST)`."""
    first, second = _options(args)
    server_name, host = _SERVER_NAMES.get(first), _HOSTS.get(second)
    if server_name is None:
        raise Wrong(
            f"Invalid REQUESTED_SERVER_NAME option: '{first}', only "
            "'SNI_ONLY'/'SNI_FIRST'/'HOST_FIRST' are allowed"
        )
    if host is None:
        raise Wrong(
            f"Invalid REQUESTED_SERVER_NAME option: '{second}', only "
            "'ORIG_OR_HOST'/'HOST'/'ORIG' are allowed"
        )
    return ir.OperatorRequestedServerName(first=server_name, host=host)


def _options(args: str) -> tuple[str, str]:
    """The first two; Envoy looks at no more."""
    first, second, *_ = [*args.split(":"), ""]
    return first, second


def address_without_port(field: ir.StreamField) -> Callable[[str], ir.Operator]:
    """An address, or the network of so many bits that it is in. Envoy overlooks what is no
    number."""

    def make(args: str) -> ir.Operator:
        bits = re.fullmatch(r"\s*([+-]?)([0-9]+)\s*", args, re.ASCII)
        if bits is None or int(bits[2]) >= 2**31:
            return ir.OperatorField(field=field)
        if bits[1] == "-":
            raise Wrong(f"no network has {args} bits", expected="0 to 128")
        return ir.OperatorNetwork(field=field, bits=min(int(bits[2]), 128))

    return make


def environment(args: str) -> ir.Operator:
    """`ENVIRONMENT(X)`."""
    name = args.split("\0")[0]
    return ir.OperatorEnvironment(value=os.environ.get(name) if name else None)


def file_content(args: str) -> ir.Operator:
    """`FILE_CONTENT(path)`, read once."""
    path, *watched = args.split(":")
    if not path or len(watched) > 1:
        raise Wrong(f"FILE_CONTENT: expected format 'path' or 'path:watch_directory', got '{args}'")
    if watched:
        raise Wrong("FILE_CONTENT does not watch a directory yet", expected="(path)")
    try:
        return ir.OperatorEnvironment(value=Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "it is not UTF-8 text"
        raise Wrong(f"Invalid path: {path}", hint=reason) from None


def hostname(_: str) -> ir.Operator:
    """`HOSTNAME`."""
    return ir.OperatorHostname(value=socket.gethostname())
