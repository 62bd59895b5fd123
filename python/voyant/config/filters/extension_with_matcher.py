"""A filter that a matching tree may pass over (`ExtensionWithMatcher`).

https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/advanced/matching/matching_api
"""

from collections.abc import Callable

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto, new
from voyant.config.errors import nearest
from voyant.config.unpack import type_name, unpack
from voyant.config.xds_matcher import Use, xds_matcher
from voyant.config.xds_matcher_input import INPUTS

EXTENSION_WITH_MATCHER = Fields(
    "envoy.extensions.common.matching.v3.ExtensionWithMatcher",
    reads={"matcher", "xds_matcher", "extension_config"},
)
PER_ROUTE = Fields(
    "envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute", reads={"xds_matcher"}
)
EXTENSION = Fields(
    "envoy.config.core.v3.TypedExtensionConfig",
    reads={"typed_config"},
    no_effect={"name": "the type of typed_config decides"},
    where="with a matcher",
)
_OLDER = "envoy.config.common.matcher.v3.Matcher"
OLDER_MATCHER = [
    Fields(_OLDER, reads={"matcher_list", "matcher_tree", "on_no_match"}),
    Fields(f"{_OLDER}.OnMatch", reads={"matcher", "action", "keep_matching"}),
    Fields(f"{_OLDER}.MatcherList", reads={"matchers"}),
    Fields(f"{_OLDER}.MatcherList.FieldMatcher", reads={"predicate", "on_match"}),
    Fields(
        f"{_OLDER}.MatcherList.Predicate",
        reads={"single_predicate", "or_matcher", "and_matcher", "not_matcher"},
    ),
    Fields(
        f"{_OLDER}.MatcherList.Predicate.SinglePredicate",
        reads={"input", "value_match", "custom_match"},
    ),
    Fields(f"{_OLDER}.MatcherList.Predicate.PredicateList", reads={"predicate"}),
    Fields(
        f"{_OLDER}.MatcherTree",
        reads={"input", "exact_match_map", "prefix_match_map", "custom_match"},
    ),
    Fields(f"{_OLDER}.MatcherTree.MatchMap", reads={"map"}),
]
"""The message of old, which is read as `xds.type.matcher.v3.Matcher`."""
SKIP = Fields("envoy.extensions.filters.common.matcher.action.v3.SkipFilter", reads=())

_SKIP = 0


def translate_with(
    message: Proto, at: At, filters: dict[str, Callable[[Proto, At], ir.HttpFilterKind]]
) -> ir.HttpFilterKind:
    """One of the filters and its tree."""
    EXTENSION_WITH_MATCHER.check(message, at)
    tree, there = message.xds_matcher, at.field("xds_matcher")
    if message.HasField("matcher"):
        # The older message has the same fields with the same numbers.
        tree, there = new("xds.type.matcher.v3.Matcher"), at.field("matcher")
        tree.MergeFromString(message.matcher.SerializeToString())
    given = message.HasField("xds_matcher") or message.HasField("matcher")
    # What a filter that is not there does with its actions is not known.
    known = type_name(message.extension_config.typed_config) in filters
    matcher = _tree(tree, there, any_action=not known) if given else None
    inner = _inner(message.extension_config, at.field("extension_config"), filters)
    return ir.HttpFilterKindExtensionWithMatcher(filter=inner, matcher=matcher)


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """The tree of a route, in place of the filter's."""
    PER_ROUTE.check(message, at)
    matcher = None
    if message.HasField("xds_matcher"):
        matcher = _tree(message.xds_matcher, at.field("xds_matcher"))
    return ir.PerRouteKindExtensionWithMatcher(matcher=matcher)


def _tree(message: Proto, at: At, *, any_action: bool = False) -> ir.XdsMatcher:
    def action(typed: Proto, there: At) -> int | None:
        if any_action:
            return _SKIP
        if typed.DESCRIPTOR.full_name != SKIP.full_name:
            return None
        SKIP.check(typed, there)
        return _SKIP

    # All inputs may be here.
    use = Use(tree="match tree", inputs=INPUTS, refusal=lambda _: "", action=action)
    return xds_matcher(message, at, use)


def _inner(
    message: Proto, at: At, filters: dict[str, Callable[[Proto, At], ir.HttpFilterKind]]
) -> ir.HttpFilterKind:
    EXTENSION.check(message, at)
    there = at.field("typed_config")
    # What stands for a filter that was refused is not used.
    nothing = ir.HttpFilterKindRbac(
        enforced=None,
        shadow=None,
        rules_stat_prefix="",
        shadow_rules_stat_prefix="",
        track_per_rule_stats=False,
    )
    typed = unpack(message.typed_config, there)
    if typed is None:
        return nothing
    translate = filters.get(typed.DESCRIPTOR.full_name)
    kind = nothing if translate is None else translate(typed, there)
    if translate is None or isinstance(kind, ir.HttpFilterKindRouter):
        name = type_name(message.typed_config)
        short = [known.rpartition(".")[2] for known in filters]
        there.field("@type").error(
            f"the HTTP filter {message.name!r} ({name}) is not supported yet with a matcher",
            hint=nearest(name.rpartition(".")[2], short),
        )
        return nothing
    return kind
