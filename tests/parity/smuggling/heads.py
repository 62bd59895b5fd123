"""Request lines and header lines that two parsers might read differently."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group

_HOST = b"Host: a.test\r\n"
_SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + _HOST + b"\r\n"

_LINES = {
    "no_version": b"GET /\r\n" + _HOST + b"\r\n",
    "version_lower_case": b"GET / http/1.1\r\n" + _HOST + b"\r\n",
    "version_of_one_digit": b"GET / HTTP/1\r\n" + _HOST + b"\r\n",
    "version_of_two_digits": b"GET / HTTP/1.10\r\n" + _HOST + b"\r\n",
    "version_with_leading_zero": b"GET / HTTP/01.1\r\n" + _HOST + b"\r\n",
    "version_comma": b"GET / HTTP/1,1\r\n" + _HOST + b"\r\n",
    "version_spaced": b"GET / HTTP / 1.1\r\n" + _HOST + b"\r\n",
    "version_other_protocol": b"GET / ICY/1.1\r\n" + _HOST + b"\r\n",
    "space_after_version": b"GET / HTTP/1.1 \r\n" + _HOST + b"\r\n",
    "words_after_version": b"GET / HTTP/1.1 x\r\n" + _HOST + b"\r\n",
    "two_spaces_before_target": b"GET  / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "two_spaces_before_version": b"GET /  HTTP/1.1\r\n" + _HOST + b"\r\n",
    "tab_before_target": b"GET\t/ HTTP/1.1\r\n" + _HOST + b"\r\n",
    "space_before_method": b" GET / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "space_in_target": b"GET /a b HTTP/1.1\r\n" + _HOST + b"\r\n",
    "nul_in_target": b"GET /a\x00b HTTP/1.1\r\n" + _HOST + b"\r\n",
    "tab_in_target": b"GET /a\tb HTTP/1.1\r\n" + _HOST + b"\r\n",
    "high_byte_in_target": b"GET /\x80 HTTP/1.1\r\n" + _HOST + b"\r\n",
    "delete_byte_in_target": b"GET /\x7f HTTP/1.1\r\n" + _HOST + b"\r\n",
    "quotes_and_angles_in_target": b'GET /"<>\\^`{|} HTTP/1.1\r\n' + _HOST + b"\r\n",
    "target_without_slash": b"GET a HTTP/1.1\r\n" + _HOST + b"\r\n",
    "target_empty_query": b"GET ? HTTP/1.1\r\n" + _HOST + b"\r\n",
    "target_double_slash_host": b"GET //evil.test/x HTTP/1.1\r\n" + _HOST + b"\r\n",
    "method_empty": b" / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "method_lower_case": b"get / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "method_with_a_nul": b"G\x00T / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "method_with_a_colon": b"GET: / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "method_with_quotes": b'"GET" / HTTP/1.1\r\n' + _HOST + b"\r\n",
    "method_like_get": b"GETX / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "method_webdav": b"PROPFIND / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "line_ends_with_lf": b"GET / HTTP/1.1\n" + _HOST + b"\r\n",
    "line_ends_with_cr": b"GET / HTTP/1.1\r" + _HOST + b"\r\n",
    "crcrlf": b"GET / HTTP/1.1\r\r\n" + _HOST + b"\r\n",
    "lf_before_the_line": b"\nGET / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "many_crlf_before_the_line": b"\r\n" * 20 + b"GET / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "cr_before_the_line": b"\rGET / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "a_response": b"HTTP/1.1 200 OK\r\n" + _HOST + b"\r\n",
    "tls_hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32,
    "absolute_and_other_host": b"GET http://b.test/x HTTP/1.1\r\n" + _HOST + b"\r\n",
    "absolute_without_host": b"GET http://b.test/x HTTP/1.1\r\n\r\n",
    "absolute_without_authority": b"GET http:///x HTTP/1.1\r\n" + _HOST + b"\r\n",
    "absolute_with_two_slashes_missing": b"GET http:/b.test HTTP/1.1\r\n" + _HOST + b"\r\n",
    "absolute_with_at": b"GET http://a.test@b.test/ HTTP/1.1\r\n" + _HOST + b"\r\n",
    "absolute_with_bad_port": b"GET http://b.test:99999/ HTTP/1.1\r\n" + _HOST + b"\r\n",
}


def _get(*lines: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


_HEADERS = {
    "host_missing": _get(),
    "host_empty": _get(b"Host:"),
    "host_twice": _get(b"Host: a.test", b"Host: b.test"),
    "host_twice_equal": _get(b"Host: a.test", b"Host: a.test"),
    "host_with_a_path": _get(b"Host: a.test/x"),
    "host_with_a_user": _get(b"Host: u@a.test"),
    "host_with_a_space": _get(b"Host: a.test b.test"),
    "host_with_a_comma": _get(b"Host: a.test, b.test"),
    "host_with_a_bad_port": _get(b"Host: a.test:x"),
    "host_with_a_huge_port": _get(b"Host: a.test:65536"),
    "host_with_a_nul": _get(b"Host: a.test\x00"),
    "host_with_high_bytes": _get(b"Host: \xc3\xa4.test"),
    "host_space_before_colon": _get(b"Host : a.test"),
    "host_behind_a_space": _get(b" Host: a.test"),
    "fold_with_a_space": _get(b"Host: a.test", b"X-A: one", b" two"),
    "fold_with_a_tab": _get(b"Host: a.test", b"X-A: one", b"\ttwo"),
    "fold_of_an_empty_value": _get(b"Host: a.test", b"X-A:", b" two"),
    "fold_before_any_header": _get(b" two", b"Host: a.test"),
    "bare_lf_ends_a_header": b"GET / HTTP/1.1\r\nX-A: b\nHost: a.test\r\n\r\n",
    "bare_lf_ends_the_head": b"GET / HTTP/1.1\r\nHost: a.test\n\n" + _SMUGGLED,
    "bare_lf_everywhere": b"GET / HTTP/1.1\nHost: a.test\nX-A: b\n\n",
    "bare_cr_in_a_value": _get(b"Host: a.test", b"X-A: b\rX-B: c"),
    "bare_cr_ends_the_head": b"GET / HTTP/1.1\r\nHost: a.test\r\n\r" + _SMUGGLED,
    "crcrlf_in_a_header": b"GET / HTTP/1.1\r\nHost: a.test\r\r\n\r\n",
    "nul_in_a_value": _get(b"Host: a.test", b"X-A: b\x00c"),
    "nul_in_a_name": _get(b"Host: a.test", b"X-\x00A: b"),
    "control_byte_in_a_value": _get(b"Host: a.test", b"X-A: b\x01c"),
    "delete_byte_in_a_value": _get(b"Host: a.test", b"X-A: b\x7fc"),
    "high_bytes_in_a_value": _get(b"Host: a.test", b"X-A: \xe4\xff"),
    "high_byte_in_a_name": _get(b"Host: a.test", b"X-\xe4: b"),
    "empty_name": _get(b"Host: a.test", b": b"),
    "no_colon": _get(b"Host: a.test", b"nonsense"),
    "only_a_space": _get(b"Host: a.test", b" "),
    "space_in_a_name": _get(b"Host: a.test", b"X A: b"),
    "tab_before_colon": _get(b"Host: a.test", b"X-A\t: b"),
    "quotes_in_a_name": _get(b"Host: a.test", b'"X-A": b'),
    "parentheses_in_a_name": _get(b"Host: a.test", b"X(A): b"),
    "pseudo_header": _get(b"Host: a.test", b":path: /evil"),
    "colon_in_a_value": _get(b"Host: a.test", b"X-A: : b"),
    "no_space_after_colon": _get(b"Host:a.test", b"X-A:b"),
    "empty_value": _get(b"Host: a.test", b"X-A:"),
    "tabs_around_a_value": _get(b"Host: a.test", b"X-A:\t b \t"),
}
_CONNECTION = {
    "connection_names_host": _get(b"Host: a.test", b"Connection: host"),
    "connection_names_a_header": _get(b"Host: a.test", b"X-A: b", b"Connection: x-a"),
    "connection_names_close_and_keep": _get(b"Host: a.test", b"Connection: keep-alive, close"),
    "connection_twice": _get(b"Host: a.test", b"Connection: x", b"Connection: close"),
    "connection_with_odd_tokens": _get(b"Host: a.test", b"Connection: ,, ;close"),
    "connection_names_xff": _get(
        b"Host: a.test", b"X-Forwarded-For: 1.2.3.4", b"Connection: x-forwarded-for"
    ),
    "upgrade_h2c_and_a_body": b"POST / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\n"
    b"Upgrade: h2c\r\nContent-Length: 5\r\n\r\nhello",
    "upgrade_websocket_and_more": _get(
        b"Host: a.test", b"Connection: Upgrade", b"Upgrade: websocket"
    )
    + _SMUGGLED,
    "upgrade_unknown": _get(b"Host: a.test", b"Connection: Upgrade", b"Upgrade: a, b"),
    "http2_settings_alone": _get(b"Host: a.test", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
    "te_chunked": _get(b"Host: a.test", b"TE: chunked"),
    "expect_twice": b"POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\n"
    b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    "trailer_names_length": b"POST / HTTP/1.1\r\nHost: a.test\r\nTrailer: content-length\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}
_PIPELINES = {
    "a_body_that_is_a_request": b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 40\r\n\r\n"
    + _SMUGGLED,
    "more_body_than_its_length": b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\n"
    b"hello",
    "a_get_followed_by_a_body": b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\nhello",
    "a_good_and_a_bad_request": _SMUGGLED + b"BAD\x00 / HTTP/1.1\r\n\r\n",
    "a_bad_and_a_good_request": b"BAD\x00 / HTTP/1.1\r\n\r\n" + _SMUGGLED,
    "connect_and_more": b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n" + _SMUGGLED,
    "connect_with_a_length": b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n"
    b"Content-Length: 5\r\n\r\nhello" + _SMUGGLED,
    "connect_with_a_coding": b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
    "the_head_of_a_half_request": b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 50\r\n\r\n"
    + _SMUGGLED,
}

CASES = [
    Case(name, [sent]) for name, sent in {**_LINES, **_HEADERS, **_CONNECTION, **_PIPELINES}.items()
]
GROUP = Group(bootstrap([http(plain=True)], [cluster()]), CASES)
