"""Settings of HTTP/2 that are sent because the configuration says so, whatever they mean
(`custom_settings_parameters`), with Envoy's refusals of what it would contradict."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

SETTING = Fields(
    "envoy.config.core.v3.Http2ProtocolOptions.SettingsParameter", reads={"identifier", "value"}
)
_ENABLE_PUSH = 2
_ENABLE_CONNECT_PROTOCOL = 8
_NAMED = {
    1: "hpack_table_size",
    3: "max_concurrent_streams",
    4: "initial_stream_window_size",
}


def custom_settings(message: Proto, at: At) -> list[ir.Http2Setting]:
    """Each setting once, in the order of the configuration."""
    found: dict[int, int] = {}
    for i, setting in enumerate(message.custom_settings_parameters):
        there = at.item("custom_settings_parameters", i)
        SETTING.check(setting, there)
        identifier, value = setting.identifier.value, setting.value.value
        if found.setdefault(identifier, value) != value:
            there.error(f"the HTTP/2 setting {identifier:#x} is given two values")
        elif problem := _problem(message, identifier, value):
            there.error(problem)
    return [
        ir.Http2Setting(identifier=identifier, value=value) for identifier, value in found.items()
    ]


def _problem(message: Proto, identifier: int, value: int) -> str:
    if identifier == _ENABLE_PUSH and value == 1:
        return "server push is not supported"
    if identifier == _ENABLE_CONNECT_PROTOCOL:
        return "this setting is configured by allow_connect only"
    named = _NAMED.get(identifier)
    if named is not None and message.HasField(named):
        return f"this setting is configured by {named} already"
    return ""
