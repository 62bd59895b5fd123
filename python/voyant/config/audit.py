"""The field audit: no field of a configuration is ignored in silence.

A translator declares every field of its message in one of three lists: it reads it, the field has
no effect here and why, or it is not supported yet. `check` reports each field that is set but not
supported; a test holds that the lists of every declared message are complete and disjoint; and
`docs/compatibility.md` is made from them. A new version of the API with a new field fails that test
until someone decides about the field.

    CLUSTER = Fields(
        "envoy.config.cluster.v3.Cluster",
        reads={"name", "type"},
        no_effect={"alt_stat_name": "only changes names of statistics that are not made"},
        unsupported={"health_checks"},
    )
"""

from collections.abc import Iterable, Iterator, Mapping

from voyant.config.at import At
from voyant.config.descriptors import Proto, descriptor

_declared: dict[str, list["Fields"]] = {}


class Fields:
    """What a translator does with each field of a message.

    A message that is used in several ways (an address to listen on, one to connect to) may be
    declared several times, with `where` telling the uses apart.
    """

    def __init__(
        self,
        full_name: str,
        *,
        reads: Iterable[str],
        no_effect: Mapping[str, str] | None = None,
        unsupported: Iterable[str] = (),
        where: str = "",
    ) -> None:
        self.full_name = full_name
        self.where = where
        self.reads = frozenset(reads)
        self.no_effect = dict(no_effect or {})
        self.unsupported = frozenset(unsupported)
        self._accepted = self.reads | self.no_effect.keys()
        _declared.setdefault(full_name, []).append(self)

    def check(self, message: Proto, at: At) -> None:
        """Reports each field that is set and not supported."""
        accepted = self._accepted
        for field, _ in message.ListFields():
            if field.name not in accepted:
                at.field(field.name).error("not supported yet", key=True)

    def problems(self) -> Iterator[str]:
        """What is wrong with the lists themselves."""
        found = descriptor(self.full_name)
        if found is None:
            yield f"{self.full_name}: there is no such message"
            return
        lists = (self.reads, frozenset(self.no_effect), self.unsupported)
        for field in found.fields:
            count = sum(field.name in each for each in lists)
            if count != 1:
                yield f"{self.full_name}.{field.name}: is in {count} lists, must be in one"
        for name in frozenset().union(*lists) - {field.name for field in found.fields}:
            yield f"{self.full_name}.{name}: there is no such field"


def declared() -> list[Fields]:
    """All declarations of the translators imported so far, in the order of their names."""
    return [each for name in sorted(_declared) for each in _declared[name]]
