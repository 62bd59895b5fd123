"""URI templates: matches and rewrites."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Messages, Step

_PATH = "type.googleapis.com/envoy.extensions.path"
_MATCH = f"{_PATH}.match.uri_template.v3.UriTemplateMatchConfig"
_REWRITE = f"{_PATH}.rewrite.uri_template.v3.UriTemplateRewriteConfig"


def _route(host: str, template: str, rewrite: str = "") -> str:
    matched = f'{{name: m, typed_config: {{"@type": {_MATCH}, path_template: "{template}"}}}}'
    action = "cluster: up"
    if rewrite:
        typed = f'{{"@type": {_REWRITE}, path_template_rewrite: "{rewrite}"}}'
        action += f", path_rewrite_policy: {{name: r, typed_config: {typed}}}"
    return (
        f"- {{name: {host}, domains: [{host}.test], "
        f"routes: [{{match: {{path_match_policy: {matched}}}, route: {{{action}}}}}]}}\n"
    )


_TEMPLATES = {
    "variable": (
        "/users/{id}",
        ["/users/7", "/users/", "/users/7/x", "/users/%20", "/users/|"],
    ),
    "star": ("/a/*/c", ["/a/b/c", "/a//c", "/a/b/b/c"]),
    "stars": ("/a/**", ["/a/", "/a/b/c", "/a", "/a/b?x=/|"]),
    "suffix": ("/**.js", ["/x.js", "/a/b.js", "/.js", "/xjs"]),
    "named_star": ("/{x=v1/*}/{y=**}", ["/v1/a/b/c", "/v2/a/b", "/v1/a/"]),
    "mixed": ("/a{b}c/d", ["/axc/d", "/ac/d", "/axxc/d/"]),
    "trailing": ("/a/", ["/a/", "/a"]),
    "quantified": ("/ab*", ["/a", "/abbb", "/ab*"]),
    "repeated_twice": ("/ab**", ["/a", "/ab"]),
    "escaped": ("/a.b+(c)$", ["/a.b+(c)$", "/axb+(c)$"]),
    "equals": ("/a=b", ["/a=b"]),
}
_REWRITES = {
    "swap": ("/{a}/{b}/x", "/{b}/{a}", ["/1/2/x", "/1/2/x?q={a}"]),
    "literal": ("/{a}", "/fixed/v1", ["/1"]),
    "deep": ("/api/{rest=**}", "/v2/{rest}", ["/api/a/b", "/api/"]),
    "twice": ("/{a}", "/{a}-{a}.html", ["/x"]),
}


def _asked(paths: list[str], host: str) -> list[bytes | Step]:
    steps: list[bytes | Step] = []
    for count, path in enumerate(paths, 1):
        steps += [get(path, host=host), Messages(count)]
    return steps


GROUP = Group(
    bootstrap(
        [
            http(
                virtual_hosts="".join(
                    [_route(host.replace("_", "-"), t) for host, (t, _) in _TEMPLATES.items()]
                    + [_route(f"r-{host}", t, r) for host, (t, r, _) in _REWRITES.items()]
                )
            )
        ],
        [cluster()],
    ),
    [
        *(
            Case(f"match_{name}", _asked(paths, f"{name.replace('_', '-')}.test"))
            for name, (_, paths) in _TEMPLATES.items()
        ),
        *(
            Case(f"rewrite_{name}", _asked(paths, f"r-{name}.test"))
            for name, (_, _, paths) in _REWRITES.items()
        ),
    ],
)
