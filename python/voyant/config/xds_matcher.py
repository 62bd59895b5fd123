"""Matching trees (`xds.type.matcher.v3.Matcher`).

    actions = Actions(...)   # what the owner's actions are
    tree = xds_matcher(message, at, use)

https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/advanced/matching/matching_api
"""

from collections.abc import Callable
from dataclasses import dataclass

from voyant import ir
from voyant.config import xds_matcher_input as inputs
from voyant.config.address import cidr_range
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto, new
from voyant.config.matcher import runtime_fraction, string_matcher
from voyant.config.unpack import type_name, unpack
from voyant.config.value_matcher import value_matcher, xds_ranges

_XDS = "xds.type.matcher.v3."
_TESTS = "envoy.extensions.matching.input_matchers."
MATCHER = Fields(f"{_XDS}Matcher", reads={"matcher_list", "matcher_tree", "on_no_match"})
ON_MATCH = Fields(f"{_XDS}Matcher.OnMatch", reads={"matcher", "action", "keep_matching"})
MATCHER_LIST = Fields(f"{_XDS}Matcher.MatcherList", reads={"matchers"})
FIELD_MATCHER = Fields(f"{_XDS}Matcher.MatcherList.FieldMatcher", reads={"predicate", "on_match"})
PREDICATE = Fields(
    f"{_XDS}Matcher.MatcherList.Predicate",
    reads={"single_predicate", "or_matcher", "and_matcher", "not_matcher"},
)
SINGLE = Fields(
    f"{_XDS}Matcher.MatcherList.Predicate.SinglePredicate",
    reads={"input", "value_match", "custom_match"},
)
PREDICATES = Fields(f"{_XDS}Matcher.MatcherList.Predicate.PredicateList", reads={"predicate"})
MATCHER_TREE = Fields(
    f"{_XDS}Matcher.MatcherTree",
    reads={"input", "exact_match_map", "prefix_match_map", "custom_match"},
)
MATCH_MAP = Fields(f"{_XDS}Matcher.MatcherTree.MatchMap", reads={"map"})
IP_MATCHER = Fields(f"{_XDS}IPMatcher", reads={"range_matchers"})
IP_RANGE = Fields(f"{_XDS}IPMatcher.IPRangeMatcher", reads={"ranges", "on_match", "exclusive"})
SERVER_NAME = Fields(f"{_XDS}ServerNameMatcher", reads={"domain_matchers"})
DOMAINS = Fields(f"{_XDS}ServerNameMatcher.DomainMatcher", reads={"domains", "on_match"})
STRING = Fields(
    f"{_XDS}StringMatcher",
    reads={"exact", "prefix", "suffix", "safe_regex", "contains", "ignore_case"},
    unsupported={"custom"},
)
REGEX = Fields(
    f"{_XDS}RegexMatcher",
    reads={"regex"},
    no_effect={"google_re2": "there is one kind of expression, and its limits are fixed"},
)
EXTENSION = Fields(
    "xds.core.v3.TypedExtensionConfig",
    reads={"name", "typed_config"},
)
IP_TEST = Fields(
    f"{_TESTS}ip.v3.Ip",
    reads={"cidr_ranges"},
    no_effect={"stat_prefix": "it names a count of addresses that cannot be read; none is given"},
)
HASHING = Fields(
    f"{_TESTS}consistent_hashing.v3.ConsistentHashing", reads={"threshold", "modulo", "seed"}
)
FRACTION = Fields(
    f"{_TESTS}runtime_fraction.v3.RuntimeFraction", reads={"runtime_fraction", "seed"}
)
METADATA = Fields(f"{_TESTS}metadata.v3.Metadata", reads={"value", "invert"})
"""The tests are `custom_match`es, each by the name of its message."""


@dataclass(frozen=True)
class Use:
    """Where a tree stands: what it may ask about, and what its actions are."""

    tree: str
    """What Envoy calls the tree."""
    inputs: frozenset[str]
    refusal: Callable[[str], str]
    """What is wrong with an input, by its type URL, that is not one of `inputs`."""
    action: Callable[[Proto, At], int | None]
    """The number of an action; None where it is of a type that cannot be here."""
    keep_matching: bool = False


def xds_matcher(message: Proto, at: At, use: Use) -> ir.XdsMatcher:
    """A tree; what is wrong with it is reported."""
    MATCHER.check(message, at)
    kind = message.WhichOneof("matcher_type")
    found: ir.XdsMatcherKind = ir.XdsMatcherKindNever()
    if kind == "matcher_list":
        found = _list(message.matcher_list, at.field(kind), use)
    elif kind == "matcher_tree":
        found = _tree(message.matcher_tree, at.field(kind), use) or found
    on_no_match = None
    if message.HasField("on_no_match"):
        on_no_match = _on_match(message.on_no_match, at.field("on_no_match"), use)
    return ir.XdsMatcher(kind=found, on_no_match=on_no_match)


def _on_match(message: Proto, at: At, use: Use) -> ir.OnMatch | None:
    ON_MATCH.check(message, at)
    outcome: ir.MatchOutcome
    if message.keep_matching and not use.keep_matching:
        wrong = "keep_matching is not supported in this context"
        at.field("keep_matching").error(_violation(use, wrong))
    kind = message.WhichOneof("on_match")
    if kind is None:
        return None
    if kind == "matcher":
        inner = xds_matcher(message.matcher, at.field(kind), use)
        outcome = ir.MatchOutcomeMatcher(matcher=inner)
    else:
        there = at.field(kind)
        EXTENSION.check(message.action, there)
        typed = unpack(message.action.typed_config, there.field("typed_config"))
        if typed is None:
            return None
        number = use.action(typed, there.field("typed_config"))
        if number is None:
            _unregistered(message.action, there)
            return None
        outcome = ir.MatchOutcomeAction(action=number)
    return ir.OnMatch(keep_matching=message.keep_matching, outcome=outcome)


def _violation(use: Use, wrong: str) -> str:
    return f"requirement violation while creating {use.tree}: INVALID_ARGUMENT: {wrong}"


def _unregistered(extension: Proto, at: At) -> None:
    at.field("typed_config").error(
        f"Didn't find a registered implementation for {extension.name!r} "
        f"with type URL: {type_name(extension.typed_config)!r}"
    )


def _list(message: Proto, at: At, use: Use) -> ir.XdsMatcherKind:
    MATCHER_LIST.check(message, at)
    matchers = []
    for i, each in enumerate(message.matchers):
        there = at.item("matchers", i)
        FIELD_MATCHER.check(each, there)
        predicate = _predicate(each.predicate, there.field("predicate"), use)
        on_match = _on_match(each.on_match, there.field("on_match"), use)
        if predicate is not None and on_match is not None:
            matchers.append(ir.FieldMatcher(predicate=predicate, on_match=on_match))
    return ir.XdsMatcherKindList(matchers=matchers)


def _predicate(message: Proto, at: At, use: Use) -> ir.Predicate | None:
    PREDICATE.check(message, at)
    kind = message.WhichOneof("match_type")
    if kind is None:
        return None
    inner, there = getattr(message, kind), at.field(kind)
    if kind == "single_predicate":
        return _single(inner, there, use)
    if kind == "not_matcher":
        predicate = _predicate(inner, there, use)
        return None if predicate is None else ir.PredicateNot(predicate=predicate)
    PREDICATES.check(inner, there)
    found = [_predicate(p, there.item("predicate", i), use) for i, p in enumerate(inner.predicate)]
    predicates = [each for each in found if each is not None]
    if kind == "or_matcher":
        return ir.PredicateOr(predicates=predicates)
    return ir.PredicateAnd(predicates=predicates)


def _single(message: Proto, at: At, use: Use) -> ir.Predicate | None:
    SINGLE.check(message, at)
    source = _input(message.input, at.field("input"), use)
    kind = message.WhichOneof("matcher")
    test: ir.InputTest | None
    if kind == "value_match":
        test = ir.InputTestString(matcher=_string(message.value_match, at.field(kind)))
    else:
        test = _custom_test(message.custom_match, at.field("custom_match"))
    if source is None or test is None:
        return None
    return ir.PredicateSingle(input=source, test=test)


def _string(message: Proto, at: At) -> ir.StringMatcher:
    STRING.check(message, at)
    if message.WhichOneof("match_pattern") == "safe_regex":
        REGEX.check(message.safe_regex, at.field("safe_regex"))
    # The same fields with the same numbers.
    same = new("envoy.type.matcher.v3.StringMatcher")
    same.MergeFromString(message.SerializeToString())
    return string_matcher(same, at)


def _custom_test(message: Proto, at: At) -> ir.InputTest | None:
    EXTENSION.check(message, at)
    there = at.field("typed_config")
    typed = unpack(message.typed_config, there)
    if typed is None:
        return None
    name = typed.DESCRIPTOR.full_name
    if name == IP_TEST.full_name:
        IP_TEST.check(typed, there)
        ranges = (
            cidr_range(r, there.item("cidr_ranges", i)) for i, r in enumerate(typed.cidr_ranges)
        )
        return ir.InputTestIp(ranges=[each for each in ranges if each is not None])
    if name == HASHING.full_name:
        HASHING.check(typed, there)
        if typed.threshold > typed.modulo:
            there.error(
                f"threshold cannot be greater than modulo: {typed.threshold} > {typed.modulo}"
            )
        return ir.InputTestConsistentHashing(
            threshold=typed.threshold, modulo=typed.modulo, seed=typed.seed
        )
    if name == FRACTION.full_name:
        FRACTION.check(typed, there)
        fraction = runtime_fraction(typed.runtime_fraction, there.field("runtime_fraction"))
        return ir.InputTestRuntimeFraction(fraction=fraction, seed=typed.seed)
    if name == METADATA.full_name:
        METADATA.check(typed, there)
        matcher = value_matcher(typed.value, there.field("value"))
        return ir.InputTestMetadata(matcher=matcher, invert=typed.invert)
    _not_here(message, at, "matcher")
    return None


def _not_here(extension: Proto, at: At, what: str) -> None:
    """Reports an extension that Envoy knows at such a place, or does not."""
    name = type_name(extension.typed_config)
    if ".matching." in name or name.startswith(_XDS):
        at.field("typed_config").error(
            f"the {what} {extension.name!r} ({name}) is not supported yet"
        )
    else:
        _unregistered(extension, at)


def _input(message: Proto, at: At, use: Use) -> ir.MatchInput | None:
    EXTENSION.check(message, at)
    there = at.field("typed_config")
    typed = unpack(message.typed_config, there)
    if typed is None:
        return None
    name = typed.DESCRIPTOR.full_name
    if name in use.inputs | inputs.OF_ENVIRONMENT:
        return inputs.translate(typed, there)
    if name in inputs.NOT_OF_HTTP:
        _unregistered(message, at)
    elif name in inputs.INPUTS:
        there.error(_violation(use, use.refusal(message.typed_config.type_url)))
    else:
        _not_here(message, at, "input")
    return None


def _tree(message: Proto, at: At, use: Use) -> ir.XdsMatcherKind | None:
    MATCHER_TREE.check(message, at)
    source = _input(message.input, at.field("input"), use)
    kind = message.WhichOneof("tree_type")
    if kind is None:
        return None
    there = at.field(kind)
    if kind == "custom_match":
        return _custom_tree(source, message.custom_match, there, use)
    held = getattr(message, kind)
    MATCH_MAP.check(held, there)
    found = (
        (key, _on_match(held.map[key], there.key("map", key), use)) for key in sorted(held.map)
    )
    entries = [ir.MapEntry(key=key, on_match=each) for key, each in found if each is not None]
    if source is None:
        return None
    if kind == "exact_match_map":
        return ir.XdsMatcherKindExact(input=source, entries=entries)
    return ir.XdsMatcherKindPrefix(input=source, entries=entries)


def _custom_tree(
    source: ir.MatchInput | None, message: Proto, at: At, use: Use
) -> ir.XdsMatcherKind | None:
    EXTENSION.check(message, at)
    there = at.field("typed_config")
    typed = unpack(message.typed_config, there)
    if typed is None:
        return None
    if typed.DESCRIPTOR.full_name == IP_MATCHER.full_name:
        ranges = _ip_entries(typed, there, use)
        return None if source is None else ir.XdsMatcherKindIp(input=source, entries=ranges)
    if typed.DESCRIPTOR.full_name == SERVER_NAME.full_name:
        domains = _domain_entries(typed, there, use)
        return None if source is None else ir.XdsMatcherKindDomain(input=source, entries=domains)
    _not_here(message, at, "matcher")
    return None


def _ip_entries(message: Proto, at: At, use: Use) -> list[ir.IpEntry]:
    IP_MATCHER.check(message, at)
    entries = []
    for i, each in enumerate(message.range_matchers):
        there = at.item("range_matchers", i)
        IP_RANGE.check(each, there)
        ranges = xds_ranges(each.ranges, there)
        on_match = _on_match(each.on_match, there.field("on_match"), use)
        if on_match is not None:
            entry = ir.IpEntry(ranges=ranges, on_match=on_match, exclusive=each.exclusive)
            entries.append(entry)
    return entries


def _domain_entries(message: Proto, at: At, use: Use) -> list[ir.DomainEntry]:
    SERVER_NAME.check(message, at)
    entries, seen = [], set[str]()
    for i, each in enumerate(message.domain_matchers):
        there = at.item("domain_matchers", i)
        DOMAINS.check(each, there)
        for j, domain in enumerate(each.domains):
            _check_domain(domain, there.item("domains", j), seen)
        on_match = _on_match(each.on_match, there.field("on_match"), use)
        if on_match is not None:
            entries.append(ir.DomainEntry(domains=list(each.domains), on_match=on_match))
    return entries


def _check_domain(domain: str, at: At, seen: set[str]) -> None:
    if not domain:
        at.error("Empty domain in ServerNameMatcher")
    elif ("*" in domain.removeprefix("*.") and domain != "*") or domain == "*.":
        at.error(
            f"Invalid wildcard domain format: {domain}. "
            "Only '*' and '*.domain' patterns are supported"
        )
    elif domain in seen:
        at.error(f"Duplicate domain in ServerNameMatcher: {domain}")
    seen.add(domain)
