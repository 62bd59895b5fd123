"""Filters between the router and a cluster's hosts: those of a cluster, or else of the router.

https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/http/upstream_filters
"""

from collections.abc import Sequence

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.http_filter import (
    HTTP_FILTER,
    Translators,
    http_filter,
    misplaced,
    never_disabled,
)
from voyant.config.unpack import type_name, unpack

UPSTREAM_CODEC = Fields("envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec", reads=())


def of_cluster(
    filters: Sequence[Proto], at: At, translators: Translators, elsewhere: frozenset[str]
) -> list[ir.HttpFilter]:
    """Those of a cluster."""
    if filters and not _is_codec(filters[-1]):
        at.item("http_filters", len(filters) - 1).error(
            "The codec filter is the only valid terminal upstream HTTP filter, "
            f"use '{UPSTREAM_CODEC.full_name}'"
        )
    return _chain(filters, at, "http_filters", "upstream http", (translators, elsewhere))


def of_router(
    filters: Sequence[Proto], at: At, translators: Translators, elsewhere: frozenset[str]
) -> list[ir.HttpFilter]:
    """Those of a router."""
    last = filters[-1] if filters else None
    if last is not None and type_name(last.typed_config) in translators and not _is_codec(last):
        at.item("upstream_http_filters", len(filters) - 1).error(
            f"{misplaced(last, 'router upstream http', terminal=False)} When upstream_http_filters "
            "are specified, they must explicitly end with an UpstreamCodec filter."
        )
    known = (translators, elsewhere)
    return _chain(filters, at, "upstream_http_filters", "router upstream http", known)


def _chain(
    filters: Sequence[Proto],
    at: At,
    field: str,
    kind: str,
    known: tuple[Translators, frozenset[str]],
) -> list[ir.HttpFilter]:
    found = []
    for i, each in enumerate(filters):
        there = at.item(field, i)
        if _is_codec(each):
            _check_end(each, there, kind, is_last=i == len(filters) - 1)
        elif (translated := http_filter(each, there, *known)) is not None:
            found.append(translated)
    return found


def _check_end(message: Proto, at: At, kind: str, *, is_last: bool) -> None:
    HTTP_FILTER.check(message, at)
    there = at.field("typed_config")
    typed = unpack(message.typed_config, there)
    if typed is not None:
        UPSTREAM_CODEC.check(typed, there)
    if not is_last:
        at.error(misplaced(message, kind, terminal=True))
    elif message.disabled:
        at.field("disabled").error(never_disabled(message.name))


def _is_codec(message: Proto) -> bool:
    return type_name(message.typed_config) == UPSTREAM_CODEC.full_name
