"""Headers of four levels, each with every append action, in both orders; `%%` and removals."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, response

_ACTIONS = {
    "append": "APPEND_IF_EXISTS_OR_ADD",
    "absent": "ADD_IF_ABSENT",
    "over": "OVERWRITE_IF_EXISTS_OR_ADD",
    "exists": "OVERWRITE_IF_EXISTS",
}
_OPTIONS = ("append", "absent", "over", "exists")


def _adds(level: str, number: int) -> str:
    """Four headers, for each of which the levels take turns in what they do."""
    lines = [
        f"{{header: {{key: x-{turn}, value: '{level}-{_OPTIONS[(turn + number) % 4]}'}}, "
        f"append_action: {_ACTIONS[_OPTIONS[(turn + number) % 4]]}}}"
        for turn in range(4)
    ]
    lines += [
        f"{{header: {{key: x-all-{name}, value: '{level} 100%% %RESPONSE_CODE%'}}, "
        f"append_action: {action}}}"
        for name, action in _ACTIONS.items()
    ]
    lines.append(f"{{header: {{key: x-older, value: {level}}}, append: {str(number < 2).lower()}}}")
    return f"[{', '.join(lines)}]"


def _level(level: str, number: int, removed: str = "[]") -> str:
    adds = _adds(level, number)
    return (
        f"request_headers_to_add: {adds}, response_headers_to_add: {adds}, "
        f"request_headers_to_remove: {removed}, response_headers_to_remove: {removed}"
    )


_HOSTS = f"""
- {{name: all, domains: ["*"], {_level("host", 1, "[x-1, x-gone]")}, routes: [
    {{match: {{prefix: /weighted}}, {_level("route", 2, "[x-2]")}, route: {{weighted_clusters:
      {{clusters: [{{name: up, weight: 1, {_level("entry", 3, "[x-3]")}}}]}}}}}},
    {{match: {{prefix: /route}}, {_level("route", 2, "[x-2]")}, route: {{cluster: up}}}},
    {{match: {{prefix: /reply}}, {_level("route", 2, "[x-2]")}, direct_response: {{status: 200}}}},
    {{match: {{prefix: /redirect}}, {_level("route", 2)}, redirect: {{path_redirect: /}}}},
    {{match: {{prefix: /bare}}, route: {{cluster: up}}}}]}}
"""


def _listener(name: str, wins: str) -> Node:
    table = f"{{{_level('table', 0, '[x-0]')}, most_specific_header_mutations_wins: {wins}}}"
    return http(name, virtual_hosts=_HOSTS, route_config=table)


_SENT = tuple(f"x-{turn}: sent" for turn in range(4)) + tuple(
    f"x-all-{name}: sent" for name in _ACTIONS
)
_GONE = ("x-older: sent", "x-gone: sent")

GROUP = Group(
    bootstrap([_listener("general", "false"), _listener("specific", "true")], [cluster()]),
    [
        Case(
            f"{path}_{name}_{listener}",
            [get(f"/{path}", *sent)],
            [response("200 OK", *sent)],
            listener=listener,
        )
        for listener in ("general", "specific")
        for path in ("weighted", "route", "reply", "redirect", "bare")
        for name, sent in (("alone", ()), ("over_others", _SENT), ("twice", _SENT + _SENT + _GONE))
    ],
)
