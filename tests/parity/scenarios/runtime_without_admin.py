"""Runtime without a layer that an operator could change."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Messages, Open, Send

_ADMIN = Open("a", listener="admin")
_STATS = ["runtime.load_success", "runtime.num_layers", "runtime.admin_overrides_active"]
_LAYERS = "layered_runtime: {layers: [{name: base, static_layer: {a: 1}}]}"

CASES = [
    Case(
        name,
        [_ADMIN, Send(get(f"/runtime_modify{query}", method="POST"), "a"), Messages(1, "a")],
        stats=_STATS,
    )
    for name, query in (("a_key", "?a=2"), ("no_key", ""), ("a_key_to_be_removed", "?a="))
]
GROUP = Group(bootstrap([http()], [cluster()], _LAYERS), CASES)
