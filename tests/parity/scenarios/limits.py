"""Limits on the size and the number of headers, and on what is buffered, on both sides."""

from tests.parity.config import bootstrap, cluster, http, http_protocol, merged
from tests.parity.scenario import Case, Group, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Ended, Heads, Messages, Reading, Settle

_MANY = ["x-a: 1"] * 200
_CHUNKED = "Transfer-Encoding: chunked"
_EXPLICIT = "explicit_http_config: {http_protocol_options: {}}"
_BODY = b"x" * 3_000_000

_CONFIG = bootstrap(
    [
        http(plain=True),
        http("one_kb", hcm="max_request_headers_kb: 1", plain=True),
        http("large", hcm="max_request_headers_kb: 96", plain=True),
        http("five", hcm="common_http_protocol_options: {max_headers_count: 5}", plain=True),
        http("many", hcm="common_http_protocol_options: {max_headers_count: 300}", plain=True),
        http("to_five", routes="[{match: {prefix: /}, route: {cluster: five}}]", plain=True),
        http("to_large", routes="[{match: {prefix: /}, route: {cluster: large}}]", plain=True),
        http("to_small", routes="[{match: {prefix: /}, route: {cluster: small}}]", plain=True),
        http("small", listener="per_connection_buffer_limit_bytes: 8192", plain=True),
    ],
    [
        cluster(),
        merged(
            cluster("five", to=["up"]),
            http_protocol(
                f"{{{_EXPLICIT}, common_http_protocol_options: {{max_headers_count: 5}}}}"
            ),
        ),
        merged(
            cluster("large", to=["up"]),
            http_protocol(
                f"{{{_EXPLICIT}, common_http_protocol_options: {{max_response_headers_kb: 128}}}}"
            ),
        ),
        cluster("small", "per_connection_buffer_limit_bytes: 8192", to=["up"]),
    ],
)

CASES = [
    Case(
        "sixty_kb_of_headers_are_too_much",
        [get("/", "x: " + "a" * 62000), Ended()],
        stats=[
            "http.http.downstream_rq_too_large",
            "http.http.downstream_rq_4xx",
        ],
    ),
    Case("almost_sixty_kb_of_headers", [get("/", "x: " + "a" * 59000)]),
    Case(
        "one_kb_of_headers_is_too_much", [get("/", "x: " + "a" * 1100), Ended()], listener="one_kb"
    ),
    Case("a_long_path_counts_too", [get("/" + "a" * 1100), Ended()], listener="one_kb"),
    Case("headers_larger_than_the_default", [get("/", "x: " + "a" * 90000)], listener="large"),
    Case("a_hundred_headers_are_too_many", [get("/", *_MANY[:100]), Ended()]),
    Case("almost_a_hundred_headers", [get("/", *_MANY[:99])]),
    Case("five_headers", [get("/", *_MANY[:4])], listener="five"),
    Case("six_headers", [get("/", *_MANY[:5]), Ended()], listener="five"),
    Case("three_hundred_headers", [get("/", *_MANY)], listener="many"),
    Case(
        "trailers_count_by_themselves",
        [
            request(
                "POST / HTTP/1.1", "Host: a.test", _CHUNKED, body=b"0\r\n" + request(*_MANY[:5])
            ),
            Answered(),
        ],
        listener="five",
    ),
    Case("a_hundred_response_headers", [get()], replies=[response("200 OK", *_MANY[:100])]),
    Case("almost_a_hundred_response_headers", [get()], replies=[response("200 OK", *_MANY[:99])]),
    Case(
        "five_response_headers",
        [get()],
        replies=[response("200 OK", *_MANY[:4])],
        listener="to_five",
    ),
    Case(
        "six_response_headers",
        [get()],
        replies=[response("200 OK", *_MANY[:5])],
        listener="to_five",
    ),
    Case(
        "sixty_kb_of_response_headers", [get()], replies=[response("200 OK", "x: " + "a" * 59000)]
    ),
    Case("too_large_response_headers", [get()], replies=[response("200 OK", "x: " + "a" * 70000)]),
    Case(
        "larger_response_headers_allowed",
        [get()],
        replies=[response("200 OK", "x: " + "a" * 100000)],
        listener="to_large",
    ),
    Case("a_body_larger_than_the_buffers", [post("/", _BODY), Messages(1)], listener="small"),
    Case(
        "a_response_larger_than_the_buffers",
        [get(), Messages(1)],
        replies=[response(body=_BODY)],
        listener="to_small",
    ),
    Case(
        "a_client_that_does_not_read",
        [
            get(),
            Heads(1),
            Reading(False),
            Settle(),
            Reading(True),
            Messages(1),
        ],
        replies=[Reply(response(body=_BODY))],
        listener="to_small",
    ),
]

GROUP = Group(_CONFIG, CASES)
