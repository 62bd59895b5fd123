"""Reason phrases that the preserve_case formatter forwards, and what it does to names of Envoy's.

The formatter of the cluster decides about responses; that of the listener has no say.
"""

from tests.parity.config import bootstrap, cluster, http, http_protocol, merged
from tests.parity.scenario import Case, Group, get, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Messages

_FIELDS = {
    "phrase": "forward_reason_phrase: true",
    "silent": "forward_reason_phrase: false",
    "proper": "formatter_type_on_envoy_headers: PROPER_CASE",
    "both": "forward_reason_phrase: true, formatter_type_on_envoy_headers: PROPER_CASE",
}
_TYPE = "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig"


def _format(fields: str) -> str:
    return (
        "header_key_format: {stateful_formatter: {name: preserve_case, typed_config: "
        f"{{'@type': type.googleapis.com/{_TYPE}, {fields}}}}}}}"
    )


def _listener(name: str, to: str, fields: str = "") -> dict[str, object]:
    hcm = "{http_protocol_options: {" + _format(fields) + "}}" if fields else "{}"
    routes = f"""
- match: {{prefix: /added}}
  route: {{cluster: {to}}}
  request_headers_to_add: [{{header: {{key: X-Added-By-ROUTE, value: a}}}}]
  response_headers_to_add: [{{header: {{key: X-Answer-By-ROUTE, value: b}}}}]
- {{match: {{prefix: /missing}}, route: {{cluster: none}}}}
- {{match: {{prefix: /}}, route: {{cluster: {to}}}}}
"""
    return http(name, hcm=hcm, routes=routes, route_config="{validate_clusters: false}")


def _answers(status: str) -> list[Reply]:
    return [Reply(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nX-Of-UP: c\r\n\r\n".encode("latin1"))]


_STATUSES = {
    "own": "200 Fine By Me",
    "usual": "200 OK",
    "empty": "200 ",
    "none": "200",
    "of_an_unknown_status": "299 Odd",
    "spaces": "404  Not  Here ",
    "latin1": "500 Schl\xe4gt fehl",
    "no_body": "304 As Before",
}
_LISTENERS = [
    http(plain=True),
    *(_listener(f"to_{name}", name) for name in _FIELDS),
    _listener("from_phrase", "up", _FIELDS["phrase"]),
    _listener("from_proper", "up", _FIELDS["proper"]),
    _listener("phrase_to_phrase", "phrase", _FIELDS["phrase"]),
    _listener("both_to_both", "both", _FIELDS["both"]),
    http(
        "old",
        hcm="{http_protocol_options: {accept_http_10: true}}",
        routes="[{match: {prefix: /}, route: {cluster: phrase}}]",
    ),
]
_CLUSTERS = [
    merged(
        cluster(name, to=["up"]),
        http_protocol("explicit_http_config: {http_protocol_options: {" + _format(fields) + "}}"),
    )
    for name, fields in _FIELDS.items()
]

CASES = [
    *(
        Case(f"phrase_{name}", [get(), Messages(1)], _answers(status), listener="to_phrase")
        for name, status in _STATUSES.items()
    ),
    *(
        Case(f"phrase_{listener}", [get(), Messages(1)], _answers("200 Fine"), listener=listener)
        for listener in ("to_silent", "to_proper", "from_phrase", "phrase_to_phrase")
    ),
    Case("phrase_of_a_local_reply", [get("/missing"), Messages(1)], listener="phrase_to_phrase"),
    Case(
        "phrase_after_an_informational_one",
        [get("/", "Expect: 100-continue"), Messages(1)],
        [Reply(b"HTTP/1.1 103 Look Here\r\nLink: x\r\n\r\n" + response("200 Fine"))],
        listener="to_phrase",
    ),
    Case(
        "phrase_for_http10",
        [b"GET / HTTP/1.0\r\nHost: a.test\r\n\r\n", Ended()],
        _answers("200 Fine"),
        listener="old",
    ),
    *(
        Case(
            f"names_of_envoys_{listener}",
            [get("/added", "X-From-ME: d"), Messages(1)],
            _answers("200 Fine"),
            listener=listener,
        )
        for listener in ("to_proper", "from_proper", "both_to_both")
    ),
]

GROUP = Group(bootstrap(_LISTENERS, [cluster(), *_CLUSTERS]), CASES)
