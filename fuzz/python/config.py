"""Configuration, YAML or JSON, good or bad: it ends in a snapshot or in ConfigErrors.

Anything else that is raised is a traceback in a user's face. An input that begins with a brace is
read as JSON.
"""

import sys

import atheris

with atheris.instrument_imports(include=["voyant"]):
    from voyant.config.bootstrap import translate
    from voyant.config.errors import ConfigErrors
    from voyant.config.load import BOOTSTRAP, check
    from voyant.config.load.sources import read_text
    from voyant.config.options import Options

OPTIONS = Options()


def load(data: bytes) -> None:
    yaml = data[:1] != b"{"
    try:
        translate(check([read_text(data, "fuzz.yaml", BOOTSTRAP, yaml=yaml)], BOOTSTRAP), OPTIONS)
    except ConfigErrors as errors:
        if not str(errors):
            raise AssertionError("refused without a reason") from errors


atheris.Setup(sys.argv, load)
atheris.Fuzz()
