"""What a connection manager makes of a request's path, host, scheme and sender."""

from voyant import ir
from voyant.config.address import cidr_range
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.header_mutation import header_add
from voyant.config.matcher import string_matcher
from voyant.config.scalar import enum_name, wrapped_bool
from voyant.config.unpack import type_name, unpack

TYPED_EXTENSION = Fields(
    "envoy.config.core.v3.TypedExtensionConfig",
    reads={"typed_config"},
    no_effect={"name": "the type of typed_config decides"},
)
SCHEME = Fields(
    "envoy.config.core.v3.SchemeHeaderTransformation",
    reads={"scheme_to_overwrite", "match_upstream"},
)
XFF = Fields(
    "envoy.extensions.http.original_ip_detection.xff.v3.XffConfig",
    reads={"xff_num_trusted_hops", "xff_trusted_cidrs", "skip_xff_append"},
)
TRUSTED_CIDRS = Fields(
    "envoy.extensions.http.original_ip_detection.xff.v3.XffTrustedCidrs", reads={"cidrs"}
)
CUSTOM_HEADER = Fields(
    "envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig",
    reads={"header_name", "allow_extension_to_set_address_as_trusted", "reject_with_status"},
)
HTTP_STATUS = Fields("envoy.type.v3.HttpStatus", reads={"code"})
EARLY_MUTATION = Fields(
    "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
    reads={"mutations"},
)
MUTATION = Fields(
    "envoy.config.common.mutation_rules.v3.HeaderMutation",
    reads={"remove", "append", "remove_on_match"},
)
REMOVE_ON_MATCH = Fields(
    "envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch", reads={"key_matcher"}
)
REQUEST_ID = Fields(
    "envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension",
    reads={"typed_config"},
)
UUID = Fields(
    "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
    reads={"pack_trace_reason"},
    no_effect={"use_request_id_for_trace_sampling": "nothing is traced"},
)

_ESCAPED_SLASHES: dict[str, ir.EscapedSlashes] = {
    "IMPLEMENTATION_SPECIFIC_DEFAULT": "by_runtime",
    "KEEP_UNCHANGED": "keep_unchanged",
    "REJECT_REQUEST": "reject_request",
    "UNESCAPE_AND_REDIRECT": "unescape_and_redirect",
    "UNESCAPE_AND_FORWARD": "unescape_and_forward",
}
_FORBIDDEN = 403
_ERRORS = range(400, 512)


def path_normalization(message: Proto) -> ir.PathNormalization:
    """What is done to paths."""
    normalize: ir.NormalizePath = "by_runtime"
    if message.HasField("normalize_path"):
        normalize = "yes" if message.normalize_path.value else "no"
    return ir.PathNormalization(
        escaped_slashes=_ESCAPED_SLASHES[enum_name(message, "path_with_escaped_slashes_action")],
        normalize=normalize,
        merge_slashes=message.merge_slashes,
    )


def host_normalization(message: Proto, at: At) -> ir.HostNormalization:
    """What is done to hosts."""
    strip: ir.StripPort = "no"
    if message.strip_matching_host_port:
        strip = "matching"
        if message.strip_any_host_port:
            at.field("strip_any_host_port").error(
                "only one of strip_matching_host_port and strip_any_host_port can be set"
            )
    elif message.strip_any_host_port:
        strip = "any"
    return ir.HostNormalization(
        strip_port=strip, strip_trailing_dot=message.strip_trailing_host_dot
    )


def scheme_transformation(message: Proto, at: At) -> ir.SchemeTransformation:
    """What is done to the scheme."""
    transformation = message.scheme_header_transformation
    SCHEME.check(transformation, at.field("scheme_header_transformation"))
    return ir.SchemeTransformation(
        overwrite=transformation.scheme_to_overwrite,
        # Envoy overwrites or matches, not both.
        match_upstream=transformation.match_upstream and not transformation.scheme_to_overwrite,
    )


def original_ip_detection(message: Proto, at: At) -> list[ir.OriginalIpDetection]:
    """How clients are found; nothing where the remote address is used."""
    extensions = message.original_ip_detection_extensions
    there = at.field("original_ip_detection_extensions")
    use_remote_address = wrapped_bool(message, "use_remote_address", False)
    if not extensions:
        if use_remote_address:
            return []
        hops = message.xff_num_trusted_hops
        default = ir.OriginalIpDetectionXff(
            num_trusted_hops=hops, trusted_cidrs=[], skip_append=True
        )
        return [default]
    if use_remote_address:
        there.error("original IP detection extensions and use_remote_address may not be mixed")
    if message.xff_num_trusted_hops:
        there.error("original IP detection extensions and xff_num_trusted_hops may not be mixed")
    found = (
        _detection(each, at.item("original_ip_detection_extensions", i))
        for i, each in enumerate(extensions)
    )
    return [each for each in found if each is not None]


def _detection(message: Proto, at: At) -> ir.OriginalIpDetection | None:
    TYPED_EXTENSION.check(message, at)
    there = at.field("typed_config")
    typed = unpack(message.typed_config, there)
    if typed is None:
        return None
    kind = typed.DESCRIPTOR.full_name
    if kind == XFF.full_name:
        return _xff(typed, there)
    if kind == CUSTOM_HEADER.full_name:
        return _custom_header(typed, there)
    there.field("@type").error(
        f"Original IP detection extension not found: '{message.name}' "
        f"({type_name(message.typed_config)})",
        expected="XffConfig or CustomHeaderConfig",
    )
    return None


def _xff(typed: Proto, at: At) -> ir.OriginalIpDetection:
    XFF.check(typed, at)
    there = at.field("xff_trusted_cidrs")
    TRUSTED_CIDRS.check(typed.xff_trusted_cidrs, there)
    if typed.HasField("xff_trusted_cidrs") and typed.xff_num_trusted_hops:
        there.error("cannot set both xff_num_trusted_hops and xff_trusted_cidrs")
    cidrs = (
        cidr_range(each, there.item("cidrs", i))
        for i, each in enumerate(typed.xff_trusted_cidrs.cidrs)
    )
    return ir.OriginalIpDetectionXff(
        num_trusted_hops=typed.xff_num_trusted_hops,
        trusted_cidrs=[each for each in cidrs if each is not None],
        skip_append=wrapped_bool(typed, "skip_xff_append", True),
    )


def _custom_header(typed: Proto, at: At) -> ir.OriginalIpDetection:
    CUSTOM_HEADER.check(typed, at)
    status = None
    if typed.HasField("reject_with_status"):
        HTTP_STATUS.check(typed.reject_with_status, at.field("reject_with_status"))
        status = typed.reject_with_status.code
        status = status if status in _ERRORS else _FORBIDDEN
    return ir.OriginalIpDetectionCustomHeader(
        name=typed.header_name.lower(),
        trusted=typed.allow_extension_to_set_address_as_trusted,
        reject_status=status,
    )


def early_header_mutations(message: Proto, at: At) -> list[ir.EarlyHeaderMutation]:
    """What is done to a request's head before anything else."""
    mutations: list[ir.EarlyHeaderMutation] = []
    for i, each in enumerate(message.early_header_mutation_extensions):
        here = at.item("early_header_mutation_extensions", i)
        TYPED_EXTENSION.check(each, here)
        there = here.field("typed_config")
        typed = unpack(each.typed_config, there)
        if typed is None:
            continue
        if typed.DESCRIPTOR.full_name != EARLY_MUTATION.full_name:
            there.field("@type").error(
                f"the early header mutation {type_name(each.typed_config)} is not supported yet",
                expected="header_mutation",
            )
            continue
        EARLY_MUTATION.check(typed, there)
        mutations += [
            early_header_mutation(mutation, there.item("mutations", j))
            for j, mutation in enumerate(typed.mutations)
        ]
    return mutations


def early_header_mutation(message: Proto, at: At) -> ir.EarlyHeaderMutation:
    """One change of a head; the next one sees what it did."""
    MUTATION.check(message, at)
    kind = message.WhichOneof("action")
    if kind == "append":
        header = header_add(message.append, at.field("append"))
        return ir.EarlyHeaderMutationAppend(header=header)
    if kind == "remove_on_match":
        there = at.field("remove_on_match")
        REMOVE_ON_MATCH.check(message.remove_on_match, there)
        matcher = string_matcher(message.remove_on_match.key_matcher, there.field("key_matcher"))
        return ir.EarlyHeaderMutationRemoveOnMatch(name=matcher)
    return ir.EarlyHeaderMutationRemove(name=message.remove.lower())


def pack_trace_reason(message: Proto, at: At) -> bool:
    """Whether request ids say why they are traced."""
    typed = request_id_options(message, at)
    return typed is None or wrapped_bool(typed, "pack_trace_reason", True)


def request_id_options(message: Proto, at: At) -> Proto | None:
    """What a message's `request_id_extension` says of ids, which are random UUIDs."""
    there = at.field("request_id_extension")
    extension = message.request_id_extension
    REQUEST_ID.check(extension, there)
    if not extension.HasField("typed_config"):
        return None
    there = there.field("typed_config")
    typed = unpack(extension.typed_config, there)
    if typed is None:
        return None
    if typed.DESCRIPTOR.full_name != UUID.full_name:
        name = type_name(extension.typed_config)
        there.field("@type").error(
            f"Didn't find a registered implementation for type: '{name}'",
            expected="envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
        )
        return None
    UUID.check(typed, there)
    return typed
