"""The IR as Python sees it: generated from crates/ir, never written by hand."""

from voyant.ir.types import *  # noqa: F403
from voyant.ir.types import __all__ as __all__
