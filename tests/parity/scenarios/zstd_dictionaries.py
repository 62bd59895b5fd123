"""Zstandard with dictionaries, in both directions, and what decompressors count."""

from dataclasses import replace

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, Loose, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Messages, Send, Until

_URL = "type.googleapis.com/envoy.extensions.compression"
# Two dictionaries of 256 bytes, with the numbers 41 and 77.
FIRST = (
    "N6Qw7CkAAAAZEOAq6f/////GkUW2lJJsKblfafP//yvWWkMAADxksPB6NgAAAATgQAISPOBYRXQJj/UciSlkACAAAAAAAAAA"
    "AAAAAAAAAMQdEAAAAAAAAAAAAAAAAAAAAAEAAAAEAAAACAAAAGFyeSByZXNwb25zZSBoZWxsbyBjbHVzdGVyIHJlc3BvbnNl"
    "IGNvbnRlbnQgcmVxdWVzc3RyZWFtIGNsdXN0ZXIgaGVsbG8gcmVzcG9uc2UgcmVxdWVzdCBoZWxsbyBoZWxsbyBpb25hcnkg"
    "aGVsbG8gdm95YW50IHByb3h5IGhlYWRlciBoZWFkZXIgcHJveHkgdQ=="
)
SECOND = (
    "N6Qw7E0AAAA4EGhPkg4AXzzAFw/wxQN88QBfPMAXD/DFA1QFYNZW21JKsqV0caYJ+aCAAgoooIACCiiggAIKKItDAABAXJRw"
    "uxwAAAAE4AACGC9swBo3xEe6klMKGAMMAAAAAAAAAAAAAAAAAADUXYgBAAAAAAAAAAAAAAAAAAABAAAABAAAAAgAAABlbnQg"
    "ZGljdGlvbmFyeSBjb250ZW50IHByb3h5IHZveWFudCBjbHVzdGVyIGhlYWRlcnZveWFudCByZXNwb25zZSBoZWxsbyB2b3lh"
    "bnQgaGVsbG8gdXBzdHJlYW0gcmVzcG9uaGVhZGVyIHByb3h5IGNvbg=="
)
_BY_FIRST = "28b52ffd21298ce500003064696374757009fc93a02573c4b6742ccd779ff765f2e305866644"
_BY_SECOND = "28b52ffd214d8cd500003072657175657308fc93acaf92c0ca77d345c7237f5505066c02"
_BY_NONE = (
    "28b52ffd208c0d020062c40d12c035070d1a91321b4962bc9024fcffac6b9e692a9dd07b9449ef4464a240f98907d568"
    "eea0df44a3c06f1aeea7e965aea428a36766120100c624688802"
)
_CHECKED = "28b52ffd25298ce500003064696374757009fc93a02573c4b6742ccd779ff765f2e305866644dbc12a1e"
_TEXT = b"hello dictionary proxy request response upstream cluster header voyant" * 2
_ERRORS = {
    "zstd": [
        "zstd_generic_error",
        "zstd_dictionary_error",
        "zstd_checksum_wrong_error",
        "zstd_memory_error",
    ],
    "brotli": ["brotli_error", "brotli_output_overflow", "brotli_redundant_input"],
    "gzip": ["zlib_data_error", "zlib_buf_error"],
}


def _source(dictionary: str) -> str:
    return f"{{inline_bytes: {dictionary}}}"


def _decompressor(kind: str, fields: str = "") -> Node:
    typed = f"{_URL}.{kind}.decompressor.v3.{kind.title()}"
    library = f'{{name: lib, typed_config: {{"@type": {typed}, {fields}}}}}'
    return http_filter(
        "decompressor", "decompressor.v3.Decompressor", f"{{decompressor_library: {library}}}"
    )


def _compressor(fields: str) -> Node:
    typed = f'{{"@type": {_URL}.zstd.compressor.v3.Zstd, {fields}}}'
    return http_filter(
        "compressor",
        "compressor.v3.Compressor",
        f"{{compressor_library: {{name: lib, typed_config: {typed}}}}}",
    )


def _stats(listener: str, kind: str = "zstd") -> list[str]:
    prefix = f"http.{listener}.decompressor.lib.{kind}"
    names = [f"{prefix}.decompressor_library.{name}" for name in _ERRORS[kind]]
    return [*names, f"{prefix}.response.decompressed", f"{prefix}.response.not_decompressed"]


_LOOSE = [
    Loose(r"^<\d+ bytes, sha256 \w+>$", "<as far as it goes>", "a bomb is cut where one likes"),
    Loose(r"tx=\d+", "tx=<n>", "so is its length"),
]


def _case(name: str, listener: str, body: bytes, kind: str = "zstd", coding: str = "zstd") -> Case:
    return Case(
        name,
        [get("/", "accept-encoding: zstd")],
        [response("200 OK", f"content-encoding: {coding}", body=body)],
        stats=_stats(listener, kind),
        listener=listener,
    )


_SOURCES = f"dictionaries: [{_source(FIRST)}, {_source(SECOND)}]"
_ONE = f"dictionary: {_source(FIRST)}"
_FRAME = bytes.fromhex(_BY_FIRST)
_UNKNOWN = _FRAME[:5] + b"\x63" + _FRAME[6:]
_SUM = bytes.fromhex(_CHECKED)
_GROWN = bytes.fromhex(_BY_NONE)
# 100,000 times `a`.
_MUCH = {
    "brotli": "5b9f86815f222c1e0b04b2fc0200",
    "zstd": "28b52ffda0a086010055000010616101009b8639c002",
    "gzip": "1f8b0800000000000203edc13101000000c2a0aceb5fc21a1e4001"
    + "00" * 96
    + "af0687fae21ba0860100",
}
_HEAD = request("HTTP/1.1 200 OK", "content-encoding: br", "transfer-encoding: chunked")
_CODINGS = {"brotli": "br", "zstd": "zstd", "gzip": "gzip"}
_HELLO = b"\x0b\x02\x80hello\x03"
GROUP = Group(
    bootstrap(
        [
            filtered("zstd", [_decompressor("zstd", _SOURCES)]),
            filtered("bare", [_decompressor("zstd")]),
            filtered("brotli", [_decompressor("brotli")]),
            filtered("gzip", [_decompressor("gzip")]),
            filtered("both", [_decompressor("zstd", _SOURCES), _compressor(_ONE)]),
            filtered("lost", [_decompressor("zstd"), _compressor(_ONE)]),
        ],
        [cluster()],
    ),
    [
        _case("by_the_first", "zstd", _FRAME),
        _case("by_the_second", "zstd", bytes.fromhex(_BY_SECOND)),
        _case("by_none", "zstd", _GROWN),
        _case("by_an_unknown_one", "zstd", _UNKNOWN),
        _case("with_a_sum", "zstd", _SUM),
        _case("with_a_wrong_sum", "zstd", _SUM[:-1] + b"x"),
        _case("cut_short", "zstd", _FRAME[:-4]),
        _case("noise", "zstd", b"noise, and more of it"),
        _case("two_frames", "zstd", _FRAME + _FRAME),
        _case("two_frames_of_two_dictionaries", "zstd", _FRAME + bytes.fromhex(_BY_SECOND)),
        _case("a_dictionary_nobody_has", "bare", _FRAME),
        _case("a_sum_without_dictionaries", "bare", _GROWN),
        _case("noise_for_none", "bare", b"noise, and more of it"),
        _case("noise_for_brotli", "brotli", b"\xff\xff\xff\xff\xff", "brotli", "br"),
        _case("more_than_brotli", "brotli", b"\x0b\x02\x80hello\x03more", "brotli", "br"),
        _case("noise_for_gzip", "gzip", b"noise, and more of it", "gzip", "gzip"),
        _case("hello_in_brotli", "brotli", _HELLO, "brotli", "br"),
        Case(
            "hello_in_chunks_of_brotli",
            [get()],
            [
                request(
                    "HTTP/1.1 200 OK",
                    "content-encoding: br",
                    "transfer-encoding: chunked",
                    body=b"4\r\n%s\r\n5\r\n%s\r\n0\r\n\r\n" % (_HELLO[:4], _HELLO[4:]),
                )
            ],
            stats=_stats("brotli", "brotli"),
            listener="brotli",
        ),
        Case(
            "noise_piece_by_piece",
            [
                get(),
                Messages(1, on="up"),
                Send(_HEAD + b"4\r\n\xff\xff\xff\xff\r\n", "up"),
                Until("http.brotli.decompressor.lib.brotli.response.total_compressed_bytes", 4),
                Send(b"4\r\n\xff\xff\xff\xff\r\n", "up"),
                Until("http.brotli.decompressor.lib.brotli.response.total_compressed_bytes", 8),
                Send(b"0\r\n\r\n", "up"),
                Messages(1),
            ],
            [Reply(when="never")],
            stats=_stats("brotli", "brotli"),
            listener="brotli",
        ),
        *[
            replace(
                _case(f"much_in_{kind}", kind, bytes.fromhex(much), kind, _CODINGS[kind]),
                loose=_LOOSE,
            )
            for kind, much in _MUCH.items()
        ],
        Case(
            "compressed_and_back",
            [get("/", "accept-encoding: zstd")],
            [response("200 OK", "content-type: text/plain", body=_TEXT)],
            stats=_stats("both"),
            listener="both",
        ),
        Case(
            "compressed_and_lost",
            [get("/", "accept-encoding: zstd")],
            [response("200 OK", "content-type: text/plain", body=_TEXT)],
            listener="lost",
        ),
    ],
    listener="zstd",
)
