"""What is done with a request: forward, redirect, answer."""

from collections.abc import Callable
from dataclasses import dataclass, field

from voyant import ir
from voyant.config import uri_template
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.cluster_specifier_plugin import (
    Plugins,
    cluster_specifier_plugin,
    named_plugin,
)
from voyant.config.data_source import data_source
from voyant.config.descriptors import Proto
from voyant.config.filter_overrides import filter_overrides
from voyant.config.filters.cors import older_policy
from voyant.config.format import body_format, parse
from voyant.config.header_mutation import header_mutations
from voyant.config.internal_redirect import internal_redirect
from voyant.config.metadata import NO_SUBSETS
from voyant.config.protocol_options import TYPED_EXTENSION
from voyant.config.rate_limit import rate_limits
from voyant.config.regex import substitution
from voyant.config.request_mirror import request_mirror_policies
from voyant.config.scalar import duration_ms, enum_name, optional_ms, wrapped_bool, wrapped_int
from voyant.config.unpack import unpack
from voyant.config.upgrade import route_upgrades

ROUTE_ACTION = Fields(
    "envoy.config.route.v3.RouteAction",
    reads={
        "cluster",
        "cluster_header",
        "weighted_clusters",
        "cluster_not_found_response_code",
        "prefix_rewrite",
        "regex_rewrite",
        "host_rewrite_literal",
        "auto_host_rewrite",
        "host_rewrite_header",
        "host_rewrite_path_regex",
        "append_x_forwarded_host",
        "timeout",
        "idle_timeout",
        "flush_timeout",
        "priority",
        "max_grpc_timeout",
        "grpc_timeout_offset",
        "max_stream_duration",
        "path_rewrite_policy",
        "internal_redirect_policy",
        "internal_redirect_action",
        "max_internal_redirects",
        "path_rewrite",
        "host_rewrite",
        "rate_limits",
        "include_vh_rate_limits",
        "cors",
        "request_mirror_policies",
        "upgrade_configs",
        "cluster_specifier_plugin",
        "inline_cluster_specifier_plugin",
        "early_data_policy",
    },
    no_effect={"metadata_match": NO_SUBSETS},
    unsupported={
        "retry_policy",
        "retry_policy_typed_config",
        "hash_policy",
        "hedge_policy",
    },
)
WEIGHTED_CLUSTER = Fields(
    "envoy.config.route.v3.WeightedCluster",
    reads={"clusters", "runtime_key_prefix", "header_name"},
    no_effect={"total_weight": "the sum of the weights counts, as in Envoy"},
    unsupported={"use_hash_policy"},
)
EARLY_DATA = Fields("envoy.extensions.early_data.v3.DefaultEarlyDataPolicy", reads=())
CLUSTER_WEIGHT = Fields(
    "envoy.config.route.v3.WeightedCluster.ClusterWeight",
    reads={
        "name",
        "cluster_header",
        "weight",
        "host_rewrite_literal",
        "request_headers_to_add",
        "request_headers_to_remove",
        "response_headers_to_add",
        "response_headers_to_remove",
        "typed_per_filter_config",
    },
    no_effect={"metadata_match": NO_SUBSETS},
)
MAX_STREAM_DURATION = Fields(
    "envoy.config.route.v3.RouteAction.MaxStreamDuration",
    reads={"max_stream_duration", "grpc_timeout_header_max", "grpc_timeout_header_offset"},
)
REDIRECT = Fields(
    "envoy.config.route.v3.RedirectAction",
    reads={
        "https_redirect",
        "scheme_redirect",
        "host_redirect",
        "port_redirect",
        "path_redirect",
        "prefix_rewrite",
        "regex_rewrite",
        "path_rewrite",
        "response_code",
        "strip_query",
    },
)
DIRECT_RESPONSE = Fields(
    "envoy.config.route.v3.DirectResponseAction",
    reads={"status", "body", "body_format"},
)

DEFAULT_TIMEOUT_MS = 15_000
DEFAULT_MAX_BODY_BYTES = 4096
_NOT_FOUND = {"SERVICE_UNAVAILABLE": 503, "NOT_FOUND": 404, "INTERNAL_SERVER_ERROR": 500}
_REDIRECT_CODES = {
    "MOVED_PERMANENTLY": 301,
    "FOUND": 302,
    "SEE_OTHER": 303,
    "TEMPORARY_REDIRECT": 307,
    "PERMANENT_REDIRECT": 308,
}
CheckCluster = Callable[[str, At], None]


@dataclass(frozen=True)
class RouteScope:
    """What a route needs to know of what it is in."""

    check_cluster: CheckCluster
    check_shadow: CheckCluster
    max_body_bytes: int
    mirrors: list[ir.MirrorPolicy]
    """Of the virtual host, else of the table."""
    unchecked: list[tuple[str, At]]
    """Their clusters, until a route inherits them: as in Envoy, what nobody uses may name any."""
    body_buffer_limit_bytes: int | None = None
    """Of the route, else of the virtual host."""
    template: str | None = None
    """The URI template that the route matches by."""
    plugins: Plugins = field(default_factory=dict)
    """The cluster specifier plugins of the table."""

    def inherit_mirrors(self) -> None:
        """A route has no policies of its own."""
        while self.unchecked:
            self.check_shadow(*self.unchecked.pop(0))


def forward(message: Proto, at: At, scope: RouteScope) -> ir.RouteActionForward | None:
    """Send the request to a cluster; None for a route that never matches."""
    ROUTE_ACTION.check(message, at)
    upgrades, connect = route_upgrades(message, at)
    _check_early_data(message, at)
    specifier = _specifier(message, at, scope)
    if specifier is None:
        return None
    return ir.RouteActionForward(
        cluster=specifier,
        internal_redirect=internal_redirect(message, at),
        body_buffer_limit_bytes=scope.body_buffer_limit_bytes,
        cluster_not_found_status=_NOT_FOUND[enum_name(message, "cluster_not_found_response_code")],
        path_rewrite=_path_rewrite(message, at, scope.template),
        host_rewrite=_host_rewrite(message, at),
        append_x_forwarded_host=message.append_x_forwarded_host,
        priority="high" if enum_name(message, "priority") == "HIGH" else "default",
        timeout_ms=_timeout_ms(message),
        idle_timeout_ms=optional_ms(message, "idle_timeout"),
        flush_timeout_ms=optional_ms(message, "flush_timeout"),
        max_stream_duration=_max_stream_duration(message, at),
        grpc_timeout=_grpc_timeout(message),
        cors=older_policy(message, at),
        rate_limits=rate_limits(message, at),
        include_virtual_host_rate_limits=wrapped_bool(message, "include_vh_rate_limits", False),
        mirrors=request_mirror_policies(message, at, scope.check_shadow) or scope.mirrors,
        upgrades=upgrades,
        connect=connect,
    )


def _check_early_data(message: Proto, at: At) -> None:
    """It tells what goes upstream before a handshake is over, which no plain connection has."""
    if not message.HasField("early_data_policy"):
        return
    policy, there = message.early_data_policy, at.field("early_data_policy")
    TYPED_EXTENSION.check(policy, there)
    typed = unpack(policy.typed_config, there.field("typed_config"))
    if typed is None:
        return
    if typed.DESCRIPTOR.full_name == EARLY_DATA.full_name:
        EARLY_DATA.check(typed, there.field("typed_config"))
    else:
        there.field("typed_config").error(
            f"Didn't find a registered implementation for {policy.name!r} "
            f"with type URL: {typed.DESCRIPTOR.full_name!r}"
        )


def _specifier(message: Proto, at: At, scope: RouteScope) -> ir.ClusterSpecifier | None:
    kind = message.WhichOneof("cluster_specifier")
    if kind == "cluster_header":
        return ir.ClusterSpecifierClusterHeader(header=message.cluster_header.lower())
    if kind == "weighted_clusters":
        return _weighted(message.weighted_clusters, at.field(kind), scope.check_cluster)
    if kind == "inline_cluster_specifier_plugin":
        return cluster_specifier_plugin(message.inline_cluster_specifier_plugin, at.field(kind))
    if kind == "cluster_specifier_plugin":
        return named_plugin(message.cluster_specifier_plugin, at.field(kind), scope.plugins)
    scope.check_cluster(message.cluster, at.field("cluster"))
    return ir.ClusterSpecifierCluster(name=message.cluster)


def _weighted(message: Proto, at: At, check_cluster: CheckCluster) -> ir.ClusterSpecifier:
    WEIGHTED_CLUSTER.check(message, at)
    clusters = [
        _cluster_weight(weight, at.item("clusters", i), check_cluster)
        for i, weight in enumerate(message.clusters)
    ]
    total = sum(cluster.weight for cluster in clusters)
    if total == 0:
        at.error("Sum of weights in the weighted_cluster must be greater than 0.")
    elif total > 2**32 - 1:
        at.error(f"The sum of weights of all weighted clusters exceeds {2**32 - 1}: {total}")
    return ir.ClusterSpecifierWeighted(
        clusters=clusters,
        runtime_key_prefix=message.runtime_key_prefix,
        header_name=message.header_name.lower(),
    )


def _cluster_weight(message: Proto, at: At, check_cluster: CheckCluster) -> ir.WeightedCluster:
    CLUSTER_WEIGHT.check(message, at)
    if not message.HasField("weight"):
        at.error("Field 'weight' is missing")
    if bool(message.name) == bool(message.cluster_header):
        at.error("exactly one of name and cluster_header must be given")
    elif message.name:
        check_cluster(message.name, at.field("name"))
    return ir.WeightedCluster(
        name=message.name,
        cluster_header=message.cluster_header.lower(),
        weight=wrapped_int(message, "weight", 0),
        host_rewrite_literal=message.host_rewrite_literal,
        request_headers=header_mutations(message, at, "request"),
        response_headers=header_mutations(message, at, "response"),
        filters=filter_overrides(message, at),
    )


def _path_rewrite(message: Proto, at: At, template: str | None) -> ir.PathRewrite | None:
    kinds = [bool(message.prefix_rewrite), bool(message.path_rewrite)]
    kinds += [message.HasField(kind) for kind in ("regex_rewrite", "path_rewrite_policy")]
    if sum(kinds) > 1:
        at.error("Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy")
    if message.HasField("path_rewrite_policy"):
        return _by_template(message.path_rewrite_policy, at.field("path_rewrite_policy"), template)
    if message.HasField("regex_rewrite"):
        pattern, text = substitution(message.regex_rewrite, at.field("regex_rewrite"))
        return ir.PathRewriteRegex(pattern=pattern, substitution=text)
    if message.path_rewrite:
        return ir.PathRewriteFormat(segments=parse(message.path_rewrite, at.field("path_rewrite")))
    if message.prefix_rewrite:
        if template is not None:
            at.field("prefix_rewrite").error("Cannot use prefix_rewrite with matcher extension")
        return ir.PathRewritePrefix(value=message.prefix_rewrite)
    return None


def _by_template(extension: Proto, at: At, template: str | None) -> ir.PathRewrite | None:
    TYPED_EXTENSION.check(extension, at)
    there = at.field("typed_config")
    typed = unpack(extension.typed_config, there)
    if typed is None:
        return None
    if typed.DESCRIPTOR.full_name != uri_template.REWRITE.full_name:
        at.error(f"Didn't find a registered implementation for {extension.name!r}")
        return None
    if template is None:
        at.error(
            "unable to use envoy.path.rewrite.uri_template.uri_template_rewriter extension "
            "without envoy.path.match.uri_template.uri_template_matcher extension"
        )
        return None
    text = uri_template.rewrite_substitution(typed, there, template)
    try:
        pattern = uri_template.template_pattern(template)
    except uri_template.InvalidTemplate:
        # The match has told.
        return None
    return ir.PathRewriteRegex(pattern=f"^(?:{pattern})$", substitution=text)


def _host_rewrite(message: Proto, at: At) -> ir.HostRewrite | None:
    kind = message.WhichOneof("host_rewrite_specifier")
    if kind == "host_rewrite_literal":
        return ir.HostRewriteLiteral(value=message.host_rewrite_literal)
    if kind == "auto_host_rewrite":
        return ir.HostRewriteAuto() if wrapped_bool(message, kind, False) else None
    if kind == "host_rewrite_header":
        return ir.HostRewriteHeader(name=message.host_rewrite_header.lower())
    if kind == "host_rewrite_path_regex":
        pattern, text = substitution(message.host_rewrite_path_regex, at.field(kind))
        return ir.HostRewritePathRegex(pattern=pattern, substitution=text)
    if kind == "host_rewrite":
        return ir.HostRewriteFormat(segments=parse(message.host_rewrite, at.field(kind)))
    return None


def _timeout_ms(message: Proto) -> int:
    # A route with the newer durations has no timeout of the response.
    if message.HasField("max_stream_duration"):
        return 0
    return duration_ms(message, "timeout", DEFAULT_TIMEOUT_MS)


def _max_stream_duration(message: Proto, at: At) -> ir.MaxStreamDuration | None:
    if not message.HasField("max_stream_duration"):
        return None
    duration = message.max_stream_duration
    MAX_STREAM_DURATION.check(duration, at.field("max_stream_duration"))
    return ir.MaxStreamDuration(
        max_stream_duration_ms=optional_ms(duration, "max_stream_duration"),
        grpc_timeout_header_max_ms=optional_ms(duration, "grpc_timeout_header_max"),
        grpc_timeout_header_offset_ms=duration_ms(duration, "grpc_timeout_header_offset", 0),
    )


def _grpc_timeout(message: Proto) -> ir.GrpcTimeout | None:
    if message.HasField("max_stream_duration") or not message.HasField("max_grpc_timeout"):
        return None
    return ir.GrpcTimeout(
        max_ms=duration_ms(message, "max_grpc_timeout", 0),
        offset_ms=duration_ms(message, "grpc_timeout_offset", 0),
    )


def redirect(message: Proto, at: At, *, by_template: bool) -> ir.RouteActionRedirect:
    """Answer with a redirect."""
    REDIRECT.check(message, at)
    scheme: ir.RedirectScheme = ir.RedirectSchemeKeep()
    kind = message.WhichOneof("scheme_rewrite_specifier")
    if kind == "https_redirect" and message.https_redirect:
        scheme = ir.RedirectSchemeHttps()
    elif kind == "scheme_redirect" and message.scheme_redirect:
        scheme = ir.RedirectSchemeScheme(scheme=message.scheme_redirect)
    return ir.RouteActionRedirect(
        status=_REDIRECT_CODES[enum_name(message, "response_code")],
        scheme=scheme,
        host=message.host_redirect,
        port=message.port_redirect,
        path=_redirect_path(message, at, by_template=by_template),
        strip_query=message.strip_query,
    )


def _redirect_path(message: Proto, at: At, *, by_template: bool) -> ir.RedirectPath:
    kind = message.WhichOneof("path_rewrite_specifier")
    if kind == "path_redirect" and message.path_redirect:
        return ir.RedirectPathPath(value=message.path_redirect)
    if kind == "prefix_rewrite" and message.prefix_rewrite:
        if by_template:
            at.field(kind).error("Cannot use redirect.prefix_rewrite with path_match_policy")
        return ir.RedirectPathPrefix(value=message.prefix_rewrite)
    if kind == "regex_rewrite":
        pattern, text = substitution(message.regex_rewrite, at.field("regex_rewrite"))
        return ir.RedirectPathRegex(pattern=pattern, substitution=text)
    if kind == "path_rewrite":
        return ir.RedirectPathFormat(segments=parse(message.path_rewrite, at.field(kind)))
    return ir.RedirectPathKeep()


def direct_response(message: Proto, at: At, max_bytes: int) -> ir.RouteActionDirectResponse:
    """Answer without an upstream."""
    DIRECT_RESPONSE.check(message, at)
    text = ""
    if message.HasField("body"):
        text = data_source(message.body, at.field("body"))
    size = len(text.encode())
    if size > max_bytes > 0:
        at.field("body").error(
            f"response body size is {size} bytes; maximum is {max_bytes}",
            hint="max_direct_response_body_size_bytes of the route configuration raises it",
        )
    written = None
    if message.HasField("body_format"):
        written = body_format(message.body_format, at.field("body_format"))
    return ir.RouteActionDirectResponse(status=message.status, body=text, body_format=written)
