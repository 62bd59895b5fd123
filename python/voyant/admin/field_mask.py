"""Field masks: of a message, only some fields."""

from collections.abc import Sequence

from voyant.config.descriptors import Proto, message_class

_ANY = "google.protobuf.Any"
Tree = dict[str, "Tree"]


class MaskError(ValueError):
    """A mask that does not fit."""


def trim(message: Proto, paths: Sequence[str], *, through_any: bool) -> None:
    """Keeps what the paths lead to. They may lead into an `Any`, where that is asked for, but
    never into the items of a list. Raises before anything is changed.
    """
    tree: Tree = {}
    for path in paths:
        at = tree
        for name in path.split("."):
            at = at.setdefault(name, {})
    if not _fits(message, message.DESCRIPTOR, tree, through_any):
        raise MaskError(f"FieldMask {_as_text(paths)} could not be successfully used.")
    _keep(message, tree)


def _as_text(paths: Sequence[str]) -> str:
    """As protobuf shows a mask to people; the words in front are to keep programs from reading it,
    and how many spaces follow them is another matter in each process.
    """
    shown = (path.replace("\\", "\\\\").replace('"', '\\"') for path in paths)
    return "goo.gle/debugproto  \n" + "".join(f'paths: "{path}"\n' for path in shown)


def _fits(message: Proto, of: Proto, tree: Tree, through_any: bool) -> bool:
    for name, inner in tree.items():
        field = of.fields_by_name.get(name)
        if field is None:
            return False
        if not inner:
            continue
        if field.message_type is None or field.is_repeated:
            return False
        value = getattr(message, name)
        if field.message_type.full_name != _ANY:
            if not _fits(value, field.message_type, inner, through_any):
                return False
        elif not through_any or not _fits(*_held(value), inner, through_any):
            return False
    return True


def _held(any_message: Proto) -> tuple[Proto, Proto]:
    name = any_message.type_url.rpartition("/")[2]
    held: Proto = message_class(name).FromString(any_message.value)
    return held, held.DESCRIPTOR


def _keep(message: Proto, tree: Tree) -> None:
    for field, value in message.ListFields():
        inner = tree.get(field.name)
        if inner is None:
            message.ClearField(field.name)
        elif inner and field.message_type.full_name == _ANY:
            held, _ = _held(value)
            _keep(held, inner)
            value.value = held.SerializeToString(deterministic=True)
        elif inner:
            _keep(value, inner)
