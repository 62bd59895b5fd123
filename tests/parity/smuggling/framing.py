"""Requests whose length can be read in two ways: Content-Length and Transfer-Encoding."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group

_SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"
_CHUNKS = b"0\r\n\r\n" + _SMUGGLED
_HELLO = b"5\r\nhello\r\n0\r\n\r\n"


def _post(*lines: bytes, body: bytes, version: bytes = b"1.1") -> bytes:
    head = b"POST / HTTP/" + version + b"\r\nHost: a.test\r\n"
    return head + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def _length(value: bytes, body: bytes = b"hello" + _SMUGGLED) -> bytes:
    return _post(b"Content-Length:" + value, body=body)


def _coding(value: bytes, body: bytes = _HELLO) -> bytes:
    return _post(b"Transfer-Encoding:" + value, body=body)


_LENGTHS = {
    "length_plus": _length(b" +5"),
    "length_minus": _length(b" -5"),
    "length_minus_zero": _length(b" -0", _SMUGGLED),
    "length_hex": _length(b" 0x5"),
    "length_with_leading_zeros": _length(b" 0005", b"hello"),
    "length_decimal_point": _length(b" 5.0"),
    "length_exponent": _length(b" 5e0"),
    "length_with_a_space_inside": _length(b" 5 5"),
    "length_with_a_tab_after": _length(b" 5\t", b"hello"),
    "length_with_spaces_around": _length(b"   5   ", b"hello"),
    "length_without_a_space": _length(b"5", b"hello"),
    "length_with_a_form_feed": _length(b" \x0c5"),
    "length_with_a_vertical_tab": _length(b" 5\x0b"),
    "length_list_equal": _length(b" 5, 5"),
    "length_list_different": _length(b" 5, 0"),
    "length_list_without_space": _length(b" 5,5"),
    "length_empty": _length(b"", _SMUGGLED),
    "length_words": _length(b" five"),
    "length_overflows_64_bits": _length(b" 18446744073709551621"),
    "length_of_63_bits": _length(b" 9223372036854775807", b"hello"),
    "length_of_64_bits": _length(b" 18446744073709551615", b"hello"),
    "length_underscore": _length(b" 1_0"),
    "length_of_other_digits": _length(b" \xef\xbc\x95"),
    "length_twice_equal": _post(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"),
    "length_twice_different": _post(b"Content-Length: 0", b"Content-Length: 5", body=b"hello"),
    "length_twice_zero_first": _post(b"Content-Length: 5", b"Content-Length: 0", body=b"hello"),
    "length_twice_in_case": _post(b"Content-Length: 5", b"CONTENT-LENGTH: 50", body=b"hello"),
    "length_name_underscore": _post(b"Content_Length: 5", body=_SMUGGLED),
    "length_space_before_colon": _post(b"Content-Length : 5", body=b"hello" + _SMUGGLED),
    "length_tab_before_colon": _post(b"Content-Length\t: 5", body=b"hello" + _SMUGGLED),
    "length_named_in_connection": _post(
        b"Connection: content-length", b"Content-Length: 5", body=b"hello"
    ),
    "length_on_a_get": b"GET / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 40\r\n\r\n" + _SMUGGLED,
}

_CODINGS = {
    "coding_capitals": _coding(b" CHUNKED"),
    "coding_identity": _coding(b" identity", _SMUGGLED),
    "coding_identity_then_chunked": _coding(b" identity, chunked"),
    "coding_chunked_then_identity": _coding(b" chunked, identity"),
    "coding_gzip_then_chunked": _coding(b" gzip, chunked"),
    "coding_chunked_twice_in_a_list": _coding(b" chunked, chunked"),
    "coding_chunked_twice_in_lines": _post(
        b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=_HELLO
    ),
    "coding_then_identity_in_lines": _post(
        b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=_HELLO
    ),
    "coding_identity_line_first": _post(
        b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked", body=_HELLO
    ),
    "coding_empty": _coding(b"", _SMUGGLED),
    "coding_unknown": _coding(b" cow", _SMUGGLED),
    "coding_prefixed": _coding(b" xchunked", _SMUGGLED),
    "coding_suffixed": _coding(b" chunkedx", _SMUGGLED),
    "coding_with_a_parameter": _coding(b" chunked;q=1"),
    "coding_quoted": _coding(b' "chunked"'),
    "coding_with_a_tab": _coding(b"\tchunked"),
    "coding_with_a_vertical_tab": _coding(b" \x0bchunked"),
    "coding_with_a_trailing_space": _coding(b" chunked "),
    "coding_with_a_trailing_comma": _coding(b" chunked,"),
    "coding_with_a_leading_comma": _coding(b" ,chunked"),
    "coding_with_a_nul": _coding(b" chunked\x00"),
    "coding_space_before_colon": _post(b"Transfer-Encoding : chunked", body=_HELLO),
    "coding_name_underscore": _post(b"Transfer_Encoding: chunked", body=_HELLO),
    "coding_name_behind_a_space": _post(b" Transfer-Encoding: chunked", body=_HELLO),
    "coding_name_behind_a_tab": _post(b"X: y", b"\tTransfer-Encoding: chunked", body=_HELLO),
    "coding_behind_a_bare_cr": _post(b"X: y\rTransfer-Encoding: chunked", body=_HELLO),
    "coding_behind_a_bare_lf": _post(b"X: y\nTransfer-Encoding: chunked", body=_HELLO),
    "coding_folded": _post(b"Transfer-Encoding:", b" chunked", body=_HELLO),
    "coding_named_in_connection": _post(
        b"Connection: transfer-encoding", b"Transfer-Encoding: chunked", body=_HELLO
    ),
    "coding_on_http10": _post(b"Transfer-Encoding: chunked", body=_HELLO, version=b"1.0"),
    "coding_on_a_get": b"GET / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    + _CHUNKS,
    "coding_on_a_head": b"HEAD / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    + _CHUNKS,
}

_BOTH = {
    "length_then_coding": _post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=_CHUNKS),
    "coding_then_length": _post(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=_CHUNKS),
    "length_zero_and_coding": _post(
        b"Content-Length: 0", b"Transfer-Encoding: chunked", body=_CHUNKS
    ),
    "length_and_identity": _post(
        b"Content-Length: 5", b"Transfer-Encoding: identity", body=b"hello"
    ),
    "length_and_unknown": _post(b"Content-Length: 5", b"Transfer-Encoding: cow", body=b"hello"),
    "length_and_hidden_coding": _post(
        b"Content-Length: 5", b"Transfer-Encoding : chunked", body=_CHUNKS
    ),
    "length_and_coding_on_http10": _post(
        b"Content-Length: 5", b"Transfer-Encoding: chunked", body=_CHUNKS, version=b"1.0"
    ),
    "length_and_folded_coding": _post(
        b"Content-Length: 5", b"Transfer-Encoding:", b"\tchunked", body=_CHUNKS
    ),
}

CASES = [Case(name, [sent]) for name, sent in {**_LENGTHS, **_CODINGS, **_BOTH}.items()]
_OLD = http("http10", hcm="http_protocol_options: {accept_http_10: true}", plain=True)
CASES += [
    Case(f"{name}_accepted", [_BOTH.get(name) or _CODINGS[name]], listener="http10")
    for name in ("coding_on_http10", "length_and_coding_on_http10")
]

GROUP = Group(bootstrap([http(plain=True), _OLD], [cluster()]), CASES)
