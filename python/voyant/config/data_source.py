"""Text from a file, from the configuration itself or from the environment."""

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
    DATA_SOURCE.check(message, at)
    kind = message.WhichOneof("specifier")
    if kind == "filename":
        try:
            return Path(message.filename).read_text(encoding="utf-8")
        except OSError as error:
            at.field("filename").error(f"cannot read {message.filename!r}: {error.strerror}")
        except UnicodeDecodeError:
            at.field("filename").error(f"{message.filename!r} is not UTF-8 text")
        return ""
    if kind == "inline_bytes":
        return str(message.inline_bytes.decode("utf-8", "replace"))
    if kind == "environment_variable":
        value = os.environ.get(message.environment_variable)
        if value is None:
            at.field("environment_variable").error(
                f"the environment variable {message.environment_variable!r} is not set"
            )
        return value or ""
    return str(message.inline_string)
