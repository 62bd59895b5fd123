"""What formats know of a request before a route was looked for, and of an attempt before it."""

import json

from tests.parity.config import Node, access_log, bootstrap, cluster, http, text_format
from tests.parity.scenario import Case, Group, get, request

_SERVER_NAMES = " ".join(
    f"%REQUESTED_SERVER_NAME{form}%"
    for form in ("", "(SNI_FIRST)", "(HOST_FIRST)", "(HOST_FIRST:ORIG)", "(HOST_FIRST:HOST)")
)
_ROUTE = "%ROUTE_NAME% %METADATA(ROUTE:of:route)% %UPSTREAM_CLUSTER%"
_CUSTOM = "type.googleapis.com/envoy.extensions.http.original_ip_detection.custom_header.v3"
_EARLY = "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3"


def _listener(name: str, hcm: Node, routes: str = "") -> Node:
    line = f"%RESPONSE_CODE_DETAILS% {_SERVER_NAMES} {_ROUTE}\n"
    log = access_log(f"$dir/{name}.log", text_format(line))
    default = (
        "[{name: here, match: {prefix: /here}, direct_response: {status: 200}, "
        "response_headers_to_add: [{header: {key: x-route, value: here}}]}, {name: there, "
        "metadata: {filter_metadata: {of: {route: told}}}, match: {prefix: /a}, "
        "route: {cluster: up}, "
        "response_headers_to_add: [{header: {key: x-route, value: there}}]}]"
    )
    node = http(name, routes=routes or default, hcm=json.dumps({"access_log": log, **hcm}))
    return node


def _early(name: str) -> Node:
    added = {"header": {"key": "x-early", "value": _SERVER_NAMES}}
    late = "{header: {key: x-late, value: '%REQUESTED_SERVER_NAME(HOST_FIRST)%'}}"
    mutation = {"@type": f"{_EARLY}.HeaderMutation", "mutations": [{"append": added}]}
    return _listener(
        name,
        {"early_header_mutation_extensions": [{"name": "early", "typed_config": mutation}]},
        f"[{{match: {{prefix: /}}, route: {{cluster: up}}, request_headers_to_add: [{late}]}}]",
    )


def _detected() -> Node:
    kind = {"@type": f"{_CUSTOM}.CustomHeaderConfig", "header_name": "x-client"}
    reject = {"reject_with_status": {"code": "Forbidden"}}
    extension = {"name": "custom", "typed_config": {**kind, **reject}}
    return _listener("detected", {"original_ip_detection_extensions": [extension]})


_TRACE = "x-envoy-force-trace: 1"
_PROTO = "x-forwarded-proto: https"
_ID = "x-request-id: 11111111-2222-4333-8444-555555555555"
_COUNT = "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"
_ATTEMPTS = http(
    "attempts",
    virtual_hosts=json.dumps(
        [
            {
                "name": name,
                "domains": [domain],
                "include_request_attempt_count": told,
                "request_headers_to_add": [{"header": {"key": "x-host", "value": _COUNT}}],
                "routes": [
                    {
                        "match": {"path": "/gone"},
                        "route": {"cluster": "gone"},
                        "response_headers_to_add": [{"header": {"key": "x-r", "value": _COUNT}}],
                    },
                    {
                        "match": {"path": "/moved"},
                        "redirect": {"path_redirect": "/b"},
                        "response_headers_to_add": [{"header": {"key": "x-r", "value": _COUNT}}],
                    },
                    {
                        "match": {"prefix": "/"},
                        "route": {
                            "weighted_clusters": {
                                "clusters": [
                                    {
                                        "name": "up",
                                        "weight": 1,
                                        "request_headers_to_add": [
                                            {"header": {"key": "x-cluster", "value": _COUNT}}
                                        ],
                                    }
                                ]
                            }
                        },
                        "request_headers_to_add": [{"header": {"key": "x-route", "value": _COUNT}}],
                        "response_headers_to_add": [{"header": {"key": "x-r", "value": _COUNT}}],
                    },
                ],
            }
            for name, domain, told in (("told", "told.test", True), ("other", "*", False))
        ]
    ),
)

GROUP = Group(
    bootstrap(
        [
            _listener("http", {"normalize_path": True, "merge_slashes": True}),
            _listener(
                "ports",
                {"strip_any_host_port": True, "path_with_escaped_slashes_action": "REJECT_REQUEST"},
            ),
            _listener("redirected", {"path_with_escaped_slashes_action": "UNESCAPE_AND_REDIRECT"}),
            _early("early"),
            _detected(),
            _ATTEMPTS,
        ],
        [cluster(), cluster("gone", "load_assignment: {endpoints: null}")],
    ),
    [
        Case("a_bad_path", [get("/a#b")]),
        Case("a_bad_method", [request("OPTIONS * HTTP/1.1", "Host: a.test")]),
        Case("a_host", [get("/a")]),
        Case("no_route", [get("/b")]),
        Case("no_host", [request("GET /a HTTP/1.1")]),
        Case("http_1_0", [request("GET /a HTTP/1.0", "Host: a.test")]),
        Case("an_upgrade", [get("/a", "Connection: upgrade", "Upgrade: foo")]),
        Case("an_escaped_slash", [get("/a%2fb", host="a.test:80")], listener="ports"),
        Case("a_port", [get("/a", host="a.test:80")], listener="ports"),
        Case("early", [get("/a")], listener="early"),
        *(
            Case(f"{name}_with_a_trace_forced", [get(path, _TRACE, _ID)], listener=listener)
            for name, path, listener in (
                ("a_bad_path", "/a#b", "http"),
                ("an_escaped_slash", "/a%2fb", "ports"),
                ("not_detected", "/a", "detected"),
                ("no_route", "/b", "http"),
                ("a_route", "/a", "http"),
            )
        ),
        *(
            Case(f"{name}_with_a_protocol", [get(path, _PROTO)], listener=listener)
            for name, path, listener in (
                ("a_bad_path", "/a#b", "http"),
                ("an_escaped_slash", "/a%2fb", "ports"),
                ("not_detected", "/a", "detected"),
                ("not_detected_here", "/here", "detected"),
                ("not_detected_without_a_route", "/b", "detected"),
                ("a_redirect", "/a%2fb", "redirected"),
            )
        ),
        Case("no_host_with_a_protocol", [request("GET /a HTTP/1.1", _PROTO)]),
        Case("an_asterisk_with_a_protocol", [request("OPTIONS * HTTP/1.1", "Host: a", _PROTO)]),
        Case("http_1_0_with_a_protocol", [request("GET /a HTTP/1.0", "Host: a", _PROTO)]),
        Case("not_detected", [get("/a")], listener="detected"),
        Case("not_detected_options", [get("/a", method="OPTIONS")], listener="detected"),
        Case("not_detected_without_a_route", [get("/b")], listener="detected"),
        *(
            Case(f"attempts{name}_{to}", [get(f"/{to}", host=host)], listener="attempts")
            for name, host in (("", "a.test"), ("_told", "told.test"))
            for to in ("up", "gone", "moved")
        ),
    ],
)
