"""HTTP filters: one file a filter, one line in the list below."""

from collections.abc import Callable

from voyant import ir
from voyant.config.at import At
from voyant.config.descriptors import Proto
from voyant.config.filters import router

Translate = Callable[[Proto, At], ir.HttpFilterKind]

FILTERS: dict[str, Translate] = {
    router.ROUTER.full_name: router.translate,
}
"""What translates the configuration of each filter, by the name of its message."""
