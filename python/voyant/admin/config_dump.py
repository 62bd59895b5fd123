"""`/config_dump`: the configuration in force, in Envoy's form.

Each dump is a message of `envoy.admin.v3`, in an Any. `resource` asks for the items of one repeated
field, `mask` for some fields only, `name_regex` for items whose names match. It runs in a process
of its own: messages and descriptors are not to stay in the memory of the one that serves.
"""

import gc
import json
import marshal
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from google.protobuf import json_format

from voyant.admin.field_mask import MaskError, trim
from voyant.admin.redaction import redact
from voyant.config.at import Report, Unplaced
from voyant.config.descriptors import TYPE_URL_PREFIX, Proto, message_class, new, pool
from voyant.config.http_connection_manager import HCM
from voyant.config.load import BOOTSTRAP
from voyant.config.node import user_agent
from voyant.config.unpack import unpack

_ADMIN = "envoy.admin.v3."
_ANY = "google.protobuf.Any"
Answer = tuple[int, bool, bytes]
"""Status, whether it is JSON, body."""


class Given(NamedTuple):
    """The configuration as it was given, and since when it holds."""

    bootstrap: Proto
    seconds: float
    """Since the epoch."""


def answer(given: Given, query: dict[str, str]) -> Answer:
    """The page, or why there is none."""
    if "include_eds" in query:
        return _text(400, "include_eds is not supported yet")
    try:
        pattern = re.compile(query.get("name_regex", "") or ".*", re.ASCII | re.DOTALL)
    except re.error as error:
        regex = query["name_regex"]
        reason = _in_words_of_re2(regex, error.msg, error.pos or 0)
        return _text(
            400, f"INVALID_ARGUMENT: Error while parsing name_regex from {regex}: {reason}"
        )
    dumps = [*_dumps(given, pattern)]
    mask = [path for path in query.get("mask", "").split(",") if path]
    try:
        if query.get("resource"):
            return _resource(dumps, query["resource"], mask)
        return _all(dumps, mask, query.get("mask", ""))
    except MaskError as error:
        return _text(400, str(error))


def _in_words_of_re2(pattern: str, message: str, at: int) -> str:
    known = {
        "unterminated character set": f"missing ]: {pattern[at:]}",
        "missing ), unterminated subpattern": f"missing ): {pattern}",
        "unbalanced parenthesis": f"unexpected ): {pattern}",
        "nothing to repeat": f"no argument for repetition operator: {pattern[at : at + 1]}",
        "bad escape (end of pattern)": "trailing \\ at end of regexp",
    }
    return known.get(message, message)


def _text(status: int, text: str) -> Answer:
    return status, False, text.encode()


def _json(messages: list[Proto]) -> Answer:
    whole = new(_ADMIN + "ConfigDump")
    for message in messages:
        redact(message)
        _pack(whole.configs.add(), message)
    tree = json_format.MessageToDict(
        whole, preserving_proto_field_name=True, descriptor_pool=pool()
    )
    # In two steps: json itself indents in Python, which takes six times as long.
    text = json.dumps(_plain(tree), ensure_ascii=False).encode()
    return 200, True, msgspec.json.format(text, indent=1) + b"\n"


def _plain(tree: object) -> object:
    """Whole numbers without a fraction, as Envoy prints them."""
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(value) for value in tree]
    if isinstance(tree, float) and tree.is_integer():
        return int(tree)
    return tree


def _pack(into: Proto, message: Proto) -> None:
    into.type_url = TYPE_URL_PREFIX + message.DESCRIPTOR.full_name
    into.value = message.SerializeToString(deterministic=True)


def _all(dumps: list[Proto], mask: list[str], as_asked: str) -> Answer:
    if not mask:
        return _json(dumps)
    trimmed = []
    for dump in dumps:
        try:
            trim(dump, mask, through_any=False)
        except MaskError:
            continue
        trimmed.append(dump)
    if not trimmed:
        raise MaskError(f"FieldMask {as_asked} could not be successfully applied to any configs.")
    return _json(trimmed)


def _resource(dumps: list[Proto], resource: str, mask: list[str]) -> Answer:
    for dump in dumps:
        field = dump.DESCRIPTOR.fields_by_name.get(resource)
        if field is None:
            continue
        if not field.is_repeated:
            hint = f"Use ?mask={resource} to get only this field"
            return _text(400, f"{resource} is not a repeated field. {hint}")
        items = list(getattr(dump, resource))
        for item in items:
            if mask:
                trim(item, mask, through_any=True)
        return _json(items)
    return _text(404, f"{resource} not found in config dump")


def _dumps(given: Given, pattern: re.Pattern[str]) -> Iterator[Proto]:
    """All dumps in the order of their names in Envoy, which is that of their kinds."""
    resources = given.bootstrap.static_resources
    dump = new(_ADMIN + "BootstrapConfigDump")
    dump.bootstrap.CopyFrom(given.bootstrap)
    _stamp(dump, given)
    yield dump
    clusters = sorted(resources.clusters, key=lambda cluster: str(cluster.name))
    yield _static(given, "Clusters", "static_clusters", "cluster", clusters, pattern)
    yield _static(given, "Listeners", "static_listeners", "listener", resources.listeners, pattern)
    managers = list(_managers(resources.listeners))
    yield _scoped(given, managers, pattern)
    routes = [each.route_config for each in managers if each.HasField("route_config")]
    yield _static(given, "Routes", "static_route_configs", "route_config", routes, pattern)
    yield new(_ADMIN + "SecretsConfigDump")


def _static(
    given: Given,
    kind: str,
    items: str,
    field: str,
    messages: list[Proto],
    pattern: re.Pattern[str],
) -> Proto:
    dump = new(f"{_ADMIN}{kind}ConfigDump")
    for message in messages:
        if pattern.fullmatch(message.name):
            item = getattr(dump, items).add()
            _pack(getattr(item, field), message)
            _stamp(item, given)
    return dump


def _stamp(item: Proto, given: Given) -> None:
    milliseconds = round(given.seconds * 1000)
    item.last_updated.seconds = milliseconds // 1000
    item.last_updated.nanos = milliseconds % 1000 * 1_000_000


def _scoped(given: Given, managers: list[Proto], pattern: re.Pattern[str]) -> Proto:
    """A name that is asked for is that of a scope: who has none of it is there all the same."""
    dump = new(f"{_ADMIN}ScopedRoutesConfigDump")
    for manager in managers:
        if not manager.HasField("scoped_routes"):
            continue
        item = dump.inline_scoped_route_configs.add()
        item.name = manager.scoped_routes.name
        listed = manager.scoped_routes.scoped_route_configurations_list
        for scope in listed.scoped_route_configurations:
            if pattern.fullmatch(scope.name):
                _pack(item.scoped_route_configs.add(), scope)
        _stamp(item, given)
    return dump


def _managers(listeners: list[Proto]) -> Iterator[Proto]:
    """The connection managers, in the order of their listeners."""
    report = Report(Unplaced("config_dump"))
    for listener in listeners:
        for chain in [*listener.filter_chains, listener.default_filter_chain]:
            for each in chain.filters:
                typed = unpack(each.typed_config, report.root)
                if typed is not None and typed.DESCRIPTOR.full_name == HCM.full_name:
                    yield typed


def given(bootstrap: bytes, node: dict[str, str], seconds: float) -> Given:
    """From the bytes of the bootstrap and what the command line says of the node."""
    message: Proto = message_class(BOOTSTRAP).FromString(bootstrap)
    for name in ("id", "cluster"):
        if node.get(name):
            setattr(message.node, name, node[name])
    if node.get("zone"):
        message.node.locality.zone = node["zone"]
    for name in ("user_agent_version", *user_agent()):
        message.node.ClearField(name)
    json_format.ParseDict(user_agent(), message.node, descriptor_pool=pool())
    return Given(message, seconds)


def main() -> None:
    """Answers one question: from stdin to stdout."""
    # It ends before anything is worth collecting.
    gc.disable()
    bootstrap, node, seconds, query = marshal.loads(sys.stdin.buffer.read())
    status, is_json, body = answer(given(bootstrap, node, seconds), dict(query))
    sys.stdout.buffer.write(marshal.dumps((status, is_json)) + body)


if __name__ == "__main__":
    main()
