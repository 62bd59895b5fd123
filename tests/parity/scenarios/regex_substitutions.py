r"""Substitutions by regular expressions that name groups which are not there, or nothing: Envoy
takes them, and puts in what stands before a wrong escape."""

# ruff: noqa: E501 - YAML of one line each is easier to compare.

from tests.parity.config import bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get

_SUBSTITUTIONS = {
    "beyond": r"/x\2",
    "beyond_and_wrong": r"/x\2\a",
    "wrong": r"/x\az",
    "wrong_behind_a_group": r"/x\1\az",
    "cut": "/x\\",
    "whole": r"/x\0",
    "many": r"/x\1\1\\",
}


def _rewrite(name: str, substitution: str, pattern: str) -> str:
    return f"{name}: {{pattern: {{regex: '{pattern}'}}, substitution: '{substitution}'}}"


_ROUTES = ", ".join(
    route
    for name, text in _SUBSTITUTIONS.items()
    for route in (
        f"{{match: {{prefix: /path/{name}/}}, route: {{cluster: up, {_rewrite('regex_rewrite', text, '/(p)ath')}}}}}",
        f"{{match: {{prefix: /host/{name}/}}, route: {{cluster: up, {_rewrite('host_rewrite_path_regex', text[1:], '/(h)ost.*')}}}}}",
        f"{{match: {{prefix: /redirect/{name}/}}, redirect: {{{_rewrite('regex_rewrite', text, '/(r)edirect')}}}}}",
    )
)
_RULES = ", ".join(
    f"{{header: {name.replace('_', '-')}, on_header_present: {{metadata_namespace: m, key: {name}, {_rewrite('regex_value_rewrite', text, '/(v)')}}}}}"
    for name, text in _SUBSTITUTIONS.items()
)
_ADDED = ", ".join(
    f"{{header: {{key: m-{name.replace('_', '-')}, value: '%DYNAMIC_METADATA(m:{name})%'}}}}"
    for name in _SUBSTITUTIONS
)
GROUP = Group(
    bootstrap(
        [
            filtered(
                "http",
                [
                    http_filter(
                        "m", "header_to_metadata.v3.Config", f"{{request_rules: [{_RULES}]}}"
                    )
                ],
                f"[{_ROUTES}, {{match: {{prefix: /}}, route: {{cluster: up}}, request_headers_to_add: [{_ADDED}]}}]",
            )
        ],
        [cluster()],
    ),
    [
        *[
            Case(f"{where}_{name}", [get(f"/{where}/{name}/a?/{where}")])
            for where in ("path", "host", "redirect")
            for name in _SUBSTITUTIONS
        ],
        Case(
            "metadata",
            [get("/", *(f"{name.replace('_', '-')}: a/vb/v" for name in _SUBSTITUTIONS))],
        ),
    ],
)
