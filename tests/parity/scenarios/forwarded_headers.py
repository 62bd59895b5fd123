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
_REFERERS = {
    "without_a_host": "http:///x",
    "of_a_path": "/x/y",
    "of_ftp": "ftp://a.test/x",
    "with_a_fragment": "http://a.test/x#y",
    "with_a_user": "http://user@a.test/x",
    "with_a_password": "http://u:p@a.test/x",
    "with_a_late_at": "http://a.test/x@y",
    "with_a_port": "https://a.test:8443/x?y=z",
    "with_a_bad_port": "https://a.test:port/x",
    "in_capitals": "HTTP://A.TEST/X",
    "with_a_space": "http://a.test/x y",
    "empty": "",
    "of_a_scheme_alone": "about:blank",
    "of_a_host_alone": "a.test",
    "with_only_a_fragment": "x#y",
    "with_only_a_user": "u@x",
    "with_brackets": "/[x]",
    "with_other_signs": "/-._~!$&'()*+,;=?%zz",
    "with_a_bar": "/a|b",
    "with_a_backslash": "/a" + chr(92) + "b",
    "with_a_quote": '/a"b',
    "with_an_angle": "/a<b",
    "with_a_caret": "/a^b",
    "with_a_grave": "/a`b",
    "with_a_brace": "/a{b",
    "with_a_high_byte": "/" + chr(0xE9),
    "with_a_colon_in_its_query": "x?a:b",
    "with_a_late_colon": "x/a:b",
    "without_a_scheme": "//a.test/x",
    "with_odd_signs_in_its_path": "http://a.test/|^<>{}" + chr(0xE9),
    "with_an_odd_host": "http://a_b$c/x",
    "with_an_address": "http://[::1]:80/x",
    "with_a_bad_address": "http://[x]/x",
    "with_an_empty_port": "http://a.test:/x",
    "with_too_great_a_port": "http://a.test:99999/x",
    "with_an_empty_user": "http://@a.test/x",
    "of_a_host_and_a_query": "http://a.test?x",
    "with_an_empty_fragment": "http://a.test/x#",
    "of_an_odd_scheme": "a+b://a.test/x",
    "of_no_scheme": "://a.test/x",
    "of_a_scheme_without_slashes": "http:a.test/x",
    "of_a_scheme_and_one_slash": "http:/a.test/x",
    "with_a_tab": "/a" + chr(9) + "b",
    "and_a_bar": "http://a.test/a|b",
    "and_brackets": "http://a.test/a[b]",
    "and_a_quote": 'http://a.test/a"b',
    "and_a_brace": "http://a.test/a{b",
    "and_a_caret": "http://a.test/a^b",
    "and_a_backslash": "http://a.test/a" + chr(92) + "b",
    "and_a_high_byte": "http://a.test/" + chr(0xE9),
    "and_a_bad_escape": "http://a.test/%zz",
    "and_a_bar_in_its_query": "http://a.test/?a|b",
    "and_a_high_byte_in_its_query": "http://a.test/?" + chr(0xE9),
    "and_an_underscore_in_its_host": "http://a_b/x",
    "and_a_sign_in_its_host": "http://a!b/x",
    "and_an_escape_in_its_host": "http://a%41b/x",
    "and_a_tilde_in_its_host": "http://a~b/x",
    "and_a_digit_in_its_scheme": "a1://a.test/x",
    "and_a_digit_before_its_scheme": "1a://a.test/x",
    "and_port_zero": "http://a.test:0/x",
    "and_the_last_port": "http://a.test:65535/x",
    "and_a_port_past_the_last": "http://a.test:65536/x",
    "and_two_ats": "http://@@a.test/x",
    "and_an_empty_password": "http://:@a.test/x",
    "and_only_an_address": "http://[::1]",
    "and_a_half_address": "http://[::1/x",
    "and_an_odd_address": "http://[v1.x]/x",
    "and_a_zone": "http://[fe80::1%25eth0]/x",
}

_CASES += [
    Case("internal_headers_from_a_stranger_inside", [get("/", *_FORGED)]),
    Case("internal_headers_from_outside", [get("/", *_FORGED)], listener="remote"),
    Case("internal_headers_from_an_internal_client", [get("/", *_FORGED[9:])], listener="internal"),
    Case("hop_by_hop_headers", [get("/", *_HOP_BY_HOP)]),
    Case("te_trailers_stays", [get("/", "TE: trailers, gzip")]),
    Case("referer_that_is_no_url", [get("/", "Referer: nonsense")]),
    *(Case(f"referer_{name}", [get("/", f"Referer: {url}")]) for name, url in _REFERERS.items()),
    Case(
        "request_id_of_a_forced_trace",
        [get("/", "x-envoy-force-trace: 1", f"X-Request-Id: {_UUID}")],
        listener="internal",
    ),
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

_TOLD = (
    "request_headers_to_add: [{header: "
    "{key: x-remote, value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'}}]"
)
_SEEN_BY = {
    "nobody_trusted": "{}",
    "two_hops": "{use_remote_address: true, xff_num_trusted_hops: 2}",
    "two_hops_inner": "xff_num_trusted_hops: 2",
    "ranges": (
        "internal_address_config: {cidr_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}, "
        "{address_prefix: 'fd00::', prefix_len: 8}]}"
    ),
}
_CHAINS = {
    "one": "10.1.1.1",
    "three": "1.1.1.1, 2.2.2.2,3.3.3.3",
    "an_ipv6": "fd00::1",
    "brackets": "[fd00::1]",
    "brackets_and_a_port": "[fd00::1]:80",
    "a_port": "10.1.1.1:80",
    "a_bad_port": "10.1.1.1:port",
    "spaces": "  10.1.1.1  ",
    "a_tab": chr(9) + "10.1.1.1",
    "a_comma_at_its_end": "10.1.1.1,",
    "a_comma_at_its_start": ",10.1.1.1",
    "an_empty_middle": "1.1.1.1,,3.3.3.3",
    "nothing": "",
    "a_mapped_address": "::ffff:10.1.1.1",
    "leading_zeros": "010.1.1.1",
    "three_numbers": "10.1.1",
    "words": "unknown",
    "a_word_at_its_end": "1.1.1.1, unknown",
}
_CASES += [
    Case(f"{by}_sees_{name}", [get("/", f"X-Forwarded-For: {chain}")], listener=by)
    for by in _SEEN_BY
    for name, chain in _CHAINS.items()
]
_CASES += [
    Case("scheme_of_a_trusted_hop", [get("/", _XFF, _PROTO)], listener="two_hops"),
    Case("proto_of_an_untrusted_client", [get("/", _PROTO)], listener="remote"),
    Case("external_address_of_a_client", [get("/", "x-envoy-external-address: 9.9.9.9")]),
    Case(
        "external_address_of_a_client_at_the_edge",
        [get("/", "x-envoy-external-address: 9.9.9.9")],
        listener="remote",
    ),
]

GROUP = Group(
    bootstrap(
        [
            http(),
            *(http(name, hcm=hcm) for name, hcm in _LISTENERS.items()),
            *(http(name, hcm=hcm, route_config=_TOLD) for name, hcm in _SEEN_BY.items()),
        ],
        [cluster()],
    ),
    _CASES,
)
