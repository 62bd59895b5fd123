"""What filters have left of a request when it is redirected: filter state and metadata.

The marks come from headers that the first route removes, so that the second pass of the filters
leaves nothing; the second route tells the upstream what is still there.
"""

from tests.parity.config import bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, Server, get, post, response
from tests.parity.steps import Messages

_KEYS = ("plain", "shared", "fixed")
_MORE = {"plain": "", "shared": "shared_with_upstream: TRANSITIVE, ", "fixed": "read_only: true, "}


def _object(key: str) -> str:
    return (
        f"{{object_key: k-{key}, factory_key: envoy.string, skip_if_empty: true, {_MORE[key]}"
        "format_string: {text_format_source: {inline_string: "
        f'"%REQ(m-{key})%"}}, omit_empty_values: true}}}}'
    )


_STATE = http_filter(
    "state",
    "set_filter_state.v3.Config",
    f"{{on_request_headers: [{', '.join(_object(key) for key in _KEYS)}]}}",
)
_METADATA = http_filter(
    "metadata",
    "header_to_metadata.v3.Config",
    "{request_rules: [{header: m-meta, on_header_present: {metadata_namespace: ns, key: m}}]}",
)


def _tell(start: str) -> str:
    headers = [(key, f"%FILTER_STATE(k-{key}:PLAIN)%") for key in _KEYS]
    headers.append(("meta", "%DYNAMIC_METADATA(ns:m)%"))
    each = (f"{{header: {{key: {start}-{key}, value: '{value}'}}}}" for key, value in headers)
    return f"request_headers_to_add: [{', '.join(each)}]"


_LISTED = (
    '{name: p, typed_config: {"@type": type.googleapis.com/envoy.extensions.internal_redirect.'
    "allow_listed_routes.v3.AllowListedRoutesConfig, allowed_route_names: [with]}}"
)
_ROUTES = f"""
- match: {{prefix: /listed}}
  route: {{cluster: up, internal_redirect_policy: {{predicates: [{_LISTED}]}}}}
  request_headers_to_remove: [m-plain]
- match: {{prefix: /on}}
  route: {{cluster: up, internal_redirect_policy: {{max_internal_redirects: 2}}}}
  {_tell("x")}
  request_headers_to_remove: [m-plain, m-shared, m-fixed, m-meta]
- match: {{prefix: /target}}
  route: {{cluster: other}}
  {_tell("y")}
- match:
    prefix: /asks
    filter_state: [{{key: k-plain, string_match: {{exact: a}}}}]
  name: with
  route: {{cluster: other}}
  request_headers_to_add: [{{header: {{key: x-route, value: with}}}}]
- match:
    prefix: /asks
    dynamic_metadata: [{{filter: ns, path: [{{key: m}}], value: {{string_match: {{exact: a}}}}}}]
  route: {{cluster: other}}
  request_headers_to_add: [{{header: {{key: x-route, value: with-metadata}}}}]
- match: {{prefix: /asks}}
  route: {{cluster: other}}
  request_headers_to_add: [{{header: {{key: x-route, value: without}}}}]
"""


def _redirect(path: str) -> bytes:
    return response("302 Found", f"location: http://a.test{path}")


def _case(name: str, *lines: str, to: str = "/target") -> Case:
    return Case(name, [get("/on", *lines), Messages(1)], {"up": [_redirect(to)]})


_ALL = [f"m-{key}: a" for key in (*_KEYS, "meta")]

GROUP = Group(
    bootstrap(
        [filtered("http", [_METADATA, _STATE], _ROUTES)],
        [cluster(), cluster("other")],
    ),
    [
        _case("nothing"),
        _case("state", "m-plain: a"),
        _case("shared_state", "m-shared: a"),
        _case("read_only_state", "m-fixed: a"),
        _case("metadata", "m-meta: a"),
        _case("all", *_ALL),
        _case("the_new_route_asks", "m-plain: a", to="/asks"),
        _case("the_new_route_asks_metadata", "m-meta: a", to="/asks"),
        _case("the_new_route_asks_in_vain", to="/asks"),
        Case(
            "a_predicate_asks_the_route_of_before",
            [get("/listed", "m-plain: a"), Messages(1)],
            {"up": [_redirect("/asks")]},
        ),
        Case(
            "a_predicate_asks_in_vain",
            [get("/listed"), Messages(1)],
            {"up": [_redirect("/asks")]},
        ),
        Case(
            "twice",
            [get("/on", *_ALL), Messages(1)],
            {"up": [_redirect("/on/2"), _redirect("/target")]},
        ),
        Case(
            "the_next_request",
            [get("/on", *_ALL), Messages(1), get("/on"), Messages(2)],
            {"up": [_redirect("/target"), _redirect("/target")]},
        ),
        Case("post", [post("/on", b"body", *_ALL), Messages(1)], {"up": [_redirect("/target")]}),
    ],
    upstreams={"up": Server(), "other": Server()},
)
