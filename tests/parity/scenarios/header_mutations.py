"""Headers added and removed: at every level, in which order, how, and with which operators."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, response

_ACTIONS = """
- match: {prefix: /actions}
  route: {cluster: up}
  request_headers_to_add:
  - {header: {key: x-append, value: new}, append_action: APPEND_IF_EXISTS_OR_ADD}
  - {header: {key: x-absent, value: new}, append_action: ADD_IF_ABSENT}
  - {header: {key: x-over, value: new}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
  - {header: {key: x-present, value: new}, append_action: OVERWRITE_IF_EXISTS}
  response_headers_to_add:
  - {header: {key: x-append, value: new}, append_action: APPEND_IF_EXISTS_OR_ADD}
  - {header: {key: x-absent, value: new}, append_action: ADD_IF_ABSENT}
  - {header: {key: x-over, value: new}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
  - {header: {key: x-present, value: new}, append_action: OVERWRITE_IF_EXISTS}
- match: {prefix: /empty}
  route: {cluster: up}
  request_headers_to_add:
  - {header: {key: x-empty, value: '%REQUEST_HEADER(x-none)%'}}
  - {header: {key: x-kept, value: ''}, keep_empty_value: true}
  - {header: {key: x-skipped, value: ''}}
  - header: {key: x-over, value: ''}
    append_action: OVERWRITE_IF_EXISTS_OR_ADD
- match: {prefix: /remove}
  route: {cluster: up}
  request_headers_to_remove: [x-gone, X-Gone-Too, user-agent]
  response_headers_to_remove: [x-gone, x-envoy-upstream-service-time]
- match: {prefix: /twice}
  route: {cluster: up}
  request_headers_to_remove: [x-both]
  request_headers_to_add: [{header: {key: x-both, value: added}}]
- match: {prefix: /reply}
  direct_response: {status: 200}
  response_headers_to_add:
  - {header: {key: x-code, value: '%RESPONSE_CODE%'}}
  - {header: {key: content-type, value: text/html}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
- match: {prefix: /redirect}
  redirect: {path_redirect: /new}
  response_headers_to_add: [{header: {key: x-more, value: 'yes'}}]
"""
_OPERATORS = """
- match: {prefix: /operators}
  name: named
  route: {cluster: up, prefix_rewrite: /rewritten}
  request_headers_to_add:
  - {header: {key: x-protocol, value: '%PROTOCOL%'}}
  - {header: {key: x-path, value: '%REQUEST_HEADER(:PATH)%'}}
  - {header: {key: x-method, value: '<%REQUEST_HEADER(:METHOD)%>'}}
  - {header: {key: x-alternative, value: '%REQ(X-NONE?X-ONE)%'}}
  - {header: {key: x-cut, value: '%REQ(X-ONE):2%'}}
  - {header: {key: x-remote, value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'}}
  - {header: {key: x-direct, value: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%'}}
  - {header: {key: x-local, value: '%DOWNSTREAM_LOCAL_ADDRESS%'}}
  - {header: {key: x-local-port, value: '%DOWNSTREAM_LOCAL_PORT%'}}
  - {header: {key: x-cluster, value: '%UPSTREAM_CLUSTER%'}}
  - {header: {key: x-route, value: '%ROUTE_NAME%'}}
  - {header: {key: x-percent, value: '100%%'}}
  - {header: {key: x-mixed, value: 'a %PROTOCOL% b %REQ(X-NONE)% c'}}
  response_headers_to_add:
  - {header: {key: x-host, value: '%UPSTREAM_HOST%'}}
  - {header: {key: x-code, value: '%RESPONSE_CODE%'}}
  - {header: {key: x-details, value: '%RESPONSE_CODE_DETAILS%'}}
  - {header: {key: x-flags, value: '%RESPONSE_FLAGS%'}}
  - {header: {key: x-from-request, value: '%REQ(X-ONE)%'}}
  - {header: {key: x-from-response, value: '%RESP(X-TWO)%'}}
  - {header: {key: x-upstream-cluster, value: '%UPSTREAM_CLUSTER%'}}
"""
_LEVEL = """
request_headers_to_add:
- {{header: {{key: x-a, value: {0}}}}}
- {{header: {{key: x-o, value: {0}}}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}}
response_headers_to_add:
- {{header: {{key: x-a, value: {0}}}}}
- {{header: {{key: x-o, value: {0}}}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}}
"""


def _indented(text: str, by: int) -> str:
    return text.replace("\n", "\n" + " " * by).rstrip()


_LEVELS = f"""
- name: all
  domains: ["*"]{_indented(_LEVEL.format("host"), 2)}
  routes:
  - match: {{prefix: /}}{_indented(_LEVEL.format("route"), 4)}
    route:
      weighted_clusters:
        clusters:
        - name: up
          weight: 1{_indented(_LEVEL.format("weighted"), 10)}
"""

_SENT = ("X-Append: old", "X-Absent: old", "X-Over: old", "X-Over: older", "X-Present: old")
_CONFIG = bootstrap(
    [
        http(routes=_ACTIONS + _OPERATORS, plain=True),
        http("levels", virtual_hosts=_LEVELS, route_config=_LEVEL.format("config"), plain=True),
        http(
            "specific",
            virtual_hosts=_LEVELS,
            route_config=_LEVEL.format("config") + "most_specific_header_mutations_wins: true",
            plain=True,
        ),
    ],
    [cluster()],
)

CASES = [
    Case("every_action_where_nothing_is", [get("/actions")]),
    Case(
        "every_action_where_something_is",
        [get("/actions", *_SENT)],
        replies=[response("200 OK", *_SENT)],
    ),
    Case("empty_values", [get("/empty", "X-Over: old")]),
    Case(
        "remove",
        [get("/remove", "X-Gone: 1", "x-gone: 2", "x-gone-too: 3", "User-Agent: u", "X-Stays: 4")],
        replies=[response("200 OK", "X-Gone: 1", "x-stays: 2")],
    ),
    Case("removed_before_added", [get("/twice", "X-Both: old")]),
    Case("direct_response", [get("/reply")]),
    Case("redirect", [get("/redirect")]),
    Case(
        "operators",
        [get("/operators?q=1", "X-One: 12345")],
        replies=[response("200 OK", "X-Two: two")],
    ),
    Case(
        "levels",
        [get("/", "X-A: client", "X-O: client")],
        replies=[response("200 OK", "X-A: upstream", "X-O: upstream")],
        listener="levels",
    ),
    Case(
        "levels_most_specific_wins",
        [get("/", "X-A: client", "X-O: client")],
        replies=[response("200 OK", "X-A: upstream", "X-O: upstream")],
        listener="specific",
    ),
]

GROUP = Group(_CONFIG, CASES)
