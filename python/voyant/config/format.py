"""Envoy's substitution format strings: `%OPERATOR(arguments):length%` in text.

The text becomes the formatter's program (`ir.Segment`), so that everything that can be wrong with
it is found here. One parser serves access logs, header values and bodies.
"""

import os
import re
import socket
from collections.abc import Callable
from typing import get_args

from msgspec import Struct

from voyant import ir
from voyant.config.at import At
from voyant.config.errors import nearest
from voyant.config.local_time import utc_offsets


class Use(Struct, frozen=True):
    """Where a format stands: what is written of it in messages."""

    name: str


ACCESS_LOG = Use("access log")
HEADER_VALUE = Use("header value")
BODY = Use("body")

_OPERATOR = re.compile(r"%(?P<name>[A-Z0-9_]+)(?:\((?P<args>[^)]*)\))?(?::(?P<length>\d+))?%")
# Its arguments are JSON, in which there may be operators with arguments of their own.
_COALESCE = re.compile(r"%(?P<name>COALESCE)\((?P<args>[^%]*)\)(?::(?P<length>\d+))?%")
_HEADER_NAME = re.compile(r":?[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# Envoy has no operator of this name.
_FIELDS = frozenset(get_args(ir.StreamField)) - {"virtual_host_name"}
_MAY_HAVE_ARGUMENTS = frozenset({"REQUESTED_SERVER_NAME"})
_WITH_LENGTH = (
    ir.OperatorRequestHeader,
    ir.OperatorResponseHeader,
    ir.OperatorResponseTrailer,
    ir.OperatorQueryParameter,
    ir.OperatorPath,
    ir.OperatorEnvironment,
)
_ALIASES = {"REQ": "REQUEST_HEADER", "RESP": "RESPONSE_HEADER", "TRAILER": "RESPONSE_TRAILER"}
_POINTS = {
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
}
_NOT_YET = frozenset(
    (
        "BYTES_RETRANSMITTED",
        "CEL",
        "CLUSTER_METADATA",
        "COALESCE",
        "CUSTOM_FLAGS",
        "DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED",
        "DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT",
        "DOWNSTREAM_DETECTED_CLOSE_TYPE",
        "DOWNSTREAM_HANDSHAKE_DURATION",
        "DOWNSTREAM_LOCAL_CLOSE_REASON",
        "DOWNSTREAM_LOCAL_DNS_SAN",
        "DOWNSTREAM_LOCAL_EMAIL_SAN",
        "DOWNSTREAM_LOCAL_IP_SAN",
        "DOWNSTREAM_LOCAL_OTHERNAME_SAN",
        "DOWNSTREAM_LOCAL_SUBJECT",
        "DOWNSTREAM_LOCAL_URI_SAN",
        "DOWNSTREAM_PEER_CERT",
        "DOWNSTREAM_PEER_CERT_V_END",
        "DOWNSTREAM_PEER_CERT_V_START",
        "DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1",
        "DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256",
        "DOWNSTREAM_PEER_CHAIN_SERIALS",
        "DOWNSTREAM_PEER_DNS_SAN",
        "DOWNSTREAM_PEER_EMAIL_SAN",
        "DOWNSTREAM_PEER_FINGERPRINT_1",
        "DOWNSTREAM_PEER_FINGERPRINT_256",
        "DOWNSTREAM_PEER_IP_SAN",
        "DOWNSTREAM_PEER_ISSUER",
        "DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256",
        "DOWNSTREAM_PEER_ISSUER_SERIAL",
        "DOWNSTREAM_PEER_OTHERNAME_SAN",
        "DOWNSTREAM_PEER_SERIAL",
        "DOWNSTREAM_PEER_SUBJECT",
        "DOWNSTREAM_PEER_URI_SAN",
        "DOWNSTREAM_TLS_CIPHER",
        "DOWNSTREAM_TLS_SESSION_ID",
        "DOWNSTREAM_TLS_VERSION",
        "DYNAMIC_METADATA",
        "FILE_CONTENT",
        "FILTER_STATE",
        "METADATA",
        "PACKETS_RETRANSMITTED",
        "PER_REQUEST_STATE",
        "QUERY_PARAMS",
        "ROUNDTRIP_DURATION",
        "SECRET",
        "SPAN_ID",
        "TLS_JA3_FINGERPRINT",
        "TLS_JA4_FINGERPRINT",
        "TYPED_CEL",
        "UPSTREAM_CONNECTION_IDS_ATTEMPTED",
        "UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED",
        "UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT",
        "UPSTREAM_DETECTED_CLOSE_TYPE",
        "UPSTREAM_FILTER_STATE",
        "UPSTREAM_HOSTS_ATTEMPTED",
        "UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT",
        "UPSTREAM_HOST_NAMES_ATTEMPTED",
        "UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT",
        "UPSTREAM_LOCAL_CLOSE_REASON",
        "UPSTREAM_LOCAL_DNS_SAN",
        "UPSTREAM_LOCAL_IP_SAN",
        "UPSTREAM_LOCAL_URI_SAN",
        "UPSTREAM_METADATA",
        "UPSTREAM_PEER_CERT",
        "UPSTREAM_PEER_CERT_V_END",
        "UPSTREAM_PEER_CERT_V_START",
        "UPSTREAM_PEER_DNS_SAN",
        "UPSTREAM_PEER_IP_SAN",
        "UPSTREAM_PEER_ISSUER",
        "UPSTREAM_PEER_SUBJECT",
        "UPSTREAM_PEER_URI_SAN",
        "UPSTREAM_TLS_CIPHER",
        "UPSTREAM_TLS_SESSION_ID",
        "UPSTREAM_TLS_VERSION",
        "XFCC_VALUE",
    )
)


class _Wrong(ValueError):
    """An operator that cannot be: what is wrong, and what was expected."""

    def __init__(self, message: str, expected: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.expected = expected
        self.hint = hint


def parse(text: str, at: At, use: Use) -> list[ir.Segment]:
    """The segments of a format; what is wrong with it is reported."""
    segments: list[ir.Segment] = []
    literal: list[str] = []
    position = 0
    while position < len(text):
        percent = text.find("%", position)
        if percent < 0:
            literal.append(text[position:])
            break
        literal.append(text[position:percent])
        if text.startswith("%%", percent):
            literal.append("%")
            position = percent + 2
            continue
        found = _COALESCE.match(text, percent) or _OPERATOR.match(text, percent)
        if found is None:
            at.error(
                f"incorrect {use.name} format at {text[percent : percent + 20]!r}",
                expected="%OPERATOR%, %OPERATOR(arguments)%, %OPERATOR(arguments):length%, or %%",
            )
            return []
        if "".join(literal):
            segments.append(ir.SegmentText(text="".join(literal)))
        literal = []
        segment = _segment(found, at)
        if segment is not None:
            segments.append(segment)
        position = found.end()
    if "".join(literal):
        segments.append(ir.SegmentText(text="".join(literal)))
    return segments


def _segment(found: re.Match[str], at: At) -> ir.Segment | None:
    length = int(found["length"]) if found["length"] else None
    try:
        operator = _operator(found["name"], found["args"] or None)
        if length is not None and not isinstance(operator, _WITH_LENGTH):
            raise _Wrong(f"{found['name']} does not allow length to be specified")
    except _Wrong as wrong:
        at.error(f"{found[0]}: {wrong}", expected=wrong.expected, hint=wrong.hint)
        return None
    return ir.SegmentOperator(operator=operator, max_length=length)


def _operator(name: str, args: str | None) -> ir.Operator:
    name = _ALIASES.get(name, name)
    make = _WITH_ARGUMENTS.get(name)
    if make is not None:
        return make(args)
    field = name.lower()
    if field in _FIELDS:
        if args and (name in _MAY_HAVE_ARGUMENTS or name.endswith("_WITHOUT_PORT")):
            raise _Wrong("arguments of the operator are not supported yet")
        _no_arguments(args)
        return ir.OperatorField(field=field)  # type: ignore[arg-type]  # a word of StreamField
    if name in _NOT_YET:
        raise _Wrong("the operator is not supported yet")
    hint = nearest(name, [*_WITH_ARGUMENTS, *(f.upper() for f in _FIELDS)])
    raise _Wrong("not supported field", hint=hint)


def _header(args: str | None) -> tuple[str, str | None]:
    if not args:
        raise _Wrong("the operator needs a header's name", expected="(NAME) or (NAME?ALTERNATIVE)")
    name, _, alternative = args.partition("?")
    if "?" in alternative:
        raise _Wrong("more than 1 alternative header specified", expected="(NAME?ALTERNATIVE)")
    if not name:
        raise _Wrong("the header's name is empty", expected="(NAME) or (NAME?ALTERNATIVE)")
    if not _HEADER_NAME.fullmatch(name) or not _HEADER_NAME.fullmatch(alternative or name):
        raise _Wrong("format string contains invalid characters", expected="a header's name")
    return name.lower(), alternative.lower() or None


def _request_header(args: str | None) -> ir.Operator:
    name, alternative = _header(args)
    return ir.OperatorRequestHeader(name=name, alternative=alternative)


def _response_header(args: str | None) -> ir.Operator:
    name, alternative = _header(args)
    return ir.OperatorResponseHeader(name=name, alternative=alternative)


def _response_trailer(args: str | None) -> ir.Operator:
    name, alternative = _header(args)
    return ir.OperatorResponseTrailer(name=name, alternative=alternative)


def _time_format(args: str | None, *, local: bool) -> ir.TimeFormat:
    return ir.TimeFormat(strftime=args or "", offsets=utc_offsets() if local else [])


def _common_duration(args: str | None) -> ir.Operator:
    parts = (args or "").split(":")
    if len(parts) not in (2, 3):
        raise _Wrong(
            "the duration needs two points", expected="(START:END) or (START:END:ms|us|ns)"
        )
    precision = parts[2].lower() if len(parts) == 3 else "ms"
    if precision not in ("ms", "us", "ns"):
        raise _Wrong(f"invalid precision {parts[2]!r}", expected="ms, us or ns")
    return ir.OperatorCommonDuration(
        start=_point(parts[0]),
        end=_point(parts[1]),
        precision=precision,  # type: ignore[arg-type]  # checked above
    )


def _point(name: str) -> ir.TimePoint:
    point = _POINTS.get(name)
    if point is None:
        hint = nearest(name, list(_POINTS))
        raise _Wrong(f"unknown point in time {name!r}", expected=", ".join(_POINTS), hint=hint)
    return point  # type: ignore[return-value]  # a word of TimePoint


def _grpc_status(args: str | None) -> ir.Operator:
    words = {"": "camel_string", "CAMEL_STRING": "camel_string", "SNAKE_STRING": "snake_string"}
    form = {**words, "NUMBER": "number"}.get(args or "")
    if form is None:
        raise _Wrong(f"invalid format {args!r}", expected="CAMEL_STRING, SNAKE_STRING or NUMBER")
    return ir.OperatorGrpcStatus(format=form)  # type: ignore[arg-type]  # one of the three


def _grpc_status_number(args: str | None) -> ir.Operator:
    _no_arguments(args)
    return ir.OperatorGrpcStatus(format="number")


def _hostname(args: str | None) -> ir.Operator:
    _no_arguments(args)
    return ir.OperatorHostname(value=socket.gethostname())


def _no_arguments(args: str | None) -> None:
    if args:
        raise _Wrong("the operator takes no arguments")


def _details(args: str | None) -> ir.Operator:
    return ir.OperatorResponseCodeDetails(allow_whitespaces=args == "ALLOW_WHITESPACES")


def _path(args: str | None) -> ir.Operator:
    query, _, source = (args or "").partition(":")
    queries = {"": "with", "WQ": "with", "NQ": "without"}
    sources = {
        "": "original_or_current",
        "ORIG": "original",
        "PATH": "current",
        "ORIG_OR_PATH": "original_or_current",
    }
    if query not in queries or source not in sources:
        raise _Wrong(f"invalid arguments {args!r}", expected="(WQ|NQ:ORIG|PATH|ORIG_OR_PATH)")
    return ir.OperatorPath(query=queries[query], source=sources[source])  # type: ignore[arg-type]


def _query_parameter(args: str | None) -> ir.Operator:
    if not args:
        raise _Wrong("the operator needs a parameter's name", expected="(NAME)")
    return ir.OperatorQueryParameter(name=args)


def _environment(args: str | None) -> ir.Operator:
    if not args:
        raise _Wrong("the operator needs a variable's name", expected="(NAME)")
    return ir.OperatorEnvironment(value=os.environ.get(args))


_WITH_ARGUMENTS: dict[str, Callable[[str | None], ir.Operator]] = {
    "REQUEST_HEADER": _request_header,
    "RESPONSE_HEADER": _response_header,
    "RESPONSE_TRAILER": _response_trailer,
    "START_TIME": lambda args: ir.OperatorStartTime(format=_time_format(args, local=False)),
    "START_TIME_LOCAL": lambda args: ir.OperatorStartTime(format=_time_format(args, local=True)),
    "EMIT_TIME": lambda args: ir.OperatorEmitTime(format=_time_format(args, local=False)),
    "EMIT_TIME_LOCAL": lambda args: ir.OperatorEmitTime(format=_time_format(args, local=True)),
    "COMMON_DURATION": _common_duration,
    "GRPC_STATUS": _grpc_status,
    "GRPC_STATUS_NUMBER": _grpc_status_number,
    "RESPONSE_CODE_DETAILS": _details,
    "PATH": _path,
    "QUERY_PARAM": _query_parameter,
    "ENVIRONMENT": _environment,
    "HOSTNAME": _hostname,
}
