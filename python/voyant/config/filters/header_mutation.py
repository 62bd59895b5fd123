"""The header mutation filter: changes heads, trailers and queries."""

from msgspec.structs import asdict

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.format import formatter_names, parse
from voyant.config.header_mutation import append_action, header_add
from voyant.config.matcher import string_matcher

_V3 = "envoy.extensions.filters.http.header_mutation.v3"
_RULES = "envoy.config.common.mutation_rules.v3.HeaderMutation"
HEADER_MUTATION = Fields(
    f"{_V3}.HeaderMutation", reads={"mutations", "most_specific_header_mutations_wins"}
)
PER_ROUTE = Fields(f"{_V3}.HeaderMutationPerRoute", reads={"mutations"})
MUTATIONS = Fields(
    f"{_V3}.Mutations",
    reads={
        "request_mutations",
        "query_parameter_mutations",
        "response_mutations",
        "response_trailers_mutations",
        "request_trailers_mutations",
        "formatters",
    },
)
MUTATION = Fields(_RULES, reads={"remove", "append", "remove_on_match"})
REMOVE_ON_MATCH = Fields(f"{_RULES}.RemoveOnMatch", reads={"key_matcher"})
KEY_VALUE_MUTATION = Fields("envoy.config.core.v3.KeyValueMutation", reads={"append", "remove"})
KEY_VALUE_APPEND = Fields(
    "envoy.config.core.v3.KeyValueAppend",
    reads={"record", "action"},
    no_effect={"entry": "it is deprecated, and Envoy reads `record` alone"},
)
KEY_VALUE_PAIR = Fields("envoy.config.core.v3.KeyValuePair", reads={"key", "value"})


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The filter's own changes."""
    HEADER_MUTATION.check(message, at)
    return ir.HttpFilterKindHeaderMutation(
        mutations=_mutations(message.mutations, at.field("mutations")),
        most_specific_wins=message.most_specific_header_mutations_wins,
    )


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """What a level of a route changes beside them."""
    PER_ROUTE.check(message, at)
    mutations = _mutations(message.mutations, at.field("mutations"))
    return ir.PerRouteKindHeaderMutation(**asdict(mutations))


def _mutations(message: Proto, at: At) -> ir.Mutations:
    MUTATIONS.check(message, at)
    formatters = formatter_names(message, at)
    found = (
        _query_mutation(each, at.item("query_parameter_mutations", i), formatters)
        for i, each in enumerate(message.query_parameter_mutations)
    )
    return ir.Mutations(
        request=_list(message, "request_mutations", at, formatters),
        query_parameters=[each for each in found if each is not None],
        request_trailers=_list(message, "request_trailers_mutations", at, formatters),
        response=_list(message, "response_mutations", at, formatters),
        response_trailers=_list(message, "response_trailers_mutations", at, formatters),
    )


def _list(message: Proto, field: str, at: At, formatters: frozenset[str]) -> list[ir.Mutation]:
    found = enumerate(getattr(message, field))
    return [_mutation(each, at.item(field, i), formatters) for i, each in found]


def _mutation(message: Proto, at: At, formatters: frozenset[str]) -> ir.Mutation:
    MUTATION.check(message, at)
    kind = message.WhichOneof("action")
    if kind == "append":
        return ir.MutationAdd(header=header_add(message.append, at.field("append"), formatters))
    if kind == "remove_on_match":
        there = at.field("remove_on_match")
        REMOVE_ON_MATCH.check(message.remove_on_match, there)
        matcher = string_matcher(message.remove_on_match.key_matcher, there.field("key_matcher"))
        return ir.MutationRemoveMatching(matcher=matcher)
    return ir.MutationRemove(name=message.remove.lower())


def _query_mutation(
    message: Proto, at: At, formatters: frozenset[str]
) -> ir.QueryParameterMutation | None:
    KEY_VALUE_MUTATION.check(message, at)
    if message.HasField("append") and message.remove:
        at.error("Only one of 'append'/'remove can be specified.")
    if message.HasField("append"):
        append, there = message.append, at.field("append")
        KEY_VALUE_APPEND.check(append, there)
        if not append.HasField("record"):
            there.error("No record specified for append mutation.")
            return None
        KEY_VALUE_PAIR.check(append.record, there.field("record"))
        value_at = there.field("record").field("value")
        if append.record.value.WhichOneof("kind") != "string_value":
            value_at.error("Only string value is allowed for record value.")
            return None
        text = append.record.value.string_value
        return ir.QueryParameterMutationAdd(
            key=append.record.key,
            value=parse(text, value_at, formatters=formatters),
            action=append_action(append, "action"),
        )
    if message.remove:
        return ir.QueryParameterMutationRemove(key=message.remove)
    at.error("One of 'append'/'remove' must be specified.")
    return None
