"""The formatter: metadata, queries, several operators in one, and where formats are used.

One request writes every format of the corpus to a line of a log, as text and as JSON.
"""

import json

from tests.parity.config import Node, access_log, bootstrap, cluster, http, load, merged
from tests.parity.scenario import Case, Group, Loose, Server, get, response

_SAID = """
  s: text
  n: 3
  big: 100000
  huge: 1000000000000000000000000
  neg: -7
  yes: true
  nothing: null
  l: [1, a, null, {x: 1}]
  o: {b: {c: deep}, a: "<é\\u0001\\"\\\\/>"}
  e: {}
  el: []
  es: ""
"""
_PATHS = ("s", "n", "big", "huge", "neg", "yes", "nothing", "l", "o", "o:b", "o:b:c", "o:a", "e")
_CORPUS = [
    *(f"%METADATA(ROUTE:ns:{path})%" for path in _PATHS),
    *(f"%METADATA(ROUTE:ns:{path})%" for path in ("el", "es", "none", "s:deeper", "", "o:b:d")),
    *("%METADATA(ROUTE:ns)%", "%METADATA(ROUTE:none)%", "%METADATA(ROUTE)%", "%METADATA(ROUTE:)%"),
    *("%METADATA(ROUTE:ns:s):2%", "%METADATA(ROUTE:ns:l):4%", "%METADATA(ROUTE:ns:n):0%"),
    *("a %METADATA(ROUTE:ns:o)% b", "a %METADATA(ROUTE:ns:none)% b", "a%METADATA(ROUTE:ns:n)%b"),
    *("%METADATA(VIRTUAL_HOST:ns:level)%", "%METADATA(CLUSTER:ns:level)%"),
    *("%METADATA(UPSTREAM_HOST:ns:level)%", "%METADATA(LISTENER:ns:level)%"),
    *("%METADATA(LISTENER_FILTER_CHAIN:ns:level)%", "%METADATA(DYNAMIC:ns:level)%"),
    *("%CLUSTER_METADATA(ns:level)%", "%CLUSTER_METADATA(ns)%", "%UPSTREAM_METADATA(ns:level)%"),
    *("%DYNAMIC_METADATA(ns)%", "%DYNAMIC_METADATA(ns:k):3%", '%DYNAMIC_METADATA(["ns"])%'),
    *("%FILTER_STATE(none)%", "%FILTER_STATE(none:PLAIN):3%", "%UPSTREAM_FILTER_STATE(none)%"),
    *("%QUERY_PARAMS%", "%QUERY_PARAMS(ORIG)%", "%QUERY_PARAMS(DECODED)%", "%QUERY_PARAMS():4%"),
    *("%QUERY_PARAM(a)%", "%QUERY_PARAM(b)%", "%QUERY_PARAM(c)%", "%QUERY_PARAM(d)%"),
    *("%REQ_WITHOUT_QUERY(:path)%", "%REQ_WITHOUT_QUERY(x-none?:path):3%"),
    *("%REQUESTED_SERVER_NAME%", "%REQUESTED_SERVER_NAME(SNI_ONLY)%"),
    *("%REQUESTED_SERVER_NAME(SNI_FIRST)%", "%REQUESTED_SERVER_NAME(HOST_FIRST:ORIG)%"),
    *("%REQUESTED_SERVER_NAME(HOST_FIRST:HOST)%", "%REQUESTED_SERVER_NAME(SNI_FIRST:)%"),
    *(f"%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT({n})%" for n in (0, 8, 16, 32, 33, 999, "x", " 8")),
    *("%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(8)%", "%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(12)%"),
    *("%COMMON_DURATION(mine:yours)%", "%COMMON_DURATION(US_RX_END:DS_RX_BEG)%"),
    *("%BYTES_RETRANSMITTED%", "%PACKETS_RETRANSMITTED%", "%ROUNDTRIP_DURATION%", "%CUSTOM_FLAGS%"),
    *("%START_TIME()%%%", "%%", "100%%", "%%%PROTOCOL%%%", "%START_TIME(%Q)%", "%START_TIME(%)%"),
    *("%REQ(:path):0%", "%REQ(?:path)%", "%REQ(x-none?)%", "%REQ(:METHOD?X):2%"),
    *("%RESPONSE_CODE_DETAILS(OTHER)%", "%PATH(:PATH)%", "%PATH(NQ:):3%", "%PATH(WQ:ORIG:X)%"),
    *("%ENVIRONMENT(PARITY_NONE):3%", "%GRPC_STATUS()%", "%GRPC_STATUS_NUMBER%"),
]
_OF_LUCK = [
    *("DOWNSTREAM_REMOTE_ADDRESS", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS"),
    *("DOWNSTREAM_DIRECT_REMOTE_PORT", "DOWNSTREAM_DIRECT_LOCAL_ADDRESS"),
    *("DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_DIRECT_LOCAL_PORT"),
    *("DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT(9)", "UPSTREAM_HOST_NAME_WITHOUT_PORT"),
    *("UPSTREAM_LOCAL_ADDRESS", "UPSTREAM_REMOTE_PORT", "EMIT_TIME", "EMIT_TIME_LOCAL(%Y-%m-%d)"),
    *("EMIT_TIME(%s.%3f)", "START_TIME_LOCAL(%s)", "HOSTNAME", "UNIQUE_ID", "RESPONSE_TRAILER(a)"),
]
_LUCK = [
    Loose(r"(?m)(?<=[:=])\d{5}$", "<port>", "ports of the kernel's choice", "log"),
    Loose(r"(?m)(?<==)20\d\d-[-0-9T:.Z]+$", "<time>", "the time of day", "log"),
    Loose(r"(?m)(?<==)\d{10}(\.\d{3})?$", "<epoch>", "the time of day", "log"),
    Loose(r"(?m)(?<=HOSTNAME=).+$", "<name>", "the name of the machine", "log"),
    Loose(r"(?m)(?<==)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "<uuid>", "a random id", "log"),
]
_OPERANDS: list[list[object]] = [
    ["TRACE_ID", "PROTOCOL"],
    ["TRACE_ID", "RESPONSE_CODE"],
    ["TRACE_ID", {"command": "METADATA", "param": "ROUTE:ns:o"}],
    [{"command": "REQ", "param": ":path", "max_length": 3}],
    [{"command": "METADATA", "param": "ROUTE:ns:es"}, "PROTOCOL"],
    ["TRACE_ID"],
    ["RESPONSE_FLAGS", "PROTOCOL"],
    [{"command": "COALESCE", "param": '{"operators":["TRACE_ID","PROTOCOL"]}'}],
]
_COALESCED = [f"%COALESCE({json.dumps({'operators': each})})%" for each in _OPERANDS]
_COALESCED += [f"{each[:-1]}:2%" for each in _COALESCED]
_FORMATTERS = load(
    """
- name: envoy.formatter.req_without_query
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery
- name: envoy.formatter.metadata
  typed_config: {"@type": type.googleapis.com/envoy.extensions.formatter.metadata.v3.Metadata}
"""
)


def _level(name: str) -> Node:
    return {"filter_metadata": {"ns": {"level": name}}}


def _log(name: str, fields: Node) -> str:
    log = {"log_format": {"formatters": _FORMATTERS, **fields}}
    return json.dumps({"access_log": access_log(f"$dir/{name}.log", log)})


_ALL = [*_CORPUS, *_COALESCED]
_DOCUMENT = {f"{n:03}": text for n, text in enumerate(_ALL) if "START_TIME()" not in text}
_LINES = "".join(f"{n:03}={text}\n" for n, text in enumerate(_ALL))
_LISTENERS = {
    "text": _log("text", {"text_format_source": {"inline_string": _LINES}}),
    "luck": _log(
        "luck",
        {
            "text_format_source": {
                "inline_string": "".join(f"{n.split('(')[0]}=%{n}%\n" for n in _OF_LUCK)
            }
        },
    ),
    "json": _log("json", {"json_format": _DOCUMENT}),
    "omitted": _log("omitted", {"json_format": _DOCUMENT, "omit_empty_values": True}),
    "numbers": _log(
        "numbers", {"json_format": {"a": 5, "b": 100000, "c": -1, "d": 123456789012, "e": [0]}}
    ),
}
_BODIES = {
    "text": "{text_format_source: {inline_string: '[%LOCAL_REPLY_BODY%] %REQ(:path)% %ROUTE_NAME% "
    "%RESPONSE_CODE% %REQ(x-none)% %RESP(x-added)% %METADATA(ROUTE:ns:level)%'}}",
    "typed": "{text_format_source: {inline_string: '<p>%PROTOCOL%'}, content_type: text/html}",
    "json": "{json_format: {body: '%LOCAL_REPLY_BODY%', code: '%RESPONSE_CODE%', "
    "none: '%REQ(n)%'}}",
    "problem": "{json_format: {body: '%LOCAL_REPLY_BODY%', none: '%REQ(n)%'}, "
    "omit_empty_values: true, content_type: application/problem+json}",
    "omitted": "{text_format_source: {inline_string: '[%REQ(n)%]'}, omit_empty_values: true}",
    "empty": "{text_format_source: {inline_string: '%REQ(n)%'}, omit_empty_values: true}",
}
_REWRITES = {
    "path": "path_rewrite: '/new%PATH(NQ)%'",
    "path_with_query": "path_rewrite: '/new?x=%QUERY_PARAM(q)%'",
    "path_of_nothing": "path_rewrite: '%REQ(x-none)%'",
    "path_missing": "path_rewrite: '/a%REQ(x-none)%b'",
    "path_unrooted": "path_rewrite: 'new'",
    "path_metadata": "path_rewrite: '/%METADATA(ROUTE:ns:level)%/%ROUTE_NAME%'",
    "host": "host_rewrite: '%REQ(x-h)%.test'",
    "host_missing": "host_rewrite: '%REQ(x-none)%'",
    "host_appended": "host_rewrite: '%UPSTREAM_CLUSTER%.%REQ(x-add)%', "
    "append_x_forwarded_host: true",
    "both": "host_rewrite: 'h%REQ(:path)%', path_rewrite: '/%REQ(:authority)%'",
}
_REDIRECTS = {
    "path": "path_rewrite: '/new%REQ(:path)%'",
    "own_query": "path_rewrite: '/new?x=%QUERY_PARAM(q)%', strip_query: true",
    "stripped": "path_rewrite: '/s%PATH(NQ)%', strip_query: true",
    "of_nothing": "path_rewrite: '%REQ(x-none)%'",
    "missing": "path_rewrite: '/a%REQ(x-none)%b', host_redirect: new.test",
    "unrooted": "path_rewrite: new",
}
_HEADERS = {
    "listed": '%UPSTREAM_METADATA(["ns", "level"])% %UPSTREAM_METADATA([ "ns" ])%',
    "listed-none": 'a%DYNAMIC_METADATA(["ns","k"])%b',
    "listed-empty": "%UPSTREAM_METADATA([])%",
    "listed-length": '%DYNAMIC_METADATA(["ns","k"]):2%',
    "per-request": "x%PER_REQUEST_STATE(none)%y",
    "route": "%METADATA(ROUTE:ns:level)% %METADATA(VIRTUAL_HOST:ns:level)%",
    "coalesced": '%COALESCE({"operators":["TRACE_ID","PROTOCOL"]})%',
    "percent": "100%%",
    "state": "%FILTER_STATE(none)%",
}


def _routes() -> list[Node]:
    said = {"filter_metadata": {"ns": load(_SAID)}}
    routes: list[Node] = [
        {
            "match": {"prefix": f"/body/{name}"},
            "name": name,
            "metadata": _level("route"),
            "direct_response": {
                "status": 403,
                "body": {"inline_string": "no %REQ(:path)%"},
                "body_format": load(text),
            },
            "response_headers_to_add": [{"header": {"key": "x-added", "value": "%RESPONSE_CODE%"}}],
        }
        for name, text in _BODIES.items()
    ]
    routes += [
        {
            "match": {"prefix": f"/{name}/"},
            "name": name,
            "metadata": _level("route"),
            "route": merged({"cluster": "up"}, load("{" + text + "}")),
            "request_headers_to_add": [{"header": {"key": "x-add", "value": "added"}}],
        }
        for name, text in _REWRITES.items()
    ]
    routes += [
        {"match": {"prefix": f"/to/{name}"}, "redirect": load("{" + text + "}")}
        for name, text in _REDIRECTS.items()
    ]
    added = [
        {"header": {"key": f"x-{name}", "value": text}, "keep_empty_value": name == "state"}
        for name, text in _HEADERS.items()
    ]
    headers: Node = {
        "match": {"prefix": "/headers"},
        "metadata": _level("route"),
        "route": {"cluster": "up"},
        "response_headers_to_add": added,
        "request_headers_to_add": added,
    }
    last: Node = {
        "name": "last",
        "match": {"prefix": "/"},
        "metadata": said,
        "route": {"cluster": "up"},
    }
    return [*routes, headers, last]


def _listener(name: str, hcm: str = "{}") -> Node:
    hosts = [
        {"name": "all", "domains": ["*"], "metadata": _level("host"), "routes": _routes()},
    ]
    made = http(name, virtual_hosts=json.dumps(hosts), hcm=hcm, plain=True)
    made["metadata"] = _level("listener")
    made["filter_chains"][0]["metadata"] = _level("chain")
    return made


def _cluster() -> Node:
    made = cluster("up")
    made["metadata"] = _level("cluster")
    made["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["metadata"] = _level("endpoint")
    return made


_QUERY = "/p?a=1&b=%41%20c%22%zz&c&%64=%2B+?e=2"
CASES = [
    Case("text", [get(_QUERY)], [response("200 OK")], listener="text"),
    Case("text_of_a_reply", [get("/body/text?a=1")], listener="text"),
    Case("text_without_a_query", [get("/p")], listener="text"),
    Case("values_of_luck", [get("/p")], [response("200 OK")], listener="luck", loose=_LUCK),
    Case("json", [get(_QUERY)], listener="json"),
    Case("json_of_a_redirect", [get("/to/path")], listener="json"),
    Case("json_without_empty_values", [get("/p?")], listener="omitted"),
    Case("numbers", [get("/")], listener="numbers"),
    *(Case(f"body_{name}", [get(f"/body/{name}")]) for name in _BODIES),
    Case("body_for_grpc", [get("/body/text", "Content-Type: application/grpc")]),
    *(Case(f"rewrite_{name}", [get(f"/{name}/x?q=1&r", "X-H: given")]) for name in _REWRITES),
    *(Case(f"redirect_{name}", [get(f"/to/{name}/x?q=1&r")]) for name in _REDIRECTS),
    Case("headers", [get("/headers")]),
]
GROUP = Group(
    bootstrap(
        [_listener("http"), *(_listener(name, hcm) for name, hcm in _LISTENERS.items())],
        [_cluster()],
    ),
    CASES,
    upstreams={"up": Server()},
    listener="http",
)
