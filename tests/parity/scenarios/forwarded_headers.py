"""What the connection manager tells the upstream of the client, and strips of what it says."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, response

_XFF = "X-Forwarded-For: 1.2.3.4, 5.6.7.8"
_PROTO = "X-Forwarded-Proto: https"
_UUID = "11111111-2222-3333-4444-555555555555"
_LISTENERS = {
    "remote": "use_remote_address: true",
    "one_hop": "{use_remote_address: true, xff_num_trusted_hops: 1}",
    "one_hop_inner": "xff_num_trusted_hops: 1",
    "no_append": "{use_remote_address: true, skip_xff_append: true}",
    "internal": (
        "{use_remote_address: true, internal_address_config: "
        "{cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}}"
    ),
    "internal_by_xff": (
        "internal_address_config: {cidr_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}"
    ),
    "preserve": "preserve_external_request_id: true",
    "always": "always_set_request_id_in_response: true",
    "preserve_edge": "{use_remote_address: true, preserve_external_request_id: true}",
    "no_id": "generate_request_id: false",
    "via": "via: voice",
}

_CASES = [
    Case("nothing_is_added_by_default", [get("/", _XFF, _PROTO)]),
    Case("protocol_is_added_when_absent", [get()]),
    Case("remote_address_without_xff", [get()], listener="remote"),
    Case("remote_address_is_appended", [get("/", _XFF, _PROTO)], listener="remote"),
    Case("remote_address_with_a_trusted_hop", [get("/", _XFF, _PROTO)], listener="one_hop"),
    Case("trusted_hop_but_no_xff", [get("/", _PROTO)], listener="one_hop"),
    Case("trusted_hop_and_one_address", [get("/", "X-Forwarded-For: 1.2.3.4")], listener="one_hop"),
    Case("trusted_hop_inside", [get("/", _XFF)], listener="one_hop_inner"),
    Case("xff_is_not_appended", [get("/", _XFF)], listener="no_append"),
    Case(
        "two_xff_lines",
        [get("/", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 5.6.7.8")],
        listener="remote",
    ),
    Case("xff_that_is_no_address", [get("/", "X-Forwarded-For: who knows")], listener="remote"),
    Case("xff_with_a_port", [get("/", "X-Forwarded-For: 1.2.3.4:80")], listener="internal_by_xff"),
    Case(
        "internal_by_address", [get("/", "x-envoy-upstream-rq-timeout-ms: 9")], listener="internal"
    ),
    Case("external_when_there_is_xff", [get("/", _XFF)], listener="internal"),
    Case(
        "internal_by_a_single_xff",
        [get("/", "X-Forwarded-For: 10.1.1.1")],
        listener="internal_by_xff",
    ),
    Case(
        "external_by_two_xff",
        [get("/", "X-Forwarded-For: 10.1.1.1, 10.1.1.2")],
        listener="internal_by_xff",
    ),
    Case("external_by_xff", [get("/", "X-Forwarded-For: 11.1.1.1")], listener="internal_by_xff"),
    Case("proto_of_a_client_is_kept_inside", [get("/", "X-Forwarded-Proto: HTTPS")]),
    Case("odd_proto", [get("/", "X-Forwarded-Proto: ftp")]),
    Case("two_protos", [get("/", "X-Forwarded-Proto: https,http")]),
    Case("empty_proto", [get("/", "X-Forwarded-Proto:")]),
    Case("request_id_of_an_internal_client_is_kept", [get("/", f"X-Request-Id: {_UUID}")]),
    Case("request_id_that_is_no_uuid_is_kept", [get("/", "X-Request-Id: seven")]),
    Case(
        "request_id_of_an_external_client_is_replaced",
        [get("/", "X-Request-Id: seven")],
        listener="remote",
    ),
    Case(
        "request_id_of_an_external_client_preserved",
        [get("/", "X-Request-Id: seven")],
        listener="preserve_edge",
    ),
    Case("request_id_in_the_response", [get("/", "X-Request-Id: seven")], listener="always"),
    Case("request_id_only_if_there_is_one", [get()], listener="always"),
    Case("no_request_id", [get()], listener="no_id"),
    Case(
        "request_id_passes_where_none_is_made", [get("/", "X-Request-Id: seven")], listener="no_id"
    ),
    Case(
        "via",
        [get("/", "Via: 1.1 other")],
        listener="via",
        replies=[response("200 OK", "Via: 1.0 back")],
    ),
]

_STRIPPED = (
    "retriable-status-codes",
    "retriable-header-names",
    "retry-on",
    "retry-grpc-on",
    "max-retries",
    "upstream-alt-stat-name",
    "upstream-rq-timeout-ms",
    "upstream-rq-per-try-timeout-ms",
    "upstream-rq-timeout-alt-response",
    "expected-rq-timeout-ms",
    "force-trace",
    "ip-tags",
    "original-url",
    "hedge-on-per-try-timeout",
    "decorator-operation",
    "downstream-service-cluster",
    "downstream-service-node",
    "original-path",
    "original-host",
    "internal",
    "external-address",
    "attempt-count",
    "unknown",
)
_FORGED = [f"x-envoy-{name}: 1" for name in _STRIPPED]
_HOP_BY_HOP = (
    "Connection: x-hop, Keep-Alive",
    "X-Hop: 1",
    "Keep-Alive: timeout=5",
    "Proxy-Connection: keep-alive",
    "TE: gzip",
    "Upgrade: unknown",
    "Proxy-Authorization: secret",
    "Referer: http://a.test/x",
)

_CASES += [
    Case("internal_headers_from_a_stranger_inside", [get("/", *_FORGED)]),
    Case("internal_headers_from_outside", [get("/", *_FORGED)], listener="remote"),
    Case("internal_headers_from_an_internal_client", [get("/", *_FORGED[9:])], listener="internal"),
    Case("hop_by_hop_headers", [get("/", *_HOP_BY_HOP)]),
    Case("te_trailers_stays", [get("/", "TE: trailers, gzip")]),
    Case("referer_that_is_no_url", [get("/", "Referer: nonsense")]),
    Case("two_referers", [get("/", "Referer: http://a/", "Referer: http://b/")]),
    Case(
        "several_values_keep_their_lines",
        [
            get(
                "/",
                "X-A: 1",
                "X-B: 2",
                "X-A: 3",
                "Cookie: a=1",
                "Cookie: b=2",
                "Accept: a",
                "Accept: b",
            )
        ],
    ),
    Case("user_agent_twice", [get("/", "User-Agent: a", "User-Agent: b")]),
]

GROUP = Group(
    bootstrap(
        [http(), *(http(name, hcm=hcm) for name, hcm in _LISTENERS.items())],
        [cluster()],
    ),
    _CASES,
)
