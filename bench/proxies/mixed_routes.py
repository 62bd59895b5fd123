"""Routes of all kinds for `make bench-routes`, in a list and behind a matching tree.

Each route has a path of its own or asks for a value of its own, so that the last of thousands is
found by no luck. The first and the last are plain prefixes: those are the ones that are asked.
"""

from __future__ import annotations

from collections.abc import Iterator

_TYPES = "type.googleapis.com"
_TEMPLATE = f"{_TYPES}/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig"
_HEADER = f"{_TYPES}/envoy.type.matcher.v3.HttpRequestHeaderMatchInput"
_ROUTE = f"{_TYPES}/envoy.config.route.v3.Route"

PREFIX = 'prefix: "{path}"'
KINDS = (
    PREFIX,
    'path: "{path}"',
    'path_separated_prefix: "/service-{index}/sub"',
    'safe_regex: {{regex: "/service-{index}/[0-9]+"}}',
    'path_match_policy: {{name: t, typed_config: {{"@type": '
    + _TEMPLATE
    + ', path_template: "/service-{index}/{{id}}/parts"}}}}',
    'prefix: /, headers: [{{name: x-tenant, string_match: {{exact: "{index}"}}}}]',
    'prefix: /, query_parameters: [{{name: tenant, string_match: {{exact: "{index}"}}}}]',
    'prefix: /, cookies: [{{name: tenant, string_match: {{exact: "{index}"}}}}]',
    'prefix: "{path}", grpc: {{}}, '
    "runtime_fraction: {{default_value: {{numerator: 100}}, runtime_key: share}}",
    "prefix: /, dynamic_metadata: "
    '[{{filter: ns, path: [{{key: k}}], value: {{string_match: {{exact: "{index}"}}}}}}]',
)


def _matches(count: int) -> Iterator[str]:
    for index in range(count):
        kind = PREFIX if index in (0, count - 1) else KINDS[index % len(KINDS)]
        yield kind.format(path=f"/service-{index}/", index=index)


def as_list(count: int) -> str:
    """A virtual host with `count` routes of mixed kinds to one cluster."""
    routes = "".join(
        f"              - {{match: {{{match}}}, route: {{cluster: backend}}}}\n"
        for match in _matches(count)
    )
    return f'            - name: all\n              domains: ["*"]\n              routes:\n{routes}'


def as_tree(count: int) -> str:
    """The same routes, each behind a condition on the path of a matching tree."""
    matchers = "".join(
        f"                  - {_matcher(index, match)}\n"
        for index, match in enumerate(_matches(count))
    )
    return (
        '            - name: all\n              domains: ["*"]\n              matcher:\n'
        f"                matcher_list:\n                  matchers:\n{matchers}"
    )


def _matcher(index: int, match: str) -> str:
    source = f'{{name: path, typed_config: {{"@type": {_HEADER}, header_name: ":path"}}}}'
    test = (
        f'{{single_predicate: {{input: {source}, value_match: {{prefix: "/service-{index}/"}}}}}}'
    )
    route = f'{{"@type": {_ROUTE}, match: {{{match}}}, route: {{cluster: backend}}}}'
    return f"{{predicate: {test}, on_match: {{action: {{name: r, typed_config: {route}}}}}}}"
