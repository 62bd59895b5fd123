"""Scoped routes that are given inline: route tables chosen by a key from the headers."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.route import empty_route_configuration, route_configuration

_HCM = "envoy.extensions.filters.network.http_connection_manager.v3"
SCOPED_ROUTES = Fields(
    f"{_HCM}.ScopedRoutes",
    reads={"scope_key_builder", "scoped_route_configurations_list"},
    no_effect={"name": "nothing is asked for", "rds_config_source": "nothing is asked for"},
    unsupported={"scoped_rds"},
)
SCOPES = Fields(f"{_HCM}.ScopedRouteConfigurationsList", reads={"scoped_route_configurations"})
SCOPE = Fields(
    "envoy.config.route.v3.ScopedRouteConfiguration",
    reads={"route_configuration", "key", "route_configuration_name"},
    no_effect={
        "name": "the key decides",
        "on_demand": "what is given inline is there already",
    },
)
SCOPE_KEY = Fields("envoy.config.route.v3.ScopedRouteConfiguration.Key", reads={"fragments"})
SCOPE_KEY_FRAGMENT = Fields(
    "envoy.config.route.v3.ScopedRouteConfiguration.Key.Fragment", reads={"string_key"}
)
KEY_BUILDER = Fields(f"{_HCM}.ScopedRoutes.ScopeKeyBuilder", reads={"fragments"})
FRAGMENT_BUILDER = Fields(
    f"{_HCM}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder", reads={"header_value_extractor"}
)
EXTRACTOR = Fields(
    f"{_HCM}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor",
    reads={"name", "element_separator", "index", "element"},
)
ELEMENT = Fields(
    f"{_HCM}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement",
    reads={"separator", "key"},
)


def scoped_routes(message: Proto, at: At, identity: str) -> ir.ScopedRoutes | None:
    """How tables are chosen; they are named as `scoped_tables` names them."""
    if message.WhichOneof("route_specifier") != "scoped_routes":
        return None
    routes, there = message.scoped_routes, at.field("scoped_routes")
    SCOPED_ROUTES.check(routes, there)
    KEY_BUILDER.check(routes.scope_key_builder, there.field("scope_key_builder"))
    fragments = [
        _fragment(fragment, there.field("scope_key_builder").item("fragments", i))
        for i, fragment in enumerate(routes.scope_key_builder.fragments)
    ]
    there = there.field("scoped_route_configurations_list")
    SCOPES.check(routes.scoped_route_configurations_list, there)
    scopes = [
        _scope(scope, there.item("scoped_route_configurations", i), _id(identity, i))
        for i, scope in enumerate(_scopes(message))
    ]
    return ir.ScopedRoutes(fragments=fragments, scopes=scopes)


def _scope(message: Proto, at: At, identity: str) -> ir.RouteScope:
    SCOPE.check(message, at)
    if message.route_configuration_name:
        at.field("route_configuration_name").error(
            "Fetching routes via RDS (route_configuration_name) is not supported with inline "
            "scoped routes."
        )
    elif not message.HasField("route_configuration"):
        at.error("You must specify a route_configuration with inline scoped routes.")
    return ir.RouteScope(key=_key(message.key, at.field("key")), route_configuration=identity)


def scoped_tables(
    message: Proto, at: At, identity: str, clusters: frozenset[str]
) -> list[ir.RouteConfiguration]:
    """The tables of all scopes."""
    there = at.field("scoped_routes").field("scoped_route_configurations_list")
    return [
        _table(scope, there.item("scoped_route_configurations", i), _id(identity, i), clusters)
        for i, scope in enumerate(_scopes(message))
    ]


def _scopes(message: Proto) -> list[Proto]:
    routes = message.scoped_routes
    return list(routes.scoped_route_configurations_list.scoped_route_configurations)


def _id(identity: str, number: int) -> str:
    return f"{identity}/scope/{number}"


def _table(scope: Proto, at: At, identity: str, clusters: frozenset[str]) -> ir.RouteConfiguration:
    if scope.route_configuration_name:
        return empty_route_configuration(identity)
    there = at.field("route_configuration")
    return route_configuration(
        scope.route_configuration, there, identity=identity, clusters=clusters
    )


def _key(message: Proto, at: At) -> list[str]:
    SCOPE_KEY.check(message, at)
    for i, fragment in enumerate(message.fragments):
        SCOPE_KEY_FRAGMENT.check(fragment, at.item("fragments", i))
    return [fragment.string_key for fragment in message.fragments]


def _fragment(message: Proto, at: At) -> ir.ScopeKeyFragment:
    FRAGMENT_BUILDER.check(message, at)
    extractor, there = message.header_value_extractor, at.field("header_value_extractor")
    EXTRACTOR.check(extractor, there)
    if extractor.WhichOneof("extract_type") is None:
        there.error("HeaderValueExtractor extract_type not set", expected="index or element")
    extract: ir.ScopeKeyExtract = ir.ScopeKeyExtractIndex(index=extractor.index)
    if extractor.WhichOneof("extract_type") == "element":
        element = extractor.element
        ELEMENT.check(element, there.field("element"))
        extract = ir.ScopeKeyExtractElement(separator=element.separator, key=element.key)
    elif extractor.index and not extractor.element_separator:
        there.field("index").error("Index > 0 for empty string element separator.")
    return ir.ScopeKeyFragment(
        header=extractor.name.lower(),
        element_separator=extractor.element_separator,
        extract=extract,
    )
