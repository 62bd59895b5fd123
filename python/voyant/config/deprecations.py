"""What to do about deprecated fields: Envoy's defaults and the runtime keys that change them.

Envoy takes most deprecated fields with a warning and refuses those that its API marks as
disallowed. Runtime keys turn that: `envoy.features.enable_all_deprecated_features`,
`envoy.features.fail_on_any_deprecated_feature`, and `envoy.deprecated_features:<field>` for one
field. The bootstrap's own fields are read before there is a runtime, so there Envoy only warns; it
refuses in what is read later, in typed configurations and in resources from a control plane.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from voyant.config.descriptors import Proto

_ALLOW = "envoy.features.enable_all_deprecated_features"
_FAIL = "envoy.features.fail_on_any_deprecated_feature"
_PREFIX = "envoy.deprecated_features:"


class Deprecations:
    """The policy of one configuration, and how often each deprecated field was met."""

    def __init__(self, enforce: bool = False) -> None:
        self._enforce = enforce
        self.uses = 0
        """How often Envoy counts that something deprecated is used."""
        self._times = 1
        self._times_next = 1
        self._keys: dict[str, bool] = {}

    def read_runtime(self, bootstrap: Proto) -> None:
        """Takes the keys of a bootstrap's static runtime layers; the later layer wins."""
        for layer in bootstrap.layered_runtime.layers:
            self._read_layer(layer.static_layer, "")

    def _read_layer(self, struct: Proto, prefix: str) -> None:
        for name in struct.fields:
            value = struct.fields[name]
            kind = value.WhichOneof("kind")
            if kind == "struct_value":
                self._read_layer(value.struct_value, f"{prefix}{name}.")
            elif kind == "bool_value":
                self._keys[prefix + name] = value.bool_value

    def flag(self, key: str, default: bool) -> bool:
        """A truth value that static layers of runtime have for a key."""
        return self._keys.get(key, default)

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """In a typed configuration: what is refused is refused, for a runtime is there."""
        before = self._enforce, self._times, self._times_next
        self._enforce, self._times, self._times_next = True, self._times_next, 1
        try:
            yield
        finally:
            self._enforce, self._times, self._times_next = before

    @contextmanager
    def looked_at(self, times: int) -> Iterator[None]:
        """How often Envoy looks at the typed configuration that comes next."""
        self._times_next = times
        try:
            yield
        finally:
            self._times_next = 1

    @contextmanager
    def looked_at_once_more(self) -> Iterator[None]:
        """Envoy looks at what comes once more than at what it is in."""
        self._times += 1
        try:
            yield
        finally:
            self._times -= 1

    def use(self) -> None:
        """Counts a deprecated field, or value, that is taken: once there is a runtime."""
        if self._enforce:
            self.uses += self._times

    def refusal(self, full_name: str, disallowed: bool) -> str:
        """What would make a deprecated field (or enum value) be taken; nothing if it is taken."""
        if not self._enforce:
            return ""
        default = not disallowed and not self._keys.get(_FAIL)
        enabled = self._keys.get(_PREFIX + full_name, self._keys.get(_ALLOW, default))
        return "" if enabled else f"the runtime key {_PREFIX}{full_name} would allow it"
