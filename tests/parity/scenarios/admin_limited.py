"""An admin interface that allows some paths only."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get

# What the harness itself asks for must be allowed.
_ALLOWED = """
admin:
  allow_paths:
  - {exact: /ready}
  - {prefix: /stats}
  - {safe_regex: {regex: "/listeners.*"}}
"""

CASES = [
    Case("allowed_exactly", [get("/ready")]),
    Case("allowed_by_prefix", [get("/stats?filter=%5Enothing%24")]),
    Case("allowed_by_expression", [get("/listeners")]),
    Case("forbidden", [get("/help")]),
    Case("forbidden_command", [get("/quitquitquit", method="POST")]),
    Case("forbidden_and_unknown", [get("/nothing")]),
    Case("forbidden_because_of_its_query", [get("/ready?x")]),
]
GROUP = Group(bootstrap([http()], [cluster()], _ALLOWED), CASES, listener="admin")
