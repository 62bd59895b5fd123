"""The message in an `Any`: decoded once, and a `TypedStruct` made into what it stands for.

    options = unpack(cluster.typed_extension_protocol_options[key], at.key("...", key))

The same bytes of the same type give the same message, so a loaded configuration's typed parts are
not decoded again by those who translate them. Look at the result, never change it.
"""

from google.protobuf.message import DecodeError

from voyant.config.at import At
from voyant.config.descriptors import Proto, descriptor, message_class
from voyant.config.load.fill import fill
from voyant.config.load.typed import TYPED_STRUCTS, named, typed
from voyant.config.load.well_known import plain


def unpack(message: Proto, at: At) -> Proto | None:
    """The message in an `Any`; None where an error says that there is none. `at` is the Any's."""
    report = at.report
    key = (message.type_url, message.value)
    known = report.unpacked.get(key)
    if known is not None:
        return known
    before = len(report.errors)
    made = _unpack(message, at)
    if made is not None and len(report.errors) == before:
        report.unpacked[key] = made
    return made


def type_name(message: Proto) -> str:
    """The full name of the message in an `Any`, as it is written (it may be a TypedStruct's)."""
    name: str = message.type_url.rpartition("/")[2]
    return name


def is_left_out(message: Proto) -> bool:
    """Whether an `Any` holds a TypedStruct of a type that there is not. As in Envoy, where that is
    optional it is left out."""
    if type_name(message) not in TYPED_STRUCTS:
        return False
    struct: Proto = message_class(type_name(message))()
    try:
        struct.MergeFromString(message.value)
    except DecodeError:
        return False
    return descriptor(struct.type_url.rpartition("/")[2]) is None


def _unpack(message: Proto, at: At) -> Proto | None:
    inner = typed(message.type_url, at.field("@type"))
    if inner is None:
        return None
    try:
        inner.MergeFromString(message.value)
    except DecodeError:
        at.error(f"the bytes are not those of {inner.DESCRIPTOR.full_name}")
        return None
    if inner.DESCRIPTOR.full_name in TYPED_STRUCTS:
        return _unstruct(inner, at)
    return inner


def _unstruct(struct: Proto, at: At) -> Proto | None:
    """The message that a TypedStruct stands for."""
    inner = named(struct.type_url.rpartition("/")[2], at.field("type_url"))
    if inner is None:
        return None
    fill(inner, plain(struct.value), at)
    return inner
