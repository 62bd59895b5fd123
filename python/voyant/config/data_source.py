"""Text or bytes from a file, from the configuration itself or from the environment."""

import os
from pathlib import Path

from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

DATA_SOURCE = Fields(
    "envoy.config.core.v3.DataSource",
    reads={"filename", "inline_bytes", "inline_string", "environment_variable"},
    unsupported={"watched_directory"},
)


def data_source(message: Proto, at: At) -> str:
    """The text; what cannot be read is reported and empty."""
    data = data_bytes(message, at) or b""
    if message.WhichOneof("specifier") != "filename":
        return data.decode("utf-8", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        at.field("filename").error(f"{message.filename!r} is not UTF-8 text")
        return ""


def data_bytes(message: Proto, at: At) -> bytes | None:
    """The bytes; nothing of what cannot be read, which is reported."""
    DATA_SOURCE.check(message, at)
    kind = message.WhichOneof("specifier")
    if kind == "filename":
        try:
            return Path(message.filename).read_bytes()
        except OSError as error:
            at.field("filename").error(f"cannot read {message.filename!r}: {error.strerror}")
        return None
    if kind == "inline_bytes":
        return bytes(message.inline_bytes)
    if kind == "environment_variable":
        value = os.environ.get(message.environment_variable)
        if value is None:
            at.field("environment_variable").error(
                f"the environment variable {message.environment_variable!r} is not set"
            )
            return None
        return os.fsencode(value)
    return str(message.inline_string).encode()
