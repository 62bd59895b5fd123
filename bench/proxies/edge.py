"""What a gateway's control plane sets beside the plain proxy (the options of Envoy Gateway)."""

from __future__ import annotations

from bench.cases import EDGE_HOSTS, EDGE_ROUTES

_LOG_FIELDS = {
    "start_time": "%START_TIME%",
    "method": "%REQ(:METHOD)%",
    "x-envoy-origin-path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "protocol": "%PROTOCOL%",
    "response_code": "%RESPONSE_CODE%",
    "response_flags": "%RESPONSE_FLAGS%",
    "response_code_details": "%RESPONSE_CODE_DETAILS%",
    "connection_termination_details": "%CONNECTION_TERMINATION_DETAILS%",
    "upstream_transport_failure_reason": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "duration": "%DURATION%",
    "x-envoy-upstream-service-time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
    "x-forwarded-for": "%REQ(X-FORWARDED-FOR)%",
    "user-agent": "%REQ(USER-AGENT)%",
    "x-request-id": "%REQ(X-REQUEST-ID)%",
    ":authority": "%REQ(:AUTHORITY)%",
    "upstream_host": "%UPSTREAM_HOST%",
    "upstream_cluster": "%UPSTREAM_CLUSTER%",
    "upstream_local_address": "%UPSTREAM_LOCAL_ADDRESS%",
    "downstream_local_address": "%DOWNSTREAM_LOCAL_ADDRESS%",
    "downstream_remote_address": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "requested_server_name": "%REQUESTED_SERVER_NAME%",
    "route_name": "%ROUTE_NAME%",
}
_EXTENSIONS = "type.googleapis.com/envoy.extensions"
_FIELDS = "".join(f'                  "{name}": "{text}"\n' for name, text in _LOG_FIELDS.items())

OPTIONS = f"""\
          common_http_protocol_options: {{{{headers_with_underscores_action: REJECT_REQUEST}}}}
          http2_protocol_options:
            initial_connection_window_size: 1048576
            initial_stream_window_size: 65536
            max_concurrent_streams: 100
          normalize_path: true
          merge_slashes: true
          path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT
          server_header_transformation: PASS_THROUGH
          access_log:
          - name: envoy.access_loggers.file
            typed_config:
              "@type": {_EXTENSIONS}.access_loggers.file.v3.FileAccessLog
              path: {{log}}
              log_format:
                json_format:
{_FIELDS}"""

FILTERS = f"""\
          - name: envoy.filters.http.cors
            typed_config:
              "@type": {_EXTENSIONS}.filters.http.cors.v3.Cors
          - name: envoy.filters.http.local_ratelimit
            typed_config:
              "@type": {_EXTENSIONS}.filters.http.local_ratelimit.v3.LocalRateLimit
              stat_prefix: local
              token_bucket: {{max_tokens: 100000000, tokens_per_fill: 100000000, fill_interval: 1s}}
              filter_enabled: {{default_value: {{numerator: 100}}}}
              filter_enforced: {{default_value: {{numerator: 100}}}}
"""

_HOST = """\
            - name: host-{number}
              domains: [{domains}]
              typed_per_filter_config:
                envoy.filters.http.cors:
                  "@type": {extensions}.filters.http.cors.v3.CorsPolicy
                  allow_origin_string_match: [{{exact: "https://{name}"}}]
                  allow_methods: GET, POST
              response_headers_to_add:
              - header: {{key: x-served-by, value: "%UPSTREAM_CLUSTER%"}}
              routes:
{routes}"""

_ROUTE = """\
              - name: route-{number}
                match: {{prefix: "{prefix}"}}
                route: {{cluster: backend}}
                request_headers_to_add:
                - header: {{key: x-route, value: "%ROUTE_NAME%"}}
                  append_action: OVERWRITE_IF_EXISTS_OR_ADD
                request_headers_to_remove: [x-internal]
"""


def hosts() -> str:
    """All virtual hosts; the last also takes who names none of them, and every path."""
    return "".join(_host(number) for number in range(EDGE_HOSTS))


def _host(number: int) -> str:
    name = f"service-{number}.example.com"
    last = number == EDGE_HOSTS - 1
    prefixes = [f"/service-{route}/" for route in range(EDGE_ROUTES)] + ["/"] * last
    routes = "".join(
        _ROUTE.format(number=index, prefix=prefix) for index, prefix in enumerate(prefixes)
    )
    domains = f'"{name}"' + ', "*"' * last
    return _HOST.format(
        number=number, name=name, domains=domains, routes=routes, extensions=_EXTENSIONS
    )
