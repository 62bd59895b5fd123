"""Who the client is: extensions, trusted hops; what else is made of a head before its route."""

import json

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    http_protocol,
    text_format,
)
from tests.parity.scenario import Case, Group, get

_HTTP = "type.googleapis.com/envoy.extensions.http"
_UUID = "type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig"
_LOG = (
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %REQUEST_HEADER(:SCHEME)% "
    "%REQUEST_HEADER(:AUTHORITY)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n"
)


def _listener(name: str, **fields: object) -> Node:
    log = access_log(f"$dir/{name}.log", text_format(_LOG))
    return http(name, hcm=json.dumps({"access_log": log, **fields}))


def _detection(*configs: tuple[str, Node], **fields: object) -> Node:
    extensions = [
        {"name": kind, "typed_config": {"@type": f"{_HTTP}.original_ip_detection.{kind}", **config}}
        for kind, config in configs
    ]
    return {"original_ip_detection_extensions": extensions, **fields}


def _cidrs(*ranges: str) -> list[Node]:
    split = (each.split("/") for each in ranges)
    return [{"address_prefix": ip, "prefix_len": int(length)} for ip, length in split]


_XFF, _HEADER = "xff.v3.XffConfig", "custom_header.v3.CustomHeaderConfig"
_INTERNAL = {"internal_address_config": {"cidr_ranges": _cidrs("10.0.0.0/8", "5.0.0.0/8")}}
_TRUSTED = {"xff_trusted_cidrs": {"cidrs": _cidrs("127.0.0.0/8", "10.0.0.0/8")}}
_CLIENT = {"header_name": "X-Client"}
_BELIEVED = {**_CLIENT, "allow_extension_to_set_address_as_trusted": True}


def _mutations(*mutations: Node) -> Node:
    kind = f"{_HTTP}.early_header_mutation.header_mutation.v3.HeaderMutation"
    config = {"@type": kind, "mutations": list(mutations)}
    return {"early_header_mutation_extensions": [{"name": "early", "typed_config": config}]}


def _append(key: str, value: str, action: str) -> Node:
    return {"append": {"header": {"key": key, "value": value}, "append_action": action}}


_EARLY = _mutations(
    _append(
        "x-a",
        "%REQUEST_HEADER(x-b)%|%PROTOCOL%|%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
        "APPEND_IF_EXISTS_OR_ADD",
    ),
    {"remove": "X-Gone"},
    {"remove_on_match": {"key_matcher": {"prefix": "x-m"}}},
    _append("x-forwarded-for", "9.9.9.9", "OVERWRITE_IF_EXISTS_OR_ADD"),
    _append("x-empty", "", "APPEND_IF_EXISTS_OR_ADD"),
    _append("x-k", "k", "OVERWRITE_IF_EXISTS"),
    _append("x-b", "%REQUEST_HEADER(x-a)%", "ADD_IF_ABSENT"),
)
_LISTENERS: dict[str, Node] = {
    "hops": _detection((_XFF, {"xff_num_trusted_hops": 1}), **_INTERNAL),
    "appends": _detection((_XFF, {"skip_xff_append": False}), **_INTERNAL),
    "cidrs": _detection((_XFF, _TRUSTED), **_INTERNAL),
    "strangers": _detection((_XFF, {"xff_trusted_cidrs": {"cidrs": _cidrs("10.0.0.0/8")}})),
    "header": _detection((_HEADER, _CLIENT), **_INTERNAL),
    "believed": _detection((_HEADER, _BELIEVED), **_INTERNAL),
    "rejects": _detection((_HEADER, {**_CLIENT, "reject_with_status": {"code": 429}})),
    "forbids": _detection((_HEADER, {**_CLIENT, "reject_with_status": {"code": 200}})),
    "two": _detection((_HEADER, _CLIENT), (_XFF, {"skip_xff_append": False})),
    "edge": {
        "use_remote_address": True,
        "append_x_forwarded_port": True,
        "add_user_agent": True,
        "via": "v",
    },
    "behind": {
        "use_remote_address": True,
        "append_x_forwarded_port": True,
        "xff_num_trusted_hops": 1,
    },
    "port": {"append_x_forwarded_port": True},
    "https": {"scheme_header_transformation": {"scheme_to_overwrite": "https"}},
    "upstream": {"scheme_header_transformation": {"match_upstream": True}},
    "both": {
        "scheme_header_transformation": {"scheme_to_overwrite": "https", "match_upstream": True}
    },
    "early": _EARLY,
    "ids": {"preserve_external_request_id": True, "use_remote_address": True},
    "unpacked": {
        "preserve_external_request_id": True,
        "use_remote_address": True,
        "request_id_extension": {"typed_config": {"@type": _UUID, "pack_trace_reason": False}},
    },
    "proto": {"forward_proto_config": {"https_destination_ports": list(range(1024, 65536))}},
    "strip": {"strip_any_host_port": True, "strip_trailing_host_dot": True},
}


def _forwarded(name: str, *values: str) -> list[Case]:
    return [
        Case(f"{name}_{number}", [get("/", f"X-Forwarded-For: {value}")], listener=name)
        for number, value in enumerate(values)
    ]


def _client(name: str, *values: str) -> list[Case]:
    stats = [f"http.{name}.downstream_rq_rejected_via_ip_detection"]
    return [
        Case(
            f"{name}_by_header_{number}",
            [get("/", f"X-Client: {value}")],
            listener=name,
            stats=stats,
        )
        for number, value in enumerate(values)
    ]


_IDS = {
    "sampled": "12345678-1234-9234-8234-123456789012",
    "forced": "12345678-1234-a234-8234-123456789012",
    "random": "12345678-1234-4234-8234-123456789012",
    "no_uuid": "abc",
    "empty": "",
}
_HOSTS = [
    "a.b:80",
    "a.b.",
    "a.b.:80",
    "a.b..",
    "[::1]:80",
    "[::1]",
    "a:",
    "a:b",
    "a:80:90",
    "a:99999",
    ".",
    "::1",
]
CASES = [
    *_forwarded("hops", "1.1.1.1", "5.1.1.1, 2.2.2.2", "5.1.1.1, x"),
    *_forwarded("appends", "5.1.1.1", "5.1.1.1, 2.2.2.2", "x"),
    *_forwarded(
        "cidrs",
        "5.1.1.1",
        "5.1.1.1,10.1.1.1",
        "10.1.1.1",
        "1.1.1.1, 5.1.1.1 , 10.1.1.1,10.2.2.2",
        "x",
        "5.1.1.1,x",
        "5.1.1.1,x,10.1.1.1",
        "10.1.1.1,10.1.1.2",
        "5.1.1.1,,10.1.1.1",
        "5.1.1.1:80",
        "::1,10.1.1.1",
    ),
    *_forwarded("strangers", "5.1.1.1,10.1.1.1"),
    *_forwarded("two", "4.4.4.4", "x"),
    *_client("header", "5.1.1.1", "x", "1.2.3.4:80", "::1"),
    *_client("believed", "5.1.1.1", "6.1.1.1"),
    *_client("rejects", "5.1.1.1", "x", "5.1.1.1, 6.1.1.1"),
    *_client("forbids", "x"),
    *_client("two", "1.2.3.4", "x"),
    *(
        Case(f"{name}_says_nothing", [get()], listener=name)
        for name in _LISTENERS
        if name not in ("proto", "strip", "both")
    ),
    Case(
        "edge_overwrites_the_port",
        [get("/", "X-Forwarded-Port: 7", "User-Agent: ", "Via: z")],
        listener="edge",
    ),
    Case(
        "edge_keeps_the_agent",
        [get("/", "User-Agent: me", "X-Forwarded-For: 1.2.3.4")],
        listener="edge",
    ),
    Case(
        "behind_keeps_the_port",
        [get("/", "X-Forwarded-Port: 7", "X-Forwarded-Proto: https")],
        listener="behind",
    ),
    Case("port_is_kept", [get("/", "X-Forwarded-Port: 7")], listener="port"),
    *(
        Case(f"{name}_scheme_{proto}", [get("/", f"X-Forwarded-Proto: {proto}")], listener=name)
        for name in ("https", "upstream", "both")
        for proto in ("http", "https", "ftp")
    ),
    Case("upstream_scheme_of_the_target", [get("https://b/z")], listener="upstream"),
    Case(
        "early_changes",
        [
            get(
                "/",
                "x-b: 1",
                "x-gone: 1",
                "x-mm: 1",
                "X-M2: 2",
                "X-Forwarded-For: 1.1.1.1",
                "x-empty: 4",
            )
        ],
        listener="early",
    ),
    Case("early_sees_what_it_did", [get("/", "x-k: 1", "x-a: 0")], listener="early"),
    *(
        Case(f"{name}_{kind}", [get("/", f"X-Request-Id: {value}")], listener=name)
        for name in ("ids", "unpacked")
        for kind, value in _IDS.items()
    ),
    Case("no_destination_but_its_own", [get()], listener="proto"),
    *(
        Case(f"strip_{number}", [get(host=host)], listener="strip")
        for number, host in enumerate(_HOSTS)
    ),
]
_ABSOLUTE = http_protocol(
    "explicit_http_config: {http_protocol_options: {send_fully_qualified_url: true}}"
)
GROUP = Group(
    bootstrap(
        [_listener(name, **fields) for name, fields in _LISTENERS.items()],
        [cluster(fields=json.dumps(_ABSOLUTE))],
    ),
    CASES,
)
