"""The tags that Envoy takes from statistics' names by default (`use_all_default_tags`).

A rule is a tag's name and a regular expression: what its first group captures leaves the name,
and its second group is the tag's value. The order is that of the labels in Prometheus' text.
Envoy writes most of its rules as tokens, which `tokens` makes expressions of.
"""

from __future__ import annotations

import re

__all__ = ["DEFAULT_TAG_RULES"]

VALUE = r"[^.]+"
ADDRESS = r"(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[[a-fA-F_\d]+\])_\d+"
CIPHER = r"[\w-]+"
LISTENER_OR_CLUSTER = r"(?:listener|cluster)\..*?"


def tokens(pattern: str) -> str:
    """`$` is the tag, `*` any one token, `**` one or more."""
    known = {"$": rf"(({VALUE})\.)", "*": rf"{VALUE}\.", "**": r".+\."}
    parts = (known.get(token, re.escape(token) + r"\.") for token in pattern.split("."))
    return "^" + "".join(parts).removesuffix(r"\.") + "$"


def other_than(word: str) -> str:
    """A token that is not `word`; the expressions of the engine cannot look ahead."""
    shorter = (
        f"{re.escape(word[:at])}(?:[^.{re.escape(letter)}][^.]*)?"
        for at, letter in enumerate(word)
        if at > 0
    )
    begin = f"[^.{re.escape(word[0])}][^.]*"
    return f"(?:{'|'.join([begin, *shorter, re.escape(word) + VALUE])})"


DEFAULT_TAG_RULES: tuple[tuple[str, str], ...] = (
    ("envoy.response_code", r"_rq(_(\d{3}))$"),
    ("envoy.response_code_class", r"_rq_((\d))xx$"),
    ("envoy.ssl_curve", rf"^{LISTENER_OR_CLUSTER}\.ssl\.curves(\.({CIPHER}))$"),
    ("envoy.ssl_sigalg", rf"^{LISTENER_OR_CLUSTER}\.ssl\.sigalgs(\.({CIPHER}))$"),
    ("envoy.ssl_version", rf"^{LISTENER_OR_CLUSTER}\.ssl\.versions(\.(TLSv\d\.\d))$"),
    ("envoy.tls_certificate", rf"^{LISTENER_OR_CLUSTER}\.ssl\.certificate\.(({VALUE})\.).*$"),
    (
        "envoy.worker_id",
        rf"^(?:listener\.(?:{ADDRESS}|{VALUE})|server|listener_manager"
        r"|thread_local_cluster_manager)\.worker_((\d+)\.)",
    ),
    ("envoy.local_http_ratelimit_prefix", tokens("$.http_local_rate_limit.**")),
    (
        "envoy.dynamo_partition_id",
        rf"^http\.{VALUE}\.dynamodb\.table\.{VALUE}\.capacity\.{VALUE}"
        r"(\.__partition_id=(\w{7}))$",
    ),
    (
        "envoy.dynamo_operation",
        rf"^http\.{VALUE}\.dynamodb\.(?:operation|table\.{VALUE}\.capacity)"
        rf"(\.({VALUE}))(?:\.|$)",
    ),
    ("envoy.dynamo_table", rf"^http\.{VALUE}\.dynamodb\.(?:table|error)\.(({VALUE})\.)"),
    ("envoy.ssl_cipher", rf"^listener\..*?\.ssl\.ciphers(\.({CIPHER}))$"),
    ("cipher_suite", rf"^cluster\.{VALUE}\.ssl\.ciphers(\.({CIPHER}))$"),
    ("envoy.http_conn_manager_prefix", rf"^listener\..*?\.http\.(({VALUE})\.)"),
    ("envoy.listener_address", rf"^listener\.(({ADDRESS}|{other_than('admin')})\.)"),
    ("envoy.rds_route_config", rf"^http\.{VALUE}\.rds\.(([\w.-]+)\.)\w+?$"),
    ("envoy.scoped_rds_config", rf"^http\.{VALUE}\.scoped_rds\.(([\w.-]+)\.)\w+?$"),
    (
        "envoy.rbac_policy_name",
        rf"^http\.{VALUE}\.rbac\.(?:{VALUE}\.)?policy\.(({VALUE})\.)"
        r"(allowed|shadow_allowed|denied|shadow_denied)$",
    ),
    ("envoy.health_check_name", rf"^cluster\.{VALUE}\.health_check(\.name\.({VALUE}))\..+"),
    ("envoy.xds_resource_name", rf"^sds\.(({VALUE})\.).+"),
    ("envoy.mongo_callsite", tokens("mongo.*.collection.*.callsite.$.query.**")),
    ("envoy.mongo_collection", tokens("mongo.*.collection.$.**.query.*")),
    ("envoy.mongo_cmd", tokens("mongo.*.cmd.$.**")),
    ("envoy.grpc_bridge_method", tokens("cluster.*.grpc.*.$.**")),
    ("envoy.http_user_agent", tokens("http.*.user_agent.$.**")),
    ("envoy.virtual_cluster", tokens("vhost.*.vcluster.$.**")),
    ("envoy.fault_downstream_cluster", tokens("http.*.fault.$.**")),
    ("envoy.grpc_bridge_service", tokens("cluster.*.grpc.$.**")),
    ("envoy.tcp_prefix", tokens("tcp.$.**")),
    ("envoy.udp_prefix", tokens("udp.$.**")),
    ("envoy.clientssl_prefix", tokens("auth.clientssl.$.**")),
    ("envoy.ratelimit_prefix", tokens("ratelimit.$.**")),
    ("envoy.cluster_name", tokens("cluster.$.**")),
    ("envoy.ext_authz_prefix", tokens("cluster.*.ext_authz.$.**")),
    ("envoy.ext_authz_prefix", tokens("http.*.ext_authz.$.**")),
    ("envoy.http_conn_manager_prefix", tokens("http.$.**")),
    ("envoy.virtual_host", tokens("vhost.$.**")),
    ("envoy.mongo_prefix", tokens("mongo.$.**")),
    ("envoy.route", tokens("vhost.*.route.$.**")),
    ("envoy.thrift_prefix", tokens("thrift.$.**")),
    ("envoy.redis_prefix", tokens("redis.$.**")),
    ("envoy.local_network_ratelimit_prefix", tokens("local_rate_limit.$.**")),
    ("envoy.local_listener_ratelimit_prefix", tokens("listener_local_ratelimit.$.**")),
    ("envoy.dns_filter_prefix", tokens("dns_filter.$.**")),
    ("envoy.connection_limit_prefix", tokens("connection_limit.$.**")),
)
