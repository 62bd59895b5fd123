"""Runtime: layers, what an operator overrides while the proxy serves, and what comes of it."""

import json

from tests.parity.config import access_log, bootstrap, cluster, http, text_format
from tests.parity.scenario import Case, Group, get, request
from tests.parity.steps import Messages, Open, Send, Step

_FORM = "application/x-www-form-urlencoded"
_ADMIN = Open("a", listener="admin")
_STATS = [
    "runtime.load_success",
    "runtime.load_error",
    "runtime.num_keys",
    "runtime.num_layers",
    "runtime.admin_overrides_active",
    "runtime.override_dir_not_exists",
]
_LAYERS = """
layered_runtime:
  layers:
  - {name: base, static_layer: {route.share: 0, log.least: 400, text: word, flag: true}}
  - {name: over, static_layer: {route.share: 100, half: 1.5}}
  - {name: files, disk_layer: {symlink_root: $dir/none, subdirectory: x}}
  - {name: admin, admin_layer: {}}
"""
_ROUTES = """
- match:
    prefix: /
    runtime_fraction: {default_value: {numerator: 0}, runtime_key: route.share}
  direct_response: {status: 200, body: {inline_string: shared}}
- match: {prefix: /}
  direct_response: {status: 404, body: {inline_string: other}}
"""
_FILTER = {
    "status_code_filter": {
        "comparison": {"op": "GE", "value": {"default_value": 0, "runtime_key": "log.least"}}
    }
}
_LOG = access_log("$dir/http.log", text_format("%RESPONSE_CODE%\n"))
_LOG[0]["filter"] = _FILTER


def _changed(query: str, count: int = 1) -> list[Step]:
    return [Send(get(f"/runtime_modify{query}", method="POST"), "a"), Messages(count, "a")]


def _asked(path: str, count: int) -> list[Step]:
    return [Send(get(path), "a"), Messages(count, "a")]


def _form(body: bytes, content_type: str = _FORM, target: str = "/runtime_modify") -> list[Step]:
    head = (f"POST {target} HTTP/1.1", "Host: a", f"Content-Length: {len(body)}")
    lines = (f"Content-Type: {content_type}",) if content_type else ()
    return [Send(request(*head, *lines, body=body), "a"), Messages(1, "a")]


_STEPS: dict[str, list[bytes | Step]] = {
    "as_configured": [get("/"), Messages(1)],
    "a_share_is_taken_away": [_ADMIN, *_changed("?route.share=0"), get("/"), Messages(1)],
    "and_given_back": [
        _ADMIN,
        *_changed("?route.share=0"),
        get("/"),
        Messages(1),
        *_changed("?route.share=", 2),
        get("/"),
        Messages(2),
    ],
    "as_a_fraction": [
        _ADMIN,
        *_changed("?route.share=%7B%22numerator%22:0%7D"),
        get("/"),
        Messages(1),
    ],
    "what_is_no_number": [_ADMIN, *_changed("?route.share=word"), get("/"), Messages(1)],
    "a_negative_number": [_ADMIN, *_changed("?route.share=-1"), get("/"), Messages(1)],
    "a_broken_number": [_ADMIN, *_changed("?route.share=0.9"), get("/"), Messages(1)],
    "a_power_of_ten": [_ADMIN, *_changed("?route.share=1e2"), get("/"), Messages(1)],
    "blanks_around_a_number": [_ADMIN, *_changed("?route.share=%200%20"), get("/"), Messages(1)],
    "the_log_follows": [
        get("/"),
        Messages(1),
        _ADMIN,
        *_changed("?log.least=200"),
        get("/"),
        Messages(2),
    ],
    "two_at_once": [
        _ADMIN,
        *_changed("?route.share=0&log.least=500"),
        get("/"),
        Messages(1),
    ],
    "of_one_key_the_first": [
        _ADMIN,
        *_changed("?route.share=0&route.share=100"),
        get("/"),
        Messages(1),
    ],
    "a_new_key": [_ADMIN, *_changed("?new.key=%C3%A4%20b")],
    "a_key_without_a_value": [_ADMIN, *_changed("?new.key")],
    "what_was_never_there": [_ADMIN, *_changed("?new.key=")],
    "no_key": [_ADMIN, *_changed("")],
    "a_form": [_ADMIN, *_form(b"route.share=0&log.least=200"), get("/"), Messages(1)],
    "a_form_that_is_encoded": [_ADMIN, *_form(b"new.key=a+b%20c%26"), *_asked("/runtime", 2)],
    "a_form_beside_a_query": [
        _ADMIN,
        *_form(b"route.share=0", target="/runtime_modify?new.key=1"),
        get("/"),
        Messages(1),
    ],
    "a_form_with_a_charset": [_ADMIN, *_form(b"route.share=0", f"{_FORM}; charset=utf-8")],
    "a_body_without_a_type": [_ADMIN, *_form(b"route.share=0", "")],
    "a_body_of_another_type": [_ADMIN, *_form(b"route.share=0", "application/json")],
    "an_empty_form": [_ADMIN, *_form(b"")],
    "asked_by_get": [_ADMIN, *_asked("/runtime_modify?a=1", 1)],
}
GROUP = Group(
    bootstrap([http(routes=_ROUTES, hcm=json.dumps({"access_log": _LOG}))], [cluster()], _LAYERS),
    [Case(name, steps, stats=_STATS) for name, steps in _STEPS.items()],
    fresh=True,
)
