"""Libraries that compress and decompress bodies."""

import base64

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.data_source import data_bytes
from voyant.config.descriptors import Proto
from voyant.config.scalar import enum_name, wrapped_int
from voyant.config.unpack import type_name, unpack

_COMPRESSION = "envoy.extensions.compression"
_CHUNKS = {"chunk_size": "pieces go on as they come"}
_OF_ZLIB = "it is zlib's own: another implementation of the format chooses for itself"
GZIP = Fields(
    f"{_COMPRESSION}.gzip.compressor.v3.Gzip",
    reads={"compression_level", "window_bits"},
    no_effect={**_CHUNKS, "memory_level": _OF_ZLIB, "compression_strategy": _OF_ZLIB},
)
BROTLI = Fields(
    f"{_COMPRESSION}.brotli.compressor.v3.Brotli",
    reads={
        "quality",
        "encoder_mode",
        "window_bits",
        "input_block_bits",
        "disable_literal_context_modeling",
    },
    no_effect=_CHUNKS,
)
ZSTD = Fields(
    f"{_COMPRESSION}.zstd.compressor.v3.Zstd",
    reads={"compression_level", "enable_checksum", "strategy", "dictionary"},
    no_effect=_CHUNKS,
)
FROM_GZIP = Fields(
    f"{_COMPRESSION}.gzip.decompressor.v3.Gzip",
    reads={"window_bits", "max_inflate_ratio"},
    no_effect=_CHUNKS,
)
FROM_BROTLI = Fields(
    f"{_COMPRESSION}.brotli.decompressor.v3.Brotli",
    reads=(),
    no_effect={**_CHUNKS, "disable_ring_buffer_reallocation": "memory is taken as it is needed"},
)
FROM_ZSTD = Fields(
    f"{_COMPRESSION}.zstd.decompressor.v3.Zstd",
    reads={"dictionaries"},
    no_effect=_CHUNKS,
)
LIBRARY = Fields("envoy.config.core.v3.TypedExtensionConfig", reads={"name", "typed_config"})

DEFAULT_LEVEL = 6
_MAGIC, _SHORTEST = b"\x37\xa4\x30\xec", 9
_LEVELS = {"DEFAULT_COMPRESSION": DEFAULT_LEVEL, "BEST_SPEED": 1, "BEST_COMPRESSION": 9}
_MODES: dict[str, ir.BrotliMode] = {
    "DEFAULT": "generic",
    "GENERIC": "generic",
    "TEXT": "text",
    "FONT": "font",
}
KINDS = {GZIP.full_name: "gzip", BROTLI.full_name: "brotli", ZSTD.full_name: "zstd"}
"""What statistics call each library."""


def compressor_library(message: Proto, at: At) -> tuple[ir.CompressorLibrary, str] | None:
    """What compresses, and what statistics call it; nothing when that is not known."""
    LIBRARY.check(message, at)
    there = at.field("typed_config")
    library = unpack(message.typed_config, there)
    if library is None:
        return None
    name = library.DESCRIPTOR.full_name
    if name not in KINDS:
        there.error(f"unknown compressor library {type_name(message.typed_config)!r}")
        return None
    translate = {GZIP.full_name: _gzip, BROTLI.full_name: _brotli, ZSTD.full_name: _zstd}[name]
    return translate(library, there), f"{message.name}.{KINDS[name]}"


def decompressor_library(message: Proto, at: At) -> ir.DecompressorLibrary | None:
    """What decompresses; nothing when that is not known."""
    LIBRARY.check(message, at)
    there = at.field("typed_config")
    library = unpack(message.typed_config, there)
    if library is None:
        return None
    name = library.DESCRIPTOR.full_name
    if name == FROM_GZIP.full_name:
        FROM_GZIP.check(library, there)
        return ir.DecompressorLibraryGzip(
            window_bits=wrapped_int(library, "window_bits", 15),
            max_inflate_ratio=wrapped_int(library, "max_inflate_ratio", 100),
        )
    if name == FROM_BROTLI.full_name:
        FROM_BROTLI.check(library, there)
        return ir.DecompressorLibraryBrotli()
    if name == FROM_ZSTD.full_name:
        return _from_zstd(library, there)
    there.error(f"unknown decompressor library {type_name(message.typed_config)!r}")
    return None


def _gzip(message: Proto, at: At) -> ir.CompressorLibrary:
    GZIP.check(message, at)
    level = enum_name(message, "compression_level")
    number = level.removeprefix("COMPRESSION_LEVEL_")
    return ir.CompressorLibraryGzip(
        level=_LEVELS[level] if level in _LEVELS else int(number),
        window_bits=wrapped_int(message, "window_bits", 12),
    )


def _brotli(message: Proto, at: At) -> ir.CompressorLibrary:
    BROTLI.check(message, at)
    return ir.CompressorLibraryBrotli(
        quality=wrapped_int(message, "quality", 3),
        window_bits=wrapped_int(message, "window_bits", 18),
        input_block_bits=wrapped_int(message, "input_block_bits", 24),
        mode=_MODES[enum_name(message, "encoder_mode")],
        literal_context_modeling=not message.disable_literal_context_modeling,
    )


def _zstd(message: Proto, at: At) -> ir.CompressorLibrary:
    ZSTD.check(message, at)
    return ir.CompressorLibraryZstd(
        level=wrapped_int(message, "compression_level", 3),
        checksum=message.enable_checksum,
        strategy=message.strategy or None,
        dictionary=_dictionary(message.dictionary, at.field("dictionary"))
        if message.HasField("dictionary")
        else "",
    )


def _from_zstd(message: Proto, at: At) -> ir.DecompressorLibrary:
    FROM_ZSTD.check(message, at)
    return ir.DecompressorLibraryZstd(
        dictionaries=[
            _dictionary(each, at.item("dictionaries", i))
            for i, each in enumerate(message.dictionaries)
        ]
    )


def _dictionary(source: Proto, at: At) -> str:
    """A dictionary in base64. One without a number ends Envoy's process."""
    data = data_bytes(source, at)
    if data is None:
        return ""
    if not data:
        at.error("DataSource cannot be empty")
    elif data[:4] != _MAGIC or not any(data[4:8]) or len(data) < _SHORTEST:
        at.error("Illegal Zstd dictionary", expected="what `zstd --train` makes")
    return base64.b64encode(data).decode("ascii")
