"""The loader of configurations: YAML and JSON, good or bad, end in a message or in ConfigErrors.

Anything else that is raised is a traceback in a user's face. The first byte chooses the format.
"""

import sys

import atheris

with atheris.instrument_imports(include=["voyant"]):
    from voyant.config.errors import ConfigErrors
    from voyant.config.load import BOOTSTRAP, check
    from voyant.config.load.sources import read_text


def load(data: bytes) -> None:
    yaml = data[:1] != b"{"
    try:
        check([read_text(data, "fuzz.yaml", BOOTSTRAP, yaml=yaml)], BOOTSTRAP)
    except ConfigErrors as errors:
        if not str(errors):
            raise AssertionError("refused without a reason") from errors


atheris.Setup(sys.argv, load)
atheris.Fuzz()
