"""Envoy's substitution format strings: `%OPERATOR(arguments):length%` in text.

The text becomes the formatter's program (`ir.Segment`), so that everything that can be wrong with
it is found here, in Envoy's words. One parser serves access logs, header values, rewrites and
bodies; `substitution.py` reads the message that holds a text or a JSON document.
"""

from voyant.config.format.legacy import parse_header_value
from voyant.config.format.parse import parse
from voyant.config.format.substitution import (
    FORMAT_STRING,
    body_format,
    format_string,
    formatter_names,
    json_format,
    text_format,
)

__all__ = [
    "FORMAT_STRING",
    "body_format",
    "format_string",
    "formatter_names",
    "json_format",
    "parse",
    "parse_header_value",
    "text_format",
]
