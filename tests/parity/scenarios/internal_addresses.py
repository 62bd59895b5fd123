"""Which clients are inside, by what `internal_address_config` says and leaves out."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get

_CONFIGS = {
    "none": "{use_remote_address: true}",
    "empty": "{use_remote_address: true, internal_address_config: {}}",
    "no_ranges": "{use_remote_address: true, internal_address_config: {cidr_ranges: []}}",
    "only_sockets": "{use_remote_address: true, internal_address_config: {unix_sockets: true}}",
    "no_sockets": "{use_remote_address: true, internal_address_config: {unix_sockets: false}}",
    "by_a_header": "{internal_address_config: {unix_sockets: true}}",
    "a_range": "{use_remote_address: true, internal_address_config: "
    "{unix_sockets: true, cidr_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}}",
}
_CLIENTS = {
    "itself": (),
    "loopback": ("X-Forwarded-For: 127.0.0.1",),
    "another_loopback": ("X-Forwarded-For: 127.0.0.2",),
    "ten": ("X-Forwarded-For: 10.1.2.3",),
    "seventeen": ("X-Forwarded-For: 172.16.1.1",),
    "beyond_seventeen": ("X-Forwarded-For: 172.32.1.1",),
    "nineteen": ("X-Forwarded-For: 192.168.1.1",),
    "outside": ("X-Forwarded-For: 1.2.3.4",),
    "local_six": ("X-Forwarded-For: fd00::1",),
    "other_local_six": ("X-Forwarded-For: fc00::1",),
    "link_local_six": ("X-Forwarded-For: fe80::1",),
    "loopback_six": ("X-Forwarded-For: ::1",),
    "mapped_six": ("X-Forwarded-For: ::ffff:10.0.0.1",),
}
_INTERNAL = "x-envoy-retry-on: 5xx"

GROUP = Group(
    bootstrap([http(name, hcm=hcm, plain=True) for name, hcm in _CONFIGS.items()], [cluster()]),
    [
        Case(
            f"{name}_{client}",
            [get("/", *lines, _INTERNAL)],
            listener=name,
            stats=["cluster.up.internal.upstream_rq_200", "cluster.up.external.upstream_rq_200"],
        )
        for name in _CONFIGS
        for client, lines in _CLIENTS.items()
        if client == "itself" or name == "by_a_header"
    ],
)
