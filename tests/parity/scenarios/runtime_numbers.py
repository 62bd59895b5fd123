"""What texts are numbers for the runtime, the operator's and those of the configuration: a filter
answers with one as its status."""

import json
from urllib.parse import quote

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter, load
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Messages, Open, Send

_TEXTS = (
    *("500", "+500", " 500", "500 ", "0500", "0764", "00764", "-0500", "0x1f4", "0X1F4", "0x1F4"),
    *("+0x1f4", "0x1f4.8", "0o764", "0b111110100", "5e2", "5E2", "5e+2", "500.9", "500.", ".5e3"),
    *("0x1.f4p8", "500abc", "5_00", "5,00", "1e400", "inf", ".inf", "nan", "-500", "true", "''"),
    *("'500'", '"500"', "500 # five", "~", "null", "[500]", "{a: 500}", "%"),
    *("- 500", "a: 500", "|", "500\n", "500:", "? 500", "\t500"),
    *("{numerator: 500}", "99999999999999999999", "4294967796"),
)
_ABORT = "{abort: {http_status: 418, percentage: {numerator: 100}}}"
_LAYERS: Node = {
    "layered_runtime": {
        "layers": [
            {"name": "base", "static_layer": {f"k{i}": text for i, text in enumerate(_TEXTS)}},
            {"name": "admin", "admin_layer": {}},
        ]
    }
}
_FAULT = {"@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault"}


def _route(i: int) -> Node:
    own = {**_FAULT, **load(_ABORT), "abort_http_status_runtime": f"k{i}"}
    return {
        "match": {"path": f"/{i}"},
        "route": {"cluster": "up"},
        "typed_per_filter_config": {"fault": own},
    }


_ROUTES = [_route(i) for i in range(len(_TEXTS))]

GROUP = Group(
    bootstrap(
        [
            filtered(
                "http", [http_filter("fault", "fault.v3.HTTPFault", _ABORT)], json.dumps(_ROUTES)
            )
        ],
        [cluster()],
        json.dumps(_LAYERS),
    ),
    [
        *(Case(f"layer_{i}", [get(f"/{i}"), Messages(1)]) for i in range(len(_TEXTS))),
        *(
            Case(
                f"text_{i}",
                [
                    Open("a", listener="admin"),
                    Send(get(f"/runtime_modify?k0={quote(text, safe='')}", method="POST"), "a"),
                    *(Messages(1, "a"), get("/0"), Messages(1)),
                    *(Send(get("/runtime_modify?k0=", method="POST"), "a"), Messages(2, "a")),
                ],
            )
            for i, text in enumerate(_TEXTS)
        ),
    ],
)
