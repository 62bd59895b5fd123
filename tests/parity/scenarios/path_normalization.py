"""What becomes of paths: dot segments, escapes, slashes."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, request
from tests.parity.steps import Messages, Step

_DOTS = (
    "/. /.. /./ /../ /a/. /a/.. /a/./ /a/../ /a/../.. /a/b/../../c /a//../b /a/.../b /.a /..a "
    "/a/b/.. /a/b/../ //a//../..//b /a/b/c/././../../d /../../a /a/..//b /..//a /.//a //../a "
    "/a/%2e /a/%2E%2e/b /a/.%2e/b /a/%2e./b /a/..?x /a?b/../c /a\\..\\b /a/b\\ /a/%2e%2e%2f"
)
_PARAMETERS = (
    "/a/..;/b /a/..;x=y;z/b?c /a/.;/b /a/..; /a/.; /a/%2e%2e;/b /a/x;y/b /a/..;/..;/b /..;/a "
    "/a/..%3b/b /a/..;%2fb /a/..;x\\b /a/...;/b /a/.%2e;q /a/b..;/c /a/..;x%2f../b /a\\..;x/b"
)
_ESCAPES = (
    "/% /%2 /%zz /%2z/%41 /a%25%32%65 /%c3%a9 /%ff /a%20b /~%7e%7E /%%30%30 /%%30a /%2%30 "
    "/%%32%65/.. /%%2e /%%%30 /a/%%2e%2e/b /%a%62 /%3%33%41 /%%41 /%f%zz%66 /x%3fy /a%23b "
    "/[x]|^`{}\"<>' /!$&()*+,;=:@ /%5c%2f /a?%2f%41"
)
_SLASHES = (
    "// /// /a// /a///b?c//d /a%2fb /a%2F%2f /%2f..%2f /a/%2f/../b /a%5cb /a%5Cb /a/..%5cb "
    "/a%2f?x%2f /%5c%2f /a?%2f /a/..%2fb"
)
_EVERY_ESCAPE = " ".join(
    "/" + "".join(f"%{byte:02{'xX'[byte % 2]}}" for byte in range(start or 1, start + 16))
    for start in range(0, 256, 16)
)


def _pipelined(paths: str) -> list[Step | bytes]:
    """All on one connection, each after the answer to the one before."""
    steps: list[Step | bytes] = []
    for number, path in enumerate(paths.split(), 1):
        steps += [get(path), Messages(number)]
    return steps


_GRPC = request("GET /a%2fb HTTP/1.1", "Host: a.test", "Content-Type: application/grpc")
_ACTIONS = {
    "reject": "REJECT_REQUEST",
    "redirect": "UNESCAPE_AND_REDIRECT",
    "forward": "UNESCAPE_AND_FORWARD",
}
_BOTH = "normalize_path: true, merge_slashes: true"
_LISTENERS = {
    "normal": "{normalize_path: true}",
    "merge": "{merge_slashes: true, normalize_path: false}",
    "both": f"{{{_BOTH}}}",
    "plain": "{}",
    "ignored": "{path_normalization_options: {forwarding_transformation: {operations: "
    "[{normalize_path_rfc_3986: {}}, {merge_slashes: {}}]}}}",
    **{
        name: f"{{path_with_escaped_slashes_action: {action}}}" for name, action in _ACTIONS.items()
    },
    **{
        f"{name}_both": f"{{{_BOTH}, path_with_escaped_slashes_action: {action}}}"
        for name, action in _ACTIONS.items()
    },
}
_STATS = [
    "http.{}.downstream_rq_failed_path_normalization",
    "http.{}.downstream_rq_redirected_with_normalized_path",
]


def _case(name: str, listener: str, paths: str) -> Case:
    stats = [stat.format(listener) for stat in _STATS]
    return Case(name, _pipelined(paths), listener=listener, stats=stats)


GROUP = Group(
    bootstrap(
        [http(name, hcm=hcm, plain=True) for name, hcm in _LISTENERS.items()],
        [cluster()],
    ),
    [
        *(_case(f"dot_segments_{name}", name, _DOTS) for name in ("normal", "both", "merge")),
        *(_case(f"parameters_{name}", name, _PARAMETERS) for name in ("normal", "forward_both")),
        *(_case(f"escapes_{name}", name, _ESCAPES) for name in ("normal", "both", "plain")),
        _case("every_escape", "normal", _EVERY_ESCAPE),
        *(
            _case(f"slashes_{name}", name, _SLASHES)
            for name in ("normal", "merge", "both", "plain", "ignored", "forward", "forward_both")
        ),
        *(
            _case(f"slashes_{name}_{number}", name, path)
            for name in ("reject", "redirect", "redirect_both", "reject_both")
            for number, path in enumerate(["/a%2fb", "/x/..%5Cb?%2f", "/a?%2f", "/%252f/../c"])
        ),
        *(Case(f"grpc_{name}", [_GRPC], listener=name) for name in ("reject", "redirect")),
        *(Case(f"nul_{name}", [get("/a%00")], listener=name) for name in ("normal", "forward")),
        Case("a_head_request_is_redirected", [get("/a%2Fb", method="HEAD")], listener="redirect"),
        Case(
            "a_post_is_redirected",
            [request("POST /a%2Fb HTTP/1.1", "Host: a", "Content-Length: 2", body=b"hi")],
            listener="redirect",
        ),
    ],
)
