"""The field audit: no field of a configuration is ignored in silence.

A translator declares every field of its message in one of three lists: it reads it, the field has
no effect here and why, or it is not supported yet. `check` reports each field that is set but not
supported; a test holds that the lists of every declared message are complete and disjoint, and that
a message which is read is declared, too; `docs/compatibility.md` is made from them. A new version
of the API with a new field fails that test until someone decides about the field.

    CLUSTER = Fields(
        "envoy.config.cluster.v3.Cluster",
        reads={"name", "type"},
        no_effect={"upstream_config": "there is one kind of upstream connection"},
        unsupported={"health_checks"},
    )

    def translate_cluster(cluster: Proto, at: At) -> ir.Cluster:
        CLUSTER.check(cluster, at)
"""

from collections.abc import Iterable, Iterator, Mapping

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from voyant.config.at import At
from voyant.config.descriptors import Proto, descriptor, is_map

_declared: dict[str, list["Fields"]] = {}
_WELL_KNOWN = "google.protobuf."


class Fields:
    """What a translator does with each field of a message.

    A message that is used in several ways (an address to listen on, one to connect to) is declared
    several times, with `where` telling the uses apart.
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
        self._accepted: frozenset[FieldDescriptor] | None = None
        _declared.setdefault(full_name, []).append(self)

    def check(self, message: Proto, at: At) -> None:
        """Reports each field that is set and not supported."""
        accepted = self._accepted
        if accepted is None:
            accepted = self._accepted = self._accepted_fields(message.DESCRIPTOR)
        for field, _ in message.ListFields():
            if field not in accepted:
                at.field(field.name).error("not supported yet", key=True)

    def _accepted_fields(self, of: Descriptor) -> frozenset[FieldDescriptor]:
        if of.full_name != self.full_name:
            raise TypeError(f"the fields of {self.full_name} do not tell about {of.full_name}")
        names = self.reads | self.no_effect.keys()
        return frozenset(field for field in of.fields if field.name in names)

    def lists(self) -> tuple[list[str], list[str], list[str]]:
        """What is read, has no effect, and is not supported."""
        return sorted(self.reads), sorted(self.no_effect), sorted(self.unsupported)

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
                yield f"{field.full_name}: is in {count} lists, must be in one"
            held = _held(field)
            if field.name in self.reads and held and held not in _declared:
                yield f"{field.full_name}: is read, but {held} is not declared"
        for name in sorted(frozenset().union(*lists) - {field.name for field in found.fields}):
            yield f"{self.full_name}.{name}: there is no such field"


def _held(field: FieldDescriptor) -> str:
    """The message that a field holds and that has fields of its own to tell about."""
    held = field.message_type
    if held is not None and is_map(field):
        held = held.fields_by_name["value"].message_type
    if held is None or held.full_name.startswith(_WELL_KNOWN):
        return ""
    return held.full_name


def declared() -> list[Fields]:
    """All declarations of the translators imported so far, in the order of their names."""
    # Of one name, in the order of their uses: that of imports is not always the same.
    found = (each for name in sorted(_declared) for each in _declared[name])
    return sorted(found, key=lambda each: (each.full_name, each.where, *each.lists()))


def problems() -> list[str]:
    """What is wrong with all declarations of the translators imported so far."""
    return [problem for fields in declared() for problem in fields.problems()]
