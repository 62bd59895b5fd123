"""What filters and routes see of the answer to an upgrade."""

from tests.parity.config import bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Finish, Heads

_FORMAT = "%RESPONSE_CODE% %RESPONSE_CODE_DETAILS%"
_ADDED = f"{{header: {{key: x-route, value: '{_FORMAT}'}}}}"
_MUTATION = http_filter(
    "mutate",
    "header_mutation.v3.HeaderMutation",
    f"{{mutations: {{response_mutations: [{{append: {_ADDED.replace('x-route', 'x-filter')}}}]}}}}",
)
_ROUTES = f"[{{match: {{prefix: /}}, route: {{cluster: up}}, response_headers_to_add: [{_ADDED}]}}]"
_LISTENER = filtered("filtered", [_MUTATION], _ROUTES)
_LISTENER["filter_chains"][0]["filters"][0]["typed_config"]["upgrade_configs"] = [
    {"upgrade_type": "websocket"},
    {"upgrade_type": "other"},
]


def _case(kind: str, status: str, *lines: str) -> Case:
    answer = response(status, *lines)
    if status.startswith("101"):
        answer = request(f"HTTP/1.1 {status}", *lines)
    asks = get("/", "Connection: Upgrade", f"Upgrade: {kind}")
    return Case(
        f"{kind}_{status.partition(' ')[0]}{'_switches' if lines else ''}",
        [asks, Heads() if status.startswith("101") else Answered(), Finish("close")],
        [Reply(answer, when="head")],
        stats=["http.filtered.downstream_rq_2xx", "cluster.up.upstream_rq_2xx"],
    )


_SWITCHES = ("connection: upgrade", "upgrade: websocket")
GROUP = Group(
    bootstrap([_LISTENER], [cluster()]),
    [
        *[
            _case(kind, status)
            for kind in ("websocket", "other")
            for status in ("200 OK", "302 Found", "404 Not Found", "503 Busy")
        ],
        _case("websocket", "101 Switching Protocols", *_SWITCHES),
        _case("websocket", "101 Switching Protocols"),
        _case("other", "101 Switching Protocols", *_SWITCHES),
    ],
    listener="filtered",
)
