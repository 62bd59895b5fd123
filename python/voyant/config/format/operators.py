"""All operators by name: what may follow the name, and what is made of it."""

from collections.abc import Callable
from typing import NamedTuple, get_args

from voyant import ir
from voyant.config.errors import nearest
from voyant.config.format import arguments, stream_state
from voyant.config.format.coalesce import coalesce
from voyant.config.format.wrong import Wrong

Make = Callable[[str], ir.Operator]
_LONGEST_CUT = 2**32 - 1


class Kind(NamedTuple):
    """An operator. Nothing is made of one that is not there yet."""

    make: Make | None
    takes_arguments: bool = True
    takes_length: bool = False
    needs_arguments: bool = False


def _needs(make: Make | None) -> Kind:
    return Kind(make, needs_arguments=True)


def _with_length(make: Make | None) -> Kind:
    return Kind(make, takes_length=True)


def _needs_with_length(make: Make | None) -> Kind:
    return Kind(make, takes_length=True, needs_arguments=True)


def _coalesced(args: str) -> ir.Operator:
    return coalesce(args, _in_coalesce)


def _in_coalesce(name: str, args: str, length: int | None) -> ir.Operator:
    if name not in _OPERATORS:
        raise Wrong(f"unknown command: '{name}'", hint=nearest(name, _OPERATORS))
    return operator(name, args, length, frozenset())


_OPERATORS: dict[str, Kind] = {
    "REQ": _needs_with_length(arguments.request_header),
    "REQUEST_HEADER": _needs_with_length(arguments.request_header),
    "STREAM_INFO_REQ": _needs_with_length(arguments.request_header),
    "RESP": _needs_with_length(arguments.response_header),
    "RESPONSE_HEADER": _needs_with_length(arguments.response_header),
    "TRAILER": _needs_with_length(arguments.response_trailer),
    "RESPONSE_TRAILER": _needs_with_length(arguments.response_trailer),
    "START_TIME": Kind(arguments.start_time),
    "START_TIME_LOCAL": Kind(arguments.start_time_local),
    "EMIT_TIME": Kind(arguments.emit_time),
    "EMIT_TIME_LOCAL": Kind(arguments.emit_time_local),
    "COMMON_DURATION": _needs(arguments.common_duration),
    "GRPC_STATUS": Kind(arguments.grpc_status),
    "GRPC_STATUS_NUMBER": Kind(lambda _: ir.OperatorGrpcStatus(format="number"), False),
    "RESPONSE_CODE_DETAILS": Kind(arguments.details),
    "PATH": _with_length(arguments.path),
    "QUERY_PARAM": _needs_with_length(lambda args: ir.OperatorQueryParameter(name=args)),
    "QUERY_PARAMS": _with_length(arguments.query_parameters),
    "REQUESTED_SERVER_NAME": Kind(arguments.requested_server_name),
    "ENVIRONMENT": _needs_with_length(arguments.environment),
    "HOSTNAME": Kind(arguments.hostname, False),
    "COALESCE": _needs_with_length(_coalesced),
    "METADATA": _with_length(stream_state.metadata),
    "DYNAMIC_METADATA": _needs_with_length(stream_state.metadata_of("dynamic")),
    "CLUSTER_METADATA": _needs(stream_state.metadata_of("cluster")),
    "UPSTREAM_METADATA": _needs(stream_state.metadata_of("upstream_host")),
    "FILTER_STATE": _with_length(lambda args: stream_state.filter_state(args, upstream=False)),
    "UPSTREAM_FILTER_STATE": _with_length(
        lambda args: stream_state.filter_state(args, upstream=True)
    ),
    "CEL": _with_length(None),
    "TYPED_CEL": _with_length(None),
    "XFCC_VALUE": _with_length(None),
    "DOWNSTREAM_PEER_CERT_V_END": Kind(None),
    "DOWNSTREAM_PEER_CERT_V_START": Kind(None),
    "UPSTREAM_PEER_CERT_V_END": Kind(None),
    "UPSTREAM_PEER_CERT_V_START": Kind(None),
}
_CERTIFICATE = """
    LOCAL_DNS_SAN LOCAL_IP_SAN LOCAL_URI_SAN PEER_CERT PEER_DNS_SAN PEER_IP_SAN PEER_ISSUER
    PEER_SUBJECT PEER_URI_SAN TLS_CIPHER TLS_GROUP TLS_SESSION_ID TLS_VERSION
"""
_NOT_YET = """
    DOWNSTREAM_HANDSHAKE_DURATION DOWNSTREAM_LOCAL_EMAIL_SAN DOWNSTREAM_LOCAL_OTHERNAME_SAN
    DOWNSTREAM_LOCAL_SUBJECT DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1
    DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256 DOWNSTREAM_PEER_CHAIN_SERIALS DOWNSTREAM_PEER_EMAIL_SAN
    DOWNSTREAM_PEER_FINGERPRINT_1 DOWNSTREAM_PEER_FINGERPRINT_256
    DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256 DOWNSTREAM_PEER_ISSUER_SERIAL
    DOWNSTREAM_PEER_OTHERNAME_SAN DOWNSTREAM_PEER_SERIAL SPAN_ID TLS_JA3_FINGERPRINT
    TLS_JA4_FINGERPRINT UPSTREAM_SERVER_NAME
"""
_MAY_BE_NETWORKS = (
    *("downstream_direct_local_address", "downstream_direct_remote_address"),
    *("downstream_local_address", "downstream_remote_address"),
    *("upstream_local_address", "upstream_remote_address"),
)
FORMATTERS: dict[str, Kind] = {
    "REQ_WITHOUT_QUERY": _with_length(arguments.request_header_without_query),
    "FILE_CONTENT": _with_length(arguments.file_content),
}
"""Those that only extensions add. They check neither arguments nor length."""


def _field(field: ir.StreamField) -> Make:
    return lambda _: ir.OperatorField(field=field)


def _fields() -> None:
    fields: tuple[ir.StreamField, ...] = get_args(ir.StreamField)
    for field in fields:
        # Envoy has no operator of this name.
        if field != "virtual_host_name":
            _OPERATORS[field.upper()] = Kind(_field(field), False)
    for name in _MAY_BE_NETWORKS:
        field = f"{name}_without_port"  # type: ignore[assignment]  # a word of StreamField
        _OPERATORS[field.upper()] = Kind(arguments.address_without_port(field))
    for name in _CERTIFICATE.split():
        _OPERATORS[f"DOWNSTREAM_{name}"] = _OPERATORS[f"UPSTREAM_{name}"] = Kind(None, False)
    for name in _NOT_YET.split():
        _OPERATORS[name] = Kind(None, False)


_fields()


def cut(length: int | None) -> int | None:
    """A length as the IR has it: no value is longer than its longest."""
    return None if length is None else min(length, _LONGEST_CUT)


def operator(name: str, args: str, length: int | None, formatters: frozenset[str]) -> ir.Operator:
    """An operator by its name. Its arguments and length are checked as Envoy checks them."""
    kind = FORMATTERS.get(name) if name in formatters else _OPERATORS.get(name)
    if kind is None:
        hint = nearest(name, [*_OPERATORS, *formatters])
        raise Wrong(f"Not supported field in StreamInfo: {name}", hint=hint)
    if not kind.takes_arguments and (args or length is not None):
        raise Wrong(f"{name} does not take any parameters or length")
    if kind.needs_arguments and not args:
        raise Wrong(f"{name} requires parameters", expected=f"%{name}(arguments)%")
    if length is not None and not kind.takes_length:
        raise Wrong(f"{name} does not allow length to be specified.")
    if kind.make is None:
        raise Wrong(f"{name} is not supported yet")
    return kind.make(args)
