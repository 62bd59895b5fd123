"""Headers that are added and removed by chance, at all levels, to heads drawn by chance."""

from random import Random

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, response

_NAMES = ("x-a", "x-b", "X-C", "user-agent", "cookie", "accept", "via", "x-forwarded-host", "te")
_OF_RESPONSES = (*_NAMES, "set-cookie", "server", "content-type", "x-envoy-upstream-service-time")
_VALUES = ("1", "two", "", "100%%", "%REQ(x-a)%", "<%REQ(X-B?x-a)%>", "%REQ(x-none)%", "%PROTOCOL%")
_ACTIONS = (
    "APPEND_IF_EXISTS_OR_ADD",
    "ADD_IF_ABSENT",
    "OVERWRITE_IF_EXISTS_OR_ADD",
    "OVERWRITE_IF_EXISTS",
)
_ROUTES = 48


def _addition(chance: Random, names: tuple[str, ...]) -> Node:
    header = {"key": chance.choice(names), "value": chance.choice(_VALUES)}
    addition: Node = {"header": header, "append_action": chance.choice(_ACTIONS)}
    if chance.random() < 0.3:
        addition["keep_empty_value"] = True
    return addition


def _mutations(chance: Random, most: int = 4) -> Node:
    """The four fields that each level of a route configuration has."""
    fields: Node = {}
    for kind, names in (("request", _NAMES), ("response", _OF_RESPONSES)):
        count = chance.randint(0, most)
        fields[f"{kind}_headers_to_add"] = [_addition(chance, names) for _ in range(count)]
        removed = chance.sample(names, k=chance.randint(0, 2))
        fields[f"{kind}_headers_to_remove"] = removed
    return fields


def _listener(name: str) -> Node:
    chance = Random(name)
    routes = [
        {"match": {"path": f"/{number}"}, "route": {"cluster": "up"}, **_mutations(chance)}
        for number in range(_ROUTES)
    ]
    host = {"name": "all", "domains": ["*"], "routes": routes, **_mutations(chance, 2)}
    config: Node = {**_mutations(chance, 2)}
    config["most_specific_header_mutations_wins"] = name == "specific"
    return http(name, virtual_hosts=str([host]), route_config=str(config), plain=True)


def _fields(chance: Random, names: tuple[str, ...]) -> list[str]:
    count = chance.randint(0, 5)
    return [f"{chance.choice(names)}: {chance.choice(('v', 'w w', ''))}" for _ in range(count)]


def _case(listener: str, number: int) -> Case:
    chance = Random(f"{listener} {number}")
    asked = get(f"/{number}", *_fields(chance, _NAMES))
    answer = response("200 OK", *_fields(chance, _OF_RESPONSES))
    return Case(f"{listener}_{number}", [asked], replies=[answer], listener=listener)


GROUP = Group(
    bootstrap([_listener(name) for name in ("general", "specific")], [cluster()]),
    [_case(name, number) for name in ("general", "specific") for number in range(_ROUTES)],
)
