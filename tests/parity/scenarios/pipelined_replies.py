"""HTTP/1 requests one behind another, of which some are answered here."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Ended, Messages, Settle

_BODY = "x" * 4000
_ROUTES = f"""
- {{match: {{path: /here}}, direct_response: {{status: 200, body: {{inline_string: {_BODY}}}}}}}
- {{match: {{prefix: /}}, route: {{cluster: up}}}}
"""
_STATS = [
    *(
        f"http.http.downstream_{name}"
        for name in (
            *("rq_total", "rq_2xx", "rq_4xx", "rq_rx_reset", "rq_tx_reset", "cx_protocol_error"),
            *("cx_destroy_local", "cx_destroy_local_active_rq", "cx_destroy_remote"),
            *("flow_control_paused_reading_total", "flow_control_resumed_reading_total"),
        )
    ),
    "http1.response_flood",
]
CASES = [
    Case(f"{count}_replies", [get("/here") * count, Answered(count), Settle()], stats=_STATS)
    for count in (2, 3)
]
CASES += [
    Case(
        "behind_a_reply",
        [get("/here") + get("/up") + get("/here"), Messages(3)],
        stats=_STATS,
    ),
    Case(
        "behind_a_reply_to_half_a_request",
        [
            request("POST /here HTTP/1.1", "Host: a.test", "Content-Length: 9", body=b"half")
            + get("/up"),
            Ended(),
        ],
        stats=_STATS,
    ),
    Case(
        "behind_a_bad_request",
        [get("/here") + b"GET / HTTP/1.1\r\n\r\n" + get("/up"), Ended()],
        stats=_STATS,
    ),
    Case(
        "behind_one_that_closes",
        [get("/here", "Connection: close") + get("/up"), Ended()],
        stats=_STATS,
    ),
    Case(
        "behind_one_of_the_upstream_that_closes",
        [get("/up") + get("/here"), Messages(2)],
        [Reply(response("200 OK", "connection: close"), then="close")],
        stats=_STATS,
    ),
    Case(
        "a_bad_one_behind_one_that_waits",
        [get("/up") + b"nonsense\r\n\r\n", Ended()],
        stats=_STATS,
    ),
]
GROUP = Group(bootstrap([http(routes=_ROUTES)], [cluster()]), CASES)
