"""The local rate limit filter: buckets, descriptors, what clients are told."""

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, Loose, get
from tests.parity.steps import Messages, Send

_KIND = "local_ratelimit.v3.LocalRateLimit"
_TYPED = f'"@type": type.googleapis.com/envoy.extensions.filters.http.{_KIND}'
# Of whole seconds one may be over before the next request comes.
_RESET = Loose(r"(?<=x-ratelimit-reset: )(99999|100000)", "<reset>", "a second may pass")
_ON = "{default_value: {numerator: 100}}"
_OFF = "{default_value: {numerator: 0}}"
# Nothing comes back while a test runs.
_INTERVAL = "fill_interval: 100000s"
_ENABLED = f"filter_enabled: {_ON}, filter_enforced: {_ON}"


def _bucket(tokens: int, more: str = "") -> str:
    return f"token_bucket: {{max_tokens: {tokens}, {_INTERVAL}{more}}}"


def _limit(prefix: str, fields: str) -> str:
    return f"stat_prefix: {prefix}, {fields}"


def _route(path: str, fields: str, action: str = "") -> str:
    typed = f"{{limit: {{{_TYPED}, {_limit(path.strip('/'), fields)}}}}}"
    # The whole path: what one case takes of a bucket is no other's.
    return (
        f"{{match: {{path: {path}}}, route: {{cluster: up{action}}}, "
        f"typed_per_filter_config: {typed}}}"
    )


def _descriptor(entries: dict[str, str], tokens: int, more: str = "") -> str:
    pairs = ", ".join(f"{{key: {k}, value: '{v}'}}" for k, v in entries.items())
    return f"{{entries: [{pairs}], {_bucket(tokens)}{more}}}"


def _actions(*actions: str, more: str = "") -> str:
    return f"{{actions: [{', '.join(actions)}]{more}}}"


def _by(*limits: str) -> str:
    return f"rate_limits: [{', '.join(limits)}]"


_USER = "{request_headers: {header_name: x-user, descriptor_key: user}}"
_TEAM = "{request_headers: {header_name: x-team, descriptor_key: team}}"
_SKIPS = "{request_headers: {header_name: x-team, descriptor_key: team, skip_if_absent: true}}"
_GENERIC = "{generic_key: {descriptor_value: all}}"
_OWN = "{generic_key: {descriptor_value: one, descriptor_key: own}}"
_NOBODY = "{request_headers: {header_name: x-user, descriptor_key: nobody}}"
_FORMAT = "'%REQUEST_HEADER(x-user)%'"
_HEADERS = "enable_x_ratelimit_headers: DRAFT_VERSION_03"


def _of(entries: dict[str, str], action: str, tokens: int = 1) -> str:
    """A route's configuration with one descriptor, made by one action."""
    descriptor = _descriptor(entries, tokens)
    return f"{_bucket(50)}, {_ENABLED}, descriptors: [{descriptor}], {_by(_actions(action))}"


_BY_ACTION = {
    "/generic": _of({"generic_key": "all"}, _GENERIC),
    "/own": _of({"own": "one"}, _OWN),
    "/formatted": _of({"generic_key": "u1"}, f"{{generic_key: {{descriptor_value: {_FORMAT}}}}}"),
    "/default": _of(
        {"generic_key": "none"},
        f"{{generic_key: {{descriptor_value: {_FORMAT}, default_value: none}}}}",
    ),
    "/address": _of({"remote_address": "127.0.0.1"}, "{remote_address: {}}"),
    "/masked": _of(
        {"masked_remote_address": "127.0.0.0/8"},
        "{masked_remote_address: {v4_prefix_mask_len: 8}}",
    ),
    "/unmasked": _of({"masked_remote_address": "127.0.0.1/32"}, "{masked_remote_address: {}}"),
    "/source": _of({"source_cluster": "parity"}, "{source_cluster: {}}"),
    "/destination": _of({"destination_cluster": "up"}, "{destination_cluster: {}}"),
    "/headermatch": _of(
        {"header_match": "m"},
        "{header_value_match: {descriptor_value: m, headers: [{name: x-user}]}}",
    ),
    "/headermiss": _of(
        {"miss": "m"},
        "{header_value_match: {descriptor_value: m, descriptor_key: miss, expect_match: false, "
        "headers: [{name: x-user}]}}",
    ),
    "/query": _of(
        {"q": "a b"},
        "{query_parameters: {query_parameter_name: q, descriptor_key: q}}",
    ),
    "/querymatch": _of(
        {"query_match": "m"},
        "{query_parameter_value_match: {descriptor_value: m, "
        "query_parameters: [{name: q, string_match: {exact: '1'}}]}}",
    ),
    "/addressmatch": _of(
        {"remote_address_match": "m"},
        "{remote_address_match: {descriptor_value: m, address_matcher: "
        "{ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}}}",
    ),
    "/outside": _of(
        {"remote_address_match": "m"},
        "{remote_address_match: {descriptor_value: m, address_matcher: "
        "{ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}}}",
    ),
}
_ROUTES = [
    _route("/two", f"{_bucket(2)}, {_ENABLED}"),
    _route("/fill", f"{_bucket(1, ', tokens_per_fill: 7')}, {_ENABLED}"),
    _route("/status", f"{_bucket(1)}, {_ENABLED}, status: {{code: ServiceUnavailable}}"),
    _route("/low", f"{_bucket(1)}, {_ENABLED}, status: {{code: OK}}"),
    _route("/exhausted", f"{_bucket(1)}, {_ENABLED}, rate_limited_as_resource_exhausted: true"),
    _route("/unavailable", f"{_bucket(1)}, {_ENABLED}"),
    _route("/told", f"{_bucket(2)}, {_ENABLED}, {_HEADERS}"),
    _route("/later", f"{_bucket(1)}, {_ENABLED}, enable_retry_after_header: true"),
    _route(
        "/adds",
        f"{_bucket(1)}, {_ENABLED}, response_headers_to_add: [{{header: {{key: x-limited, "
        "value: '%REQUEST_HEADER(:path)%'}}]",
    ),
    _route(
        "/notenforced",
        f"{_bucket(1)}, filter_enabled: {_ON}, filter_enforced: {_OFF}, "
        "request_headers_to_add_when_not_enforced: [{header: {key: x-over, value: 'true'}}]",
    ),
    _route("/neither", _bucket(1)),
    _route("/disabledhere", f"{_bucket(1)}, filter_enabled: {_OFF}, filter_enforced: {_ON}"),
    _route(
        "/connection",
        f"{_bucket(1)}, {_ENABLED}, local_rate_limit_per_downstream_connection: true",
    ),
    _route(
        "/users",
        f"{_bucket(50)}, {_ENABLED}, {_HEADERS}, descriptors: [{_descriptor({'user': 'u1'}, 1)}, "
        f"{_descriptor({'user': ''}, 2)}], {_by(_actions(_USER))}",
    ),
    _route(
        "/few",
        f"{_bucket(50)}, {_ENABLED}, max_dynamic_descriptors: 2, "
        f"descriptors: [{_descriptor({'user': ''}, 1)}], {_by(_actions(_USER))}",
    ),
    _route(
        "/both",
        f"{_bucket(50)}, {_ENABLED}, descriptors: "
        f"[{_descriptor({'user': 'u1', 'team': 't1'}, 1)}], {_by(_actions(_USER, _TEAM))}",
    ),
    _route(
        "/skips",
        f"{_bucket(50)}, {_ENABLED}, descriptors: [{_descriptor({'user': 'u1'}, 1)}], "
        f"{_by(_actions(_USER, _SKIPS))}",
    ),
    _route(
        "/several",
        f"{_bucket(50)}, {_ENABLED}, {_HEADERS}, descriptors: [{_descriptor({'user': 'u1'}, 5)}, "
        f"{_descriptor({'generic_key': 'all'}, 2)}], {_by(_actions(_USER), _actions(_GENERIC))}",
    ),
    _route(
        "/spares",
        f"{_bucket(1)}, {_ENABLED}, always_consume_default_token_bucket: false, "
        f"descriptors: [{_descriptor({'user': 'u1'}, 3)}], {_by(_actions(_USER))}",
    ),
    _route(
        "/consumes",
        f"{_bucket(1)}, {_ENABLED}, descriptors: [{_descriptor({'user': 'u1'}, 3)}], "
        f"{_by(_actions(_USER))}",
    ),
    _route(
        "/hits",
        f"{_bucket(50)}, {_ENABLED}, descriptors: [{_descriptor({'user': 'u1'}, 5)}], "
        f"{_by(_actions(_USER, more=', hits_addend: {number: 3}'))}",
    ),
    _route(
        "/nohits",
        f"{_bucket(50)}, {_ENABLED}, descriptors: [{_descriptor({'user': 'u1'}, 5)}], "
        f"{_by(_actions(_USER, more=', hits_addend: {number: 0}'))}",
    ),
    _route(
        "/formathits",
        f"{_bucket(50)}, {_ENABLED}, descriptors: [{_descriptor({'user': 'u1'}, 5)}], "
        + _by(_actions(_USER, more=", hits_addend: {format: '%REQUEST_HEADER(x-hits)%'}")),
    ),
    _route(
        "/silent",
        f"{_bucket(50)}, {_ENABLED}, {_HEADERS}, descriptors: [{_descriptor({'user': 'u1'}, 5)}], "
        + _by(_actions(_USER, more=", x_ratelimit_option: 'OFF'")),
    ),
    _route(
        "/speaks",
        f"{_bucket(50)}, {_ENABLED}, descriptors: [{_descriptor({'user': 'u1'}, 5)}], "
        f"{_by(_actions(_USER, more=', x_ratelimit_option: DRAFT_VERSION_03'))}",
    ),
    _route(
        "/done",
        f"{_bucket(50)}, {_ENABLED}, descriptors: [{_descriptor({'user': 'u1'}, 1)}], "
        f"{_by(_actions(_USER, more=', apply_on_stream_done: true'))}",
    ),
    _route(
        "/shadowed",
        f"{_bucket(50)}, {_ENABLED}, {_HEADERS}, descriptors: "
        f"[{_descriptor({'user': 'u1'}, 1, ', shadow_mode: true')}], {_by(_actions(_USER))}",
    ),
    *[
        _route(
            f"/shadowed{name}",
            f"{_bucket(default)}, {enabled}, descriptors: "
            f"[{_descriptor({'user': 'u1'}, 1, ', shadow_mode: true')}, "
            f"{_descriptor({'generic_key': 'all'}, all_of_them, more)}], {_by(*actions)}",
        )
        for name, default, all_of_them, more, enabled, actions in (
            ("beforerefusal", 50, 1, "", _ENABLED, (_actions(_USER), _actions(_GENERIC))),
            ("afterrefusal", 50, 1, "", _ENABLED, (_actions(_GENERIC), _actions(_USER))),
            (
                "twice",
                50,
                1,
                ", shadow_mode: true",
                _ENABLED,
                (_actions(_USER), _actions(_GENERIC)),
            ),
            ("bydefault", 1, 9, "", _ENABLED, (_actions(_USER),)),
            ("notenforced", 50, 9, "", f"filter_enabled: {_ON}", (_actions(_USER),)),
        )
    ],
    _route(
        "/noneof",
        f"{_bucket(2)}, {_ENABLED}, {_HEADERS}, descriptors: [{_descriptor({'user': 'u1'}, 1)}], "
        f"{_by(_actions(_NOBODY))}",
    ),
    *[_route(path, fields) for path, fields in _BY_ACTION.items()],
]
_DESCRIPTORS = (
    f"{_bucket(50)}, {_ENABLED}, descriptors: [{_descriptor({'user': 'u1'}, 1)}, "
    f"{_descriptor({'team': 't1'}, 1)}]"
)
_BY_USER = f", {_by(_actions(_USER))}"
_OLD_ROUTES = [
    _route("/host", _DESCRIPTORS),
    *[
        route
        for of in ("", "_of_the_team")
        for route in (
            _route(f"/route{of}", _DESCRIPTORS, _BY_USER),
            _route(f"/include{of}", _DESCRIPTORS, f"{_BY_USER}, include_vh_rate_limits: true"),
            _route(f"/vhinclude{of}", f"{_DESCRIPTORS}, vh_rate_limits: INCLUDE", _BY_USER),
        )
    ],
    _route("/vhignore", f"{_DESCRIPTORS}, vh_rate_limits: IGNORE"),
    _route("/stage", f"{_DESCRIPTORS}, stage: 1", f", {_by(_actions(_USER, more=', stage: 1'))}"),
    _route("/disabled", _DESCRIPTORS, f", {_by(_actions(_USER, more=', disable_key: x'))}"),
    _route(
        "/ondone", _DESCRIPTORS, f", {_by(_actions(_USER, more=', apply_on_stream_done: true'))}"
    ),
    "{match: {prefix: /}, route: {cluster: up}}",
]
_HOST = (
    f"virtual_hosts: [{{name: all, domains: ['*'], {_by(_actions(_TEAM))}, "
    f"routes: [{', '.join(_OLD_ROUTES)}]}}]"
)


def _filter(fields: str) -> Node:
    return http_filter("limit", _KIND, f"{{{fields}}}")


def _stats(prefix: str) -> list[str]:
    names = ("enabled", "enforced", "ok", "rate_limited", "shadow_mode")
    return [f"{prefix}.http_local_rate_limit.{name}" for name in names]


def _asks(path: str, count: int = 2, *lines: str) -> list[bytes | Messages]:
    """The same request so often, one after the other."""
    steps: list[bytes | Messages] = []
    for number in range(count):
        steps += [get(path, *lines), Messages(number + 1)]
    return steps


def _case(path: str, count: int = 2, *lines: str, name: str = "") -> Case:
    """What becomes of so many requests."""
    stem = path.strip("/").partition("?")[0]
    steps = _asks(path, count, *lines)
    return Case(name or stem, steps, stats=_stats(stem), loose=[_RESET])


_ONE = "x-user: u1"
GROUP = Group(
    bootstrap(
        [
            filtered("on", [_filter(_limit("own", f"{_bucket(2)}, {_ENABLED}"))]),
            filtered("routes", [_filter("stat_prefix: none")], f"[{', '.join(_ROUTES)}]"),
            filtered("old", [_filter("stat_prefix: none")], more=_HOST),
        ],
        [cluster()],
    ),
    [
        Case("own_bucket", _asks("/", 3), stats=_stats("own"), listener="on"),
        _case("/two", 3),
        _case("/fill"),
        _case("/status"),
        _case("/low"),
        _case("/exhausted", 2, "content-type: application/grpc"),
        _case("/unavailable", 2, "content-type: application/grpc"),
        _case("/told", 3),
        _case("/later"),
        _case("/adds"),
        _case("/notenforced"),
        _case("/neither"),
        _case("/disabledhere"),
        Case(
            "connection",
            [*_asks("/connection", 2), Send(get("/connection"), "d"), Messages(1, "d")],
            stats=_stats("connection"),
        ),
        Case(
            "users",
            [
                get("/users", _ONE),
                Messages(1),
                get("/users", _ONE),
                Messages(2),
                get("/users", "x-user: u2"),
                Messages(3),
                get("/users", "x-user: u2"),
                Messages(4),
                get("/users", "x-user: u2"),
                Messages(5),
                get("/users", "x-user: u3"),
                Messages(6),
                get("/users"),
                Messages(7),
            ],
            stats=_stats("users"),
            loose=[_RESET],
        ),
        Case(
            "few",
            [
                get("/few", "x-user: a"),
                Messages(1),
                get("/few", "x-user: b"),
                Messages(2),
                get("/few", "x-user: c"),
                Messages(3),
                get("/few", "x-user: a"),
                Messages(4),
                get("/few", "x-user: c"),
                Messages(5),
            ],
            stats=_stats("few"),
        ),
        _case("/both", 2, _ONE, "x-team: t1"),
        _case("/both", 2, _ONE, name="both_but_one"),
        _case("/skips", 2, _ONE),
        _case("/several", 3, _ONE),
        _case("/spares", 4, _ONE),
        _case("/consumes", 2, _ONE),
        _case("/hits", 2, _ONE),
        _case("/nohits", 2, _ONE),
        _case("/formathits", 2, _ONE, "x-hits: 5"),
        _case("/formathits", 2, _ONE, "x-hits: many", name="formathits_of_no_number"),
        _case("/silent", 2, _ONE),
        _case("/speaks", 2, _ONE),
        _case("/done", 2, _ONE),
        _case("/shadowed", 2, _ONE),
        _case("/shadowedbeforerefusal", 3, _ONE),
        _case("/shadowedafterrefusal", 3, _ONE),
        _case("/shadowedtwice", 3, _ONE),
        _case("/shadowedbydefault", 3, _ONE),
        _case("/shadowednotenforced", 3, _ONE),
        _case("/noneof", 3, _ONE),
        *[
            _case(path, 2, _ONE)
            for path in (
                "/generic",
                "/own",
                "/formatted",
                "/address",
                "/masked",
                "/unmasked",
                "/source",
                "/destination",
                "/headermatch",
                "/headermiss",
                "/addressmatch",
                "/outside",
            )
        ],
        _case("/default", 2),
        _case("/query?q=a%20b&q=c"),
        _case("/query", 2, name="query_missing"),
        _case("/querymatch?q=1"),
        _case("/querymatch?q=2", name="querymatch_missed"),
        *[
            Case(
                f"old_{path}",
                _asks(f"/{path}", 2, _ONE, "x-team: t1"),
                listener="old",
                stats=_stats(path),
            )
            for path in (
                "route",
                "host",
                "include",
                "vhinclude",
                "vhignore",
                "stage",
                "disabled",
                "ondone",
            )
        ],
        *[
            Case(
                f"old_{path}",
                _asks(f"/{path}", 2, "x-team: t1"),
                listener="old",
                stats=_stats(path),
            )
            for path in ("route_of_the_team", "include_of_the_team", "vhinclude_of_the_team")
        ],
    ],
    listener="routes",
)
