"""What headers are numbers for dynamic metadata, and how those are written to lines of text and
of JSON."""

import json

from tests.parity.config import (
    access_log,
    bootstrap,
    cluster,
    http,
    http_filter,
    router,
    text_format,
)
from tests.parity.scenario import Case, Group, get

_RULES = """request_rules: [{header: number,
    on_header_present: {key: number, type: NUMBER, metadata_namespace: ns}}]"""
_VALUES = (
    *("1", "+1", "-1", "-0", "0.0", ".5", "5.", "1e3", "1E3", "1e", "1e+3", "0x10", "0x1p4"),
    *("1_0", "1,5", "1.5f", "1.5 ", "1 2", "0x1.8P-1", "0x", "nan", "-nan"),
    *("NaN(1)", "1e308", "1e-400", "4.9e-324", "0.1", "1e-5", "1e-7"),
    *("123456789", "1234567890123456", "12345678901234567890", "1e15", "1e16", "1e17", "1e21"),
    *("0.30000000000000004", "100000.5", "1e22", "123456.7", "00012", "--1", ""),
)
_TEXT = "%DYNAMIC_METADATA(ns:number)% %DYNAMIC_METADATA(ns)%\n"
_JSON = {"log_format": {"json_format": {"n": "%DYNAMIC_METADATA(ns:number)%"}}}
_NUMBERS = http_filter("writes", "header_to_metadata.v3.Config", f"{{{_RULES}}}")
_LOGS = [*access_log("$dir/text.log", text_format(_TEXT)), *access_log("$dir/json.log", _JSON)]

GROUP = Group(
    bootstrap(
        [http(hcm=json.dumps({"access_log": _LOGS, "http_filters": [_NUMBERS, router()]}))],
        [cluster()],
    ),
    [
        *(Case(f"number_{i}", [get("/", f"number: {value}")]) for i, value in enumerate(_VALUES)),
        Case("infinite", [get("/", "number: inf")]),
        Case("infinite_and_negative", [get("/", "number: -inf")]),
    ],
)
