"""Copies of requests that pass filters before an upstream, or have lines in a router's logs."""

import json
from collections.abc import Mapping
from textwrap import indent

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    http_filter,
    http_protocol,
    load,
    text_format,
)
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, Replies, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Finish, Messages, Send, Settle, Step, Until
from tests.parity.steps_h2 import Headers

_SAID = (
    "%PROTOCOL%|%ROUTE_NAME%|%UPSTREAM_CLUSTER%|%UPSTREAM_HOST%|%RESPONSE_CODE%|"
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%|%REQ(:PATH)%|%RESPONSE_FLAGS%|%BYTES_RECEIVED%|"
    "%RESPONSE_CODE_DETAILS%|%UPSTREAM_REQUEST_ATTEMPT_COUNT%|%DYNAMIC_METADATA(of:filter)%|"
    "%UPSTREAM_PROTOCOL%|%FILTER_STATE(of.filter:PLAIN)%|%CONNECTION_ID%|"
    "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%|%VIRTUAL_CLUSTER_NAME%"
)
_LINE = text_format(
    "%ACCESS_LOG_TYPE% %REQ(:METHOD)% %REQ(:AUTHORITY)% %REQ(:PATH)% %REQ(X-SAID)% %PROTOCOL% "
    "%RESPONSE_CODE% %RESP(X-A)% %TRAILER(X-T)% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% "
    "rx=%BYTES_RECEIVED% tx=%BYTES_SENT% downstream=%DOWNSTREAM_WIRE_BYTES_RECEIVED% "
    "upstream=%UPSTREAM_WIRE_BYTES_RECEIVED%,%UPSTREAM_WIRE_BYTES_SENT%,"
    "%UPSTREAM_HEADER_BYTES_SENT%,%UPSTREAM_HEADER_BYTES_RECEIVED% "
    "%UPSTREAM_CLUSTER% %UPSTREAM_HOST% %UPSTREAM_PROTOCOL% %ROUTE_NAME% "
    "%UPSTREAM_REQUEST_ATTEMPT_COUNT% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% "
    "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %DYNAMIC_METADATA(of:filter)% "
    "%FILTER_STATE(of.filter:PLAIN)% %UPSTREAM_TRANSPORT_FAILURE_REASON%\n"
)
_META = http_filter(
    "meta",
    "set_metadata.v3.Config",
    "metadata: [{metadata_namespace: of, value: {filter: downstream}}]",
)
_STATE = http_filter(
    "state",
    "set_filter_state.v3.Config",
    "on_request_headers: [{object_key: of.filter, factory_key: envoy.string, "
    "format_string: {text_format_source: {inline_string: state}}}]",
)
_RULES = (
    "{action: DENY, policies: {p: {permissions: [{header: {name: x-deny, present_match: true}}], "
    "principals: [{any: true}]}}}"
)
_RBAC = http_filter("rbac", "rbac.v3.RBAC", f"{{rules: {_RULES}}}")
_ANY = "{action: DENY, policies: {p: {permissions: [{any: true}], principals: [{any: true}]}}}"
_DENY = http_filter("deny", "rbac.v3.RBAC", f"{{rules: {_ANY}, shadow_rules: {_ANY}}}")
_BUFFER = http_filter("buffer", "buffer.v3.Buffer", "max_request_bytes: 8")
_CODEC = http_filter("codec", "upstream_codec.v3.UpstreamCodec")
_FILTERS = "type.googleapis.com/envoy.extensions.filters.http"


def _saying(value: str) -> Node:
    added = f'[{{append: {{header: {{key: x-said, value: "{value}"}}}}}}]'
    answered = "[{append: {header: {key: x-a, value: filter}}}]"
    fields = f"mutations: {{request_mutations: {added}, response_mutations: {answered}}}"
    return http_filter("said", "header_mutation.v3.HeaderMutation", fields)


def _up(name: str, *filters: Node, to: str = "shadow", version: str = "http") -> Node:
    chain = json.dumps([*filters, _CODEC])
    options = f"{{explicit_http_config: {{{version}_protocol_options: {{}}}}, "
    return cluster(name, to=[to]) | http_protocol(f"{options}http_filters: {chain}}}")


def _alike() -> Node:
    options = "use_downstream_protocol_config: {http_protocol_options: {}}"
    chain = json.dumps([_saying(_SAID), _CODEC])
    return cluster("alike", to=["shadow"]) | http_protocol(f"{{{options}, http_filters: {chain}}}")


def _mirroring(name: str, policies: str) -> Node:
    options = "explicit_http_config: {http_protocol_options: {}}"
    fields = f"{{{options}, request_mirror_policies: {policies}}}"
    return cluster(name, to=["up"]) | http_protocol(fields)


def _to(name: str, more: str = "", cluster: str = "up") -> str:
    copies = f"request_mirror_policies: [{{cluster: {name}}}]"
    return (
        f"- {{name: to_{name}, match: {{prefix: /{name}}}, "
        f"route: {{cluster: {cluster}, {copies}}}{more}}}\n"
    )


_PER_ROUTE = (
    f', typed_per_filter_config: {{said: {{"@type": {_FILTERS}.header_mutation.v3.'
    "HeaderMutationPerRoute, mutations: {request_mutations: "
    "[{append: {header: {key: x-said, value: route}}}]}}}"
)
_ROUTES = (
    _to("said2").replace("/said2", "/h2")
    + _to("said").replace("/said", "/route").replace("}}\n", "}" + _PER_ROUTE + "}\n")
    + _to("said")
    + _to("rbac")
    + _to("deny")
    + _to("alike")
    + _to("buffer")
    + _to("shadow")
    + _to("dead")
    + _to("nobody")
    + """
- {name: late, match: {prefix: /late}, route: {cluster: up, timeout: 0.1s,
   request_mirror_policies: [{cluster: shadow}]}}
- {name: plain, match: {prefix: /plain}, route: {cluster: up}}
- {name: itself, match: {prefix: /itself}, route: {cluster: buffer}}
- {name: both, match: {prefix: /both}, route: {cluster: mirrors,
   request_mirror_policies: [{cluster: other}]}}
- {name: mirrors, match: {prefix: /mirrors}, route: {cluster: mirrors}}
- {name: twice, match: {prefix: /twice}, route: {cluster: twice}}
- {name: chained, match: {prefix: /chained}, route: {cluster: up,
   request_mirror_policies: [{cluster: mirrors}]}}
- {name: named, match: {prefix: /named}, route: {cluster: named}}
- {name: dressed, match: {prefix: /dressed}, route: {cluster: dressed}}
- {name: weighted, match: {prefix: /weighted}, route: {weighted_clusters: {clusters: [
   {name: mirrors, weight: 1}]}}}
"""
)
_HOSTS = f"""
- name: own
  domains: [own.test]
  request_mirror_policies: [{{cluster: other}}]
  routes:
  - {{match: {{prefix: /}}, route: {{cluster: mirrors}}}}
- name: all
  domains: ["*"]
  routes:
{indent(_ROUTES, "  ")}"""


def _http(name: str, router: str = "{}", log: bool = False, options: str = "{}") -> Node:
    fields = load(router)
    if log:
        fields["upstream_log"] = access_log(f"$dir/{name}_up.log", _LINE)
        fields["upstream_log_options"] = load(options)
    last = http_filter("router", "router.v3.Router", json.dumps(fields))
    manager = {"http_filters": [_META, _STATE, last], "generate_request_id": False}
    return http(name, virtual_hosts=_HOSTS, hcm=json.dumps(manager))


_KINDS = ("total", "completed", "200", "403", "413", "503", "timeout", "tx_reset", "active")
_ORDER = "Envoy opens connections in the order in which the kernel reports them"
_REPLY = response("200 OK", "X-A: b")
_NEVER = Reply(when="never")
_HALF = request("POST /buffer HTTP/1.1", "Host: a.test", "Content-Length: 6", body=b"abc")
_MOST = request("POST /buffer HTTP/1.1", "Host: a.test", "Content-Length: 13", body=b"abc")


def _copied(name: str, times: int = 1, code: int = 200) -> Until:
    return Until(f"cluster.{name}.upstream_rq_{code}", times)


def _case(
    name: str,
    to: str,
    *steps: bytes | Step,
    listener: str = "http",
    replies: Mapping[str, Replies] | None = None,
) -> Case:
    """A case that compares what the clusters named in `to` count."""
    counted = [f"cluster.{each}.upstream_rq_{kind}" for each in to.split() for kind in _KINDS]
    return Case(
        name,
        [*steps, Settle()],
        replies or {"shadow": [_REPLY]},
        stats=counted,
        listener=listener,
        any_upstream_order=_ORDER,
    )


def _logged(name: str, to: str, *steps: bytes | Step) -> Case:
    """A case whose copy is answered last, so that the lines of logs have one order."""
    answered = [Messages(1), Settle(), Send(_REPLY, on="shadow"), _copied(to)]
    return _case(name, to, *steps, *answered, listener="logged", replies={"shadow": [_NEVER]})


_CASES = [
    _case("said", "said", get("/said"), _copied("said")),
    _case("said_of_the_route", "said", get("/route"), _copied("said")),
    _case("said_http2", "said2", get("/h2"), _copied("said2")),
    _case("said_body", "said", post("/said", b"body"), _copied("said")),
    _case("answered_by_a_filter", "rbac", get("/rbac", "x-deny: 1"), Messages(1)),
    _case("let_by", "rbac", get("/rbac"), _copied("rbac")),
    _case("buffered_in_pieces", "buffer", _HALF, Settle(), Send(b"def"), _copied("buffer")),
    _case(
        "too_much",
        "buffer",
        _MOST,
        Until("cluster.buffer.upstream_rq_active", 1),
        Settle(),
        Send(b"0123456789"),
        Messages(1),
    ),
    _case(
        "the_client_leaves",
        "buffer",
        _HALF,
        Until("cluster.up.upstream_rq_active", 1),
        Settle(),
        Finish("close"),
    ),
    _case("router_filters", "shadow", get("/shadow"), _copied("shadow"), listener="router_filters"),
    _case("router_and_cluster", "said", get("/said"), _copied("said"), listener="router_filters"),
    _logged("logged", "shadow", get("/shadow")),
    _logged("logged_body", "shadow", post("/shadow", b"body")),
    _case(
        "logged_refused",
        "dead",
        get("/dead"),
        _copied("dead", code=503),
        Settle(),
        Send(_REPLY, on="up"),
        Messages(1),
        listener="logged",
        replies={"up": [_NEVER]},
    ),
    _case("logged_nobody", "nobody", get("/nobody"), Messages(1), listener="logged"),
    _logged("logged_said", "said", get("/said")),
    _case("logged_denied", "rbac", get("/rbac", "x-deny: 1"), Messages(1), listener="logged"),
    _case(
        "logged_late",
        "shadow",
        get("/late"),
        Messages(1),
        Until("cluster.shadow.upstream_rq_timeout", 1),
        listener="logged",
        replies={"shadow": [_NEVER]},
    ),
    _case(
        "logged_on_stream",
        "shadow",
        get("/plain"),
        Messages(1),
        get("/shadow"),
        Until("cluster.up.upstream_rq_active", 1),
        Until("cluster.shadow.upstream_rq_active", 1),
        Settle(),
        Send(_REPLY, on="up"),
        Messages(2),
        Settle(),
        Send(_REPLY, on="shadow"),
        _copied("shadow"),
        listener="on_stream",
        replies={"up": [_REPLY, _NEVER], "shadow": [_NEVER]},
    ),
    _case("of_the_cluster", "shadow other", get("/mirrors"), _copied("shadow")),
    _case("of_the_cluster_and_the_route", "mirrors shadow other", get("/both"), Messages(1)),
    _case(
        "of_the_cluster_and_the_virtual_host",
        "mirrors shadow other",
        get("/", host="own.test"),
        Messages(1),
    ),
    _case("of_the_cluster_of_a_copy", "shadow other", get("/chained"), _copied("mirrors")),
    _case("of_the_cluster_weighted", "shadow other", get("/weighted"), _copied("shadow")),
    _case(
        "of_the_cluster_twice", "shadow other", get("/twice"), _copied("shadow"), _copied("other")
    ),
    _case(
        "of_the_cluster_by_header",
        "shadow other",
        get("/named", "x-mirror: other"),
        _copied("other"),
    ),
    _case("of_the_cluster_dressed", "shadow other", get("/dressed"), _copied("shadow")),
    _case("of_the_cluster_body", "shadow other", post("/mirrors", b"body"), _copied("shadow")),
]
_CASES += [
    _case("denied_to_all", "deny", get("/deny"), _copied("deny")),
    _case(
        "logged_too_much",
        "buffer",
        _MOST,
        Until("cluster.buffer.upstream_rq_active", 1),
        Settle(),
        Send(b"0123456789"),
        Messages(1),
        listener="logged",
    ),
    _case(
        "no_copy_logged_too_much",
        "buffer",
        _MOST.replace(b"/buffer", b"/itself"),
        Until("cluster.buffer.upstream_rq_active", 1),
        Settle(),
        Send(b"0123456789"),
        Messages(1),
        listener="logged",
    ),
    Case(
        "of_http2_to_the_same",
        [Headers(fields(path="/alike"), end=True), _copied("alike"), Settle()],
        protocol="h2",
        any_upstream_order=_ORDER,
    ),
    Case(
        "of_http2",
        [Headers(fields(path="/said"), end=True), _copied("said"), Settle()],
        protocol="h2",
        any_upstream_order=_ORDER,
    ),
]
_OF_ANY = _SAID.replace("%CONNECTION_ID%|", "")
_INNER = json.dumps({"upstream_http_filters": [_saying("router:" + _OF_ANY), _CODEC]})
GROUP = Group(
    bootstrap(
        [
            _http("http"),
            _http("router_filters", _INNER),
            _http("logged", log=True),
            _http("on_stream", log=True, options="{flush_upstream_log_on_upstream_stream: true}"),
        ],
        [
            cluster(),
            cluster("shadow"),
            cluster("other"),
            cluster("dead"),
            _up("said", _saying(_SAID)),
            _up("said2", _saying(_SAID), to="h2", version="http2"),
            _up("rbac", _RBAC, _saying(_SAID)),
            _up("deny", _DENY, _saying("%DYNAMIC_METADATA(envoy.filters.http.rbac)%")),
            _alike(),
            _up("buffer", _BUFFER, _saying(_SAID)),
            cluster("nobody") | {"load_assignment": {"cluster_name": "nobody"}},
            _mirroring("mirrors", "[{cluster: shadow}]"),
            _mirroring("twice", "[{cluster: shadow}, {cluster: other}]"),
            _mirroring("named", "[{cluster_header: x-mirror}]"),
            _mirroring(
                "dressed",
                "[{cluster: shadow, host_rewrite_literal: 'mirror.test:90', "
                "request_headers_mutations: [{append: {header: "
                '{key: x-shadow, value: "%PROTOCOL%"}}}]}]',
            ),
        ],
    ),
    _CASES,
    upstreams={
        "up": Server(),
        "shadow": Server(),
        "other": Server(),
        "dead": Server("refused"),
        "h2": Server("h2"),
    },
)
