"""The IP tagging filter, the set-filter-state filter, and the on-demand filter."""

# ruff: noqa: E501 - YAML of one line each is easier to compare.

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, Loose, get
from tests.parity.scenarios.formatter_extensions import FILES

_STATE = "type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config"
_DEMAND = "type.googleapis.com/envoy.extensions.filters.http.on_demand.v3.PerRouteConfig"
_ROUTES = """[{match: {prefix: /, headers: [{name: x-envoy-ip-tags, string_match: {exact: here}}]},
    route: {cluster: up}, request_headers_to_add: [{header: {key: x-route, value: tagged}}]},
    {match: {prefix: /}, route: {cluster: up}}]"""


def _tags(name: str, fields: str, prefix: str = "127.0.0.0") -> Node:
    tags = (
        f"ip_tags: [{{ip_tag_name: here, ip_list: [{{address_prefix: {prefix}, prefix_len: 8}}]}}, "
        "{ip_tag_name: there, ip_list: [{address_prefix: 9.0.0.0, prefix_len: 8}, "
        "{address_prefix: '2001:db8::', prefix_len: 32}]}, "
        "{ip_tag_name: exactly, ip_list: [{address_prefix: 1.2.3.4, prefix_len: 32}]}]"
    )
    return filtered(
        name, [http_filter("tags", "ip_tagging.v3.IPTagging", f"{{{tags}, {fields}}}")], _ROUTES
    )


def _behind(name: str) -> Node:
    """The same for clients that `x-forwarded-for` tells of."""
    listener = _tags(name, "request_type: BOTH", prefix="1.0.0.0")
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    manager |= {"use_remote_address": True, "xff_num_trusted_hops": 1}
    return listener


def _object(key: str, text: str, more: str = "") -> str:
    text = f"format_string: {{text_format_source: {{inline_string: '{text}'}}}}"
    return f"{{{key}, {text}{more}}}"


_OBJECTS = ", ".join(
    [
        _object("object_key: k, factory_key: envoy.string", "%REQ(x)%", ", read_only: true"),
        _object("object_key: k, factory_key: envoy.string", "again", ", read_only: true"),
        _object("object_key: envoy.string", "first"),
        _object("object_key: envoy.string", "%REQ(y)%"),
        _object("object_key: envoy.network.ip", "%REQ(ip)%"),
        _object("object_key: skipped, factory_key: envoy.string", "", ", skip_if_empty: true"),
    ]
)
_ROUTE_OBJECT = _object("object_key: route, factory_key: envoy.string", "yes")


def _is(key: str, condition: str) -> str:
    return f"{{permissions: [{{any: true}}], principals: [{{filter_state: {{key: {key}, {condition}}}}}]}}"


_POLICIES = ", ".join(
    f"p{number}: {policy}"
    for number, policy in enumerate(
        [
            _is("k", "string_match: {exact: one}"),
            _is("k", "string_match: {exact: again}"),
            _is("envoy.string", "string_match: {exact: two}"),
            _is(
                "envoy.network.ip",
                "address_match: {ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}",
            ),
            _is(
                "envoy.network.ip",
                "address_match: {invert_match: true, ranges: [{address_prefix: 11.0.0.0, prefix_len: 8}]}",
            ),
            _is("skipped", 'string_match: {safe_regex: {regex: ".*"}}'),
            _is("route", "string_match: {exact: 'yes'}"),
        ]
    )
)
_STATE_ROUTES = (
    '[{match: {prefix: /route}, route: {cluster: up}, typed_per_filter_config: {state: {"@type": '
    f"{_STATE}, on_request_headers: [{_ROUTE_OBJECT}]}}}}}}, "
    f'{{match: {{prefix: /}}, route: {{cluster: up}}, typed_per_filter_config: {{od: {{"@type": {_DEMAND}}}}}}}]'
)


def _stats(name: str, *names: str) -> list[str]:
    return [f"http.{name}.ip_tagging.{each}" for each in names]


_HOSTS = ("host", "adds_to_host", "host_of_nobody")
GROUP = Group(
    bootstrap(
        [
            _tags("both", "request_type: BOTH"),
            _tags("internal", "request_type: INTERNAL"),
            _tags("external", "request_type: EXTERNAL"),
            _tags("replaces", "ip_tag_header: {header: Tags}"),
            _tags("adds", "ip_tag_header: {header: tags, action: APPEND_IF_EXISTS_OR_ADD}"),
            _tags("host", "ip_tag_header: {header: Host}"),
            _tags("adds_to_host", "ip_tag_header: {header: host, action: APPEND_IF_EXISTS_OR_ADD}"),
            _tags("host_of_nobody", "ip_tag_header: {header: host}", prefix="1.0.0.0"),
            _tags("replaces_nothing", "ip_tag_header: {header: tags}", prefix="1.0.0.0"),
            _behind("behind"),
            filtered(
                "of_file",
                [
                    http_filter(
                        "tags",
                        "ip_tagging.v3.IPTagging",
                        f"{{ip_tags_datasource: {{filename: {FILES / 'ip_tags.yaml'}}}}}",
                    )
                ],
                _ROUTES,
            ),
            filtered(
                "state",
                [
                    http_filter("od", "on_demand.v3.OnDemand"),
                    http_filter(
                        "state",
                        "set_filter_state.v3.Config",
                        f"{{on_request_headers: [{_OBJECTS}]}}",
                    ),
                    http_filter(
                        "reads",
                        "rbac.v3.RBAC",
                        f"{{rules: {{action: DENY, policies: {{{_POLICIES}}}}}}}",
                    ),
                ],
                _STATE_ROUTES,
            ),
        ],
        [cluster()],
    ),
    [
        Case(
            "tagged_and_routed_by_it",
            [get()],
            listener="both",
            stats=_stats("both", "total", "here.hit"),
        ),
        Case("beside_a_given_tag", [get("/", "x-envoy-ip-tags: given")], listener="both"),
        Case("a_client_inside", [get("/", "x-forwarded-for: 10.0.0.1")], listener="internal"),
        Case(
            "a_client_inside_is_not_asked_about",
            [get("/", "x-forwarded-for: 10.0.0.1")],
            listener="external",
        ),
        Case("a_client_outside", [get()], listener="external", stats=_stats("external", "total")),
        Case("a_client_outside_is_not_asked_about", [get()], listener="internal"),
        Case("a_header_replaced", [get("/", "tags: given", "tags: more")], listener="replaces"),
        Case("a_header_appended_to", [get("/", "tags: given")], listener="adds"),
        Case("a_header_added", [get()], listener="adds"),
        *(Case(f"a_tag_is_{name}", [get()], listener=name) for name in _HOSTS),
        Case("a_header_taken_away", [get("/", "tags: given")], listener="replaces_nothing"),
        Case(
            "no_tag",
            [get("/", "x-forwarded-for: 8.8.8.8")],
            listener="behind",
            stats=_stats("behind", "total", "no_hit"),
        ),
        Case(
            "another_tag",
            [get("/", "x-forwarded-for: 9.8.8.8")],
            listener="behind",
            stats=_stats("behind", "total", "there.hit"),
        ),
        Case(
            "two_tags",
            [get("/", "x-forwarded-for: 1.2.3.4")],
            listener="behind",
            loose=[Loose("exactly,here|here,exactly", "<both>", "Envoy has them in a hash table")],
            stats=_stats("behind", "total", "here.hit", "exactly.hit"),
        ),
        Case(
            "a_tag_of_a_file",
            [get()],
            listener="of_file",
            stats=_stats("of_file", "total", "here.hit"),
        ),
        Case("a_tag_of_ipv6", [get("/", "x-forwarded-for: 2001:db8::7")], listener="behind"),
        Case("no_object_fits", [get()], listener="state"),
        Case("an_object", [get("/", "x: one")], listener="state"),
        Case("an_object_replaced", [get("/", "y: two")], listener="state"),
        Case("an_address", [get("/", "ip: 10.1.1.1")], listener="state"),
        Case("another_address", [get("/", "ip: 12.1.1.1")], listener="state"),
        Case("no_address", [get("/", "ip: ten")], listener="state"),
        Case("of_a_route", [get("/route")], listener="state"),
    ],
    listener="both",
)
