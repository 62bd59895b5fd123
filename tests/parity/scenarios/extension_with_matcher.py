"""Filters that matching trees pass over: every kind of tree, of input and of test.

The filter denies all requests, so that a 200 tells that it was passed over.
"""

from tests.parity.config import Node, bootstrap, cluster, filtered, load
from tests.parity.scenario import Case, Group, get

_TYPES = "type.googleapis.com"
_XDS = f"{_TYPES}/xds.type.matcher.v3"
_HTTP = f"{_TYPES}/envoy.type.matcher.v3"
_NETWORK = f"{_TYPES}/envoy.extensions.matching.common_inputs.network.v3"
_TESTS = f"{_TYPES}/envoy.extensions.matching.input_matchers"
_MATCHING = f"{_TYPES}/envoy.extensions.common.matching.v3"
_RBAC = f"{_TYPES}/envoy.extensions.filters.http.rbac.v3.RBAC"
_SKIP = (
    '{action: {name: skip, typed_config: {"@type": '
    f"{_TYPES}/envoy.extensions.filters.common.matcher.action.v3.SkipFilter}}}}}}"
)


def _typed(kind: str, fields: str = "") -> str:
    return f'{{name: ext, typed_config: {{"@type": {kind}, {fields}}}}}'


def _header(name: str = "x") -> str:
    return _typed(f"{_HTTP}.HttpRequestHeaderMatchInput", f"header_name: {name}")


def _single(value: str, source: str = "", match: str = "value_match") -> str:
    return f"{{single_predicate: {{input: {source or _header()}, {match}: {value}}}}}"


def _when(predicate: str, then: str = _SKIP) -> str:
    return f"{{predicate: {predicate}, on_match: {then}}}"


def _list(*matchers: str, more: str = "") -> str:
    return f"{{matcher_list: {{matchers: [{', '.join(matchers)}]}}{more}}}"


def _map(kind: str, source: str = "", more: str = "", **entries: str) -> str:
    held = ", ".join(f'"{key}": {to}' for key, to in entries.items())
    return f"{{matcher_tree: {{input: {source or _header()}, {kind}: {{map: {{{held}}}}}}}{more}}}"


def _custom(config: str, source: str = "") -> str:
    return f"{{matcher_tree: {{input: {source or _header()}, custom_match: {config}}}}}"


def _inner(tree: str) -> str:
    return f"{{matcher: {tree}}}"


_NOWHERE = _inner(_list(_when(_single("{exact: never}"))))
_A, _B = _single("{exact: a}"), _single("{exact: b}", _header("w"))
_RESPONSE = _single("{exact: a}", _typed(f"{_HTTP}.HttpResponseHeaderMatchInput", "header_name: x"))


def _ranges(*entries: tuple[str, int, str, str]) -> str:
    held = ", ".join(
        f"{{ranges: [{{address_prefix: {ip}, prefix_len: {length}}}], on_match: {to}{more}}}"
        for ip, length, to, more in entries
    )
    return _typed(f"{_XDS}.IPMatcher", f"range_matchers: [{held}]")


_TREES = {
    "first": _list(_when(_A, _NOWHERE), _when(_B)),
    "or": _list(_when(f"{{or_matcher: {{predicate: [{_A}, {_B}]}}}}")),
    "and": _list(_when(f"{{and_matcher: {{predicate: [{_A}, {_B}]}}}}")),
    "not": _list(_when(f"{{not_matcher: {_A}}}")),
    "otherwise": _list(_when(_A, _NOWHERE), more=f", on_no_match: {_SKIP}"),
    "later": _list(_when(_RESPONSE), _when(_A)),
    "exact": _map("exact_match_map", a=_SKIP, b=_NOWHERE),
    "exact_else": _map("exact_match_map", more=f", on_no_match: {_SKIP}", a=_NOWHERE, b=_NOWHERE),
    "prefix": _map("prefix_match_map", a=_SKIP, ab=_NOWHERE, b=_NOWHERE, bc=_SKIP),
    "ranges": _custom(
        _ranges(
            ("10.0.0.0", 8, _SKIP, ""),
            ("11.0.0.0", 8, _SKIP, ", exclusive: true"),
            ("11.1.0.0", 16, _NOWHERE, ""),
            ("10.1.0.0", 16, _NOWHERE, ""),
        )
    ),
    "domains": _custom(
        _typed(
            f"{_XDS}.ServerNameMatcher",
            f'domain_matchers: [{{domains: [a.b, "*.c.d", "*.a.b"], on_match: {_SKIP}}}, '
            f'{{domains: ["x.c.d"], on_match: {_NOWHERE}}}]',
        )
    ),
    "any_domain": _custom(
        _typed(
            f"{_XDS}.ServerNameMatcher", f'domain_matchers: [{{domains: ["*"], on_match: {_SKIP}}}]'
        )
    ),
    "query": _list(
        _when(
            _single(
                "{exact: 'c d'}",
                _typed(f"{_HTTP}.HttpRequestQueryParamMatchInput", "query_param: a b"),
            )
        )
    ),
    "source": _list(
        _when(
            _single(
                _typed(
                    f"{_TESTS}.ip.v3.Ip",
                    "stat_prefix: s, cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]",
                ),
                _typed(f"{_NETWORK}.SourceIPInput"),
                "custom_match",
            )
        )
    ),
    "other_source": _list(
        _when(
            _single(
                _typed(
                    f"{_TESTS}.ip.v3.Ip",
                    "stat_prefix: s, cidr_ranges: [{address_prefix: 9.0.0.0, prefix_len: 8}]",
                ),
                _typed(f"{_NETWORK}.DirectSourceIPInput"),
                "custom_match",
            )
        )
    ),
    "local": _list(_when(_single("{exact: local}", _typed(f"{_NETWORK}.SourceTypeInput")))),
    "destination": _map(
        "exact_match_map", _typed(f"{_NETWORK}.DestinationIPInput"), **{"127.0.0.1": _SKIP}
    ),
    "port": _list(
        _when(
            _single(
                "{safe_regex: {google_re2: {}, regex: '[0-9]+'}}",
                _typed(f"{_NETWORK}.SourcePortInput"),
            )
        )
    ),
    "name": _list(
        _when(
            _single(
                '{safe_regex: {google_re2: {}, regex: ".*"}}', _typed(f"{_NETWORK}.ServerNameInput")
            )
        )
    ),
    "namespace": _list(
        _when(
            _single(
                '{safe_regex: {google_re2: {}, regex: ".*"}}',
                _typed(f"{_NETWORK}.NetworkNamespaceInput"),
            )
        )
    ),
    "hashed": _list(
        _when(
            _single(
                _typed(
                    f"{_TESTS}.consistent_hashing.v3.ConsistentHashing",
                    "threshold: 50, modulo: 100, seed: 7",
                ),
                match="custom_match",
            )
        )
    ),
    "drawn": _list(
        _when(
            _single(
                _typed(
                    f"{_TESTS}.runtime_fraction.v3.RuntimeFraction",
                    "seed: 3, runtime_fraction: {default_value: {numerator: 50}, runtime_key: k}",
                ),
                match="custom_match",
            )
        )
    ),
    "no_metadata": _list(
        _when(
            _single(
                _typed(
                    f"{_TESTS}.metadata.v3.Metadata",
                    "value: {string_match: {exact: a}}, invert: true",
                ),
                _typed(f"{_NETWORK}.DynamicMetadataInput", "filter: ns, path: [{key: k}]"),
                "custom_match",
            )
        )
    ),
    "no_state": _list(
        _when(
            _single(
                '{safe_regex: {google_re2: {}, regex: ".*"}}',
                _typed(f"{_NETWORK}.FilterStateInput", "key: k"),
            )
        )
    ),
}


def _filter(tree: str, field: str = "xds_matcher") -> Node:
    inner = f'{{name: rbac, typed_config: {{"@type": {_RBAC}, rules: {{}}}}}}'
    held = f", {field}: {tree}" if tree else ""
    config = f'{{"@type": {_MATCHING}.ExtensionWithMatcher, extension_config: {inner}{held}}}'
    node: Node = load(f"{{name: denies, typed_config: {config}}}")
    return node


def _route(path: str, tree: str) -> str:
    config = f'{{"@type": {_MATCHING}.ExtensionWithMatcherPerRoute{tree}}}'
    return (
        f"{{match: {{prefix: {path}}}, route: {{cluster: up}}, "
        f"typed_per_filter_config: {{denies: {config}}}}}"
    )


_ROUTES = (
    f"[{_route('/skips', f', xds_matcher: {{on_no_match: {_SKIP}}}')}, "
    f"{_route('/asks', f', xds_matcher: {_list(_when(_A))}')}, {_route('/empty', '')}, "
    "{match: {prefix: /}, route: {cluster: up}}]"
)


def _asked(tree: str, *values: str, path: str = "/", more: str = "") -> list[Case]:
    lines = [more] if more else []
    return [
        Case(
            f"{tree}_{value or 'empty'}{'_more' if more else ''}",
            [get(path, f"x: {value}", *lines)],
            listener=tree,
        )
        for value in values
    ]


GROUP = Group(
    bootstrap(
        [
            *(filtered(name, [_filter(tree)], _ROUTES) for name, tree in _TREES.items()),
            filtered("none", [_filter("")], _ROUTES),
            filtered("older", [_filter(_TREES["or"], "matcher")], _ROUTES),
        ],
        [cluster()],
    ),
    [
        *_asked("first", "a", "b"),
        *_asked("first", "a", more="w: b"),
        *_asked("or", "a", "b"),
        *_asked("or", "c", more="w: b"),
        *_asked("and", "a", "b"),
        *_asked("and", "a", more="w: b"),
        *_asked("not", "a", "b"),
        *_asked("otherwise", "a", "b"),
        *_asked("later", "a", "b"),
        *_asked("exact", "a", "b", "ab", ""),
        *_asked("exact", "a", more="x: b"),
        *_asked("exact_else", "a", "b", "c"),
        *_asked("prefix", "a", "abc", "b", "bcd", "c"),
        *_asked(
            "ranges", "10.2.0.1", "10.1.0.1", "11.2.0.1", "11.1.0.1", "12.0.0.1", "text", "::1"
        ),
        *_asked("domains", "a.b", "A.B", "x.c.d", "y.c.d", "y.x.c.d", ".c.d", "c.d", "z.a.b"),
        *_asked("any_domain", "a", ""),
        *_asked("query", "1", path="/?a%20b=c%20d"),
        *_asked("query", "2", path="/?a%20b=x&a%20b=c%20d"),
        *_asked("query", "3", path="/?a+b=c+d"),
        *(
            Case(name, [get()], listener=name)
            for name in ("source", "other_source", "local", "destination")
        ),
        *(
            Case(name, [get()], listener=name)
            for name in ("port", "name", "namespace", "no_metadata", "no_state")
        ),
        *_asked("hashed", *(f"value{number}" for number in range(6))),
        *_asked("drawn", *(f"value{number}" for number in range(6))),
        *_asked("none", "a"),
        *_asked("older", "a", "c"),
        Case("a_route_skips", [get("/skips")], listener="and"),
        Case("a_route_asks", [get("/asks", "x: a"), get("/asks", "x: b")], listener="not"),
        Case("a_route_has_an_empty_tree", [get("/empty", "x: b")], listener="not"),
        Case(
            "a_route_asks_where_the_filter_does_not",
            [get("/asks", "x: a"), get("/asks")],
            listener="none",
        ),
        Case("a_route_with_an_empty_tree_alone", [get("/empty")], listener="none"),
    ],
    listener="or",
)
