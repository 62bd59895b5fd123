"""Chunked bodies that two parsers might cut differently."""

from tests.parity.config import bootstrap, cluster, http, http_protocol, merged
from tests.parity.scenario import Case, Group

_SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"
_HEAD = b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"

_BODIES = {
    "size_lf_only": b"5\nhello\r\n0\r\n\r\n",
    "data_lf_only": b"5\r\nhello\n0\r\n\r\n",
    "last_chunk_lf_only": b"5\r\nhello\r\n0\n\n",
    "end_lf_only": b"5\r\nhello\r\n0\r\n\n",
    "size_cr_only": b"5\rhello\r\n0\r\n\r\n",
    "size_with_a_space_before": b" 5\r\nhello\r\n0\r\n\r\n",
    "size_with_a_space_after": b"5 \r\nhello\r\n0\r\n\r\n",
    "size_with_a_tab_after": b"5\t\r\nhello\r\n0\r\n\r\n",
    "size_empty": b"\r\nhello\r\n0\r\n\r\n",
    "size_hex_prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "size_negative": b"-5\r\nhello\r\n0\r\n\r\n",
    "size_plus": b"+5\r\nhello\r\n0\r\n\r\n",
    "size_with_leading_zeros": b"0000000000000005\r\nhello\r\n0\r\n\r\n",
    "size_with_very_many_zeros": b"0" * 40 + b"5\r\nhello\r\n0\r\n\r\n",
    "size_capital": b"A\r\n0123456789\r\n0\r\n\r\n",
    "size_not_hex": b"5g\r\nhello\r\n0\r\n\r\n",
    "size_overflow": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "size_of_64_bits": b"ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "size_of_63_bits": b"7fffffffffffffff\r\nhello",
    "size_of_32_bits": b"ffffffff\r\nhello",
    "size_underscore": b"0_5\r\nhello\r\n0\r\n\r\n",
    "size_quoted": b'"5"\r\nhello\r\n0\r\n\r\n',
    "size_zeros": b"5\r\nhello\r\n000\r\n\r\n",
    "extension": b"5;name=value\r\nhello\r\n0;last\r\n\r\n",
    "extension_quoted_crlf": b'5;a="\r\nhello\r\n0\r\n\r\n',
    "extension_with_a_bare_lf": b"5;a\nhello\r\n0\r\n\r\n",
    "extension_with_a_bare_cr": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "extension_with_a_nul": b"5;\x00\r\nhello\r\n0\r\n\r\n",
    "extension_behind_a_space": b"5 ; a=b\r\nhello\r\n0\r\n\r\n",
    "extension_long": b"5;" + b"a" * 20000 + b"\r\nhello\r\n0\r\n\r\n",
    "extension_empty": b"5;\r\nhello\r\n0\r\n\r\n",
    "data_longer_than_its_size": b"3\r\nhello\r\n0\r\n\r\n",
    "data_shorter_than_its_size": b"6\r\nhello\r\n0\r\n\r\n",
    "data_without_crlf": b"5\r\nhello0\r\n\r\n",
    "data_with_two_crlf": b"5\r\nhello\r\n\r\n0\r\n\r\n",
    "no_last_chunk": b"5\r\nhello\r\n",
    "no_end": b"5\r\nhello\r\n0\r\n",
    "end_and_a_request": b"0\r\n\r\n" + _SMUGGLED,
    "end_and_crlf_and_a_request": b"0\r\n\r\n\r\n" + _SMUGGLED,
    "end_and_garbage": b"0\r\n\r\nX" + _SMUGGLED,
}
_TRAILERS = {
    "trailer": b"0\r\nX-Sum: 1\r\n\r\n",
    "trailer_content_length": b"0\r\nContent-Length: 40\r\n\r\n" + _SMUGGLED,
    "trailer_transfer_encoding": b"0\r\nTransfer-Encoding: chunked\r\n\r\n" + _SMUGGLED,
    "trailer_host": b"0\r\nHost: other.test\r\n\r\n",
    "trailer_without_a_colon": b"0\r\nnonsense\r\n\r\n",
    "trailer_space_before_colon": b"0\r\nX-Sum : 1\r\n\r\n",
    "trailer_folded": b"0\r\nX-Sum: 1\r\n 2\r\n\r\n",
    "trailer_empty_name": b"0\r\n: 1\r\n\r\n",
    "trailer_nul": b"0\r\nX-Sum: a\x00b\r\n\r\n",
    "trailer_lf_only": b"0\r\nX-Sum: 1\n\n",
    "trailer_is_a_request": b"0\r\n" + _SMUGGLED,
}
_ENABLED = "http_protocol_options: {enable_trailers: true}"

CASES = [Case(name, [_HEAD + body]) for name, body in {**_BODIES, **_TRAILERS}.items()]
CASES += [
    Case(f"{name}_enabled", [_HEAD + body], listener="trailers") for name, body in _TRAILERS.items()
]

GROUP = Group(
    bootstrap(
        [
            http(plain=True),
            http(
                "trailers",
                hcm=_ENABLED,
                routes="[{match: {prefix: /}, route: {cluster: trailers}}]",
                plain=True,
            ),
        ],
        [
            cluster(),
            merged(
                cluster("trailers", to=["up"]),
                http_protocol("explicit_http_config: {" + _ENABLED + "}"),
            ),
        ],
    ),
    CASES,
)
