"""Statistics: which are kept, how their names become tags, the bounds of histograms."""

import re

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import string_matcher
from voyant.config.options import Options
from voyant.config.regex import translate
from voyant.config.scalar import duration_ms, wrapped_bool
from voyant.config.tag_rules import DEFAULT_TAG_RULES

STATS_CONFIG = Fields(
    "envoy.config.metrics.v3.StatsConfig",
    reads={"stats_tags", "use_all_default_tags", "stats_matcher", "histogram_bucket_settings"},
    unsupported={"allow_default_tag_overrides"},
)
TAG_SPECIFIER = Fields(
    "envoy.config.metrics.v3.TagSpecifier", reads={"tag_name", "regex", "fixed_value"}
)
STATS_MATCHER = Fields(
    "envoy.config.metrics.v3.StatsMatcher",
    reads={"reject_all", "exclusion_list", "inclusion_list"},
)
STRING_LIST = Fields("envoy.type.matcher.v3.ListStringMatcher", reads={"patterns"})
BUCKETS = Fields(
    "envoy.config.metrics.v3.HistogramBucketSettings",
    reads={"match", "buckets"},
    unsupported={"bins"},
)

DEFAULT_FLUSH_MS = 5_000
_DEFAULT_RULES = [ir.StatsTagRule(name=name, regex=regex) for name, regex in DEFAULT_TAG_RULES]


def stats(bootstrap: Proto, at: At, options: Options) -> ir.Stats:
    """From `stats_config`, the flush interval and `--stats-tag`."""
    config, there = bootstrap.stats_config, at.field("stats_config")
    STATS_CONFIG.check(config, there)
    fixed = [ir.StatsTag(name=name, value=value) for name, value in options.stats_tag]
    defaults = wrapped_bool(config, "use_all_default_tags", True)
    rules = list(_DEFAULT_RULES) if defaults else []
    for i, specifier in enumerate(config.stats_tags):
        _add_tag(specifier, there.item("stats_tags", i), fixed, rules)
    buckets = (
        _buckets(settings, there.item("histogram_bucket_settings", i))
        for i, settings in enumerate(config.histogram_bucket_settings)
    )
    return ir.Stats(
        flush_interval_ms=duration_ms(bootstrap, "stats_flush_interval", DEFAULT_FLUSH_MS),
        fixed_tags=fixed,
        tag_rules=rules,
        matcher=_matcher(config.stats_matcher, there.field("stats_matcher")),
        # Without bounds of their own, histograms have the usual ones.
        histogram_buckets=[each for each in buckets if each.buckets],
    )


def _add_tag(
    specifier: Proto, at: At, fixed: list[ir.StatsTag], rules: list[ir.StatsTagRule]
) -> None:
    TAG_SPECIFIER.check(specifier, at)
    name = specifier.tag_name
    if not name:
        at.field("tag_name").error("tag_name cannot be empty")
    if specifier.WhichOneof("tag_value") == "fixed_value":
        fixed.append(ir.StatsTag(name=name, value=specifier.fixed_value))
    elif specifier.regex:
        there = at.field("regex")
        rule = translate(without_look_ahead(specifier.regex), there, text=True)
        if rule and re.search(r"\((?!\?[^P<])", rule) is None:
            there.warn("without a (group) in the expression nothing becomes the tag")
        rules.append(ir.StatsTagRule(name=name, regex=rule))
    else:
        found = [rule for rule in _DEFAULT_RULES if rule.name == name]
        if not found and name:
            at.error(
                f"No regex specified for tag specifier and no default regex for name: '{name}'"
            )
        rules += [rule for rule in found if rule not in rules]


def without_look_ahead(pattern: str) -> str:
    """Envoy's tag rules may look ahead, the engine's cannot; Istio's say no more than this does.

    What begins with a dot and is followed by `\\.` is nothing, or a dot and more.
    """
    return pattern.replace(r"(?=\.).*?\.", r"(?:\..*?)??\.")


def _matcher(message: Proto, at: At) -> ir.StatsMatcher | None:
    STATS_MATCHER.check(message, at)
    kind = message.WhichOneof("stats_matcher")
    if kind == "reject_all":
        return ir.StatsMatcher(inclusive=True, patterns=[]) if message.reject_all else None
    if kind is None:
        return None
    patterns, there = getattr(message, kind), at.field(kind)
    STRING_LIST.check(patterns, there)
    return ir.StatsMatcher(
        inclusive=kind == "inclusion_list",
        patterns=[
            string_matcher(pattern, there.item("patterns", i))
            for i, pattern in enumerate(patterns.patterns)
        ],
    )


def _buckets(settings: Proto, at: At) -> ir.HistogramBuckets:
    BUCKETS.check(settings, at)
    return ir.HistogramBuckets(
        name=string_matcher(settings.match, at.field("match")), buckets=sorted(settings.buckets)
    )
