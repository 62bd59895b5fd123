"""`x-forwarded-client-cert` where no client has a certificate."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Answered
from tests.parity.steps_h2 import Headers, StreamDone

_ACTIONS = ("SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY")
_SET = "{subject: true, cert: true, chain: true, dns: true, uri: true}"
_LISTENERS = {
    "unset": "{}",
    "detailed": f"set_current_client_cert_details: {_SET}",
    **{
        action.lower(): f"{{forward_client_cert_details: {action}, "
        f"set_current_client_cert_details: {_SET}}}"
        for action in _ACTIONS
    },
}
_HASH = "By=http://me.test;Hash=abc;URI=http://you.test"
CASES = [
    case
    for name in _LISTENERS
    for case in (
        Case(f"{name}_without_one", [get(), Answered()], listener=name),
        Case(
            f"{name}_with_one",
            [get("/", f"X-Forwarded-Client-Cert: {_HASH}"), Answered()],
            listener=name,
        ),
        Case(
            f"{name}_with_two",
            [
                get("/", "X-Forwarded-Client-Cert: Hash=a", "x-forwarded-client-cert: Hash=b"),
                Answered(),
            ],
            listener=name,
        ),
        Case(
            f"{name}_on_http2",
            [
                Headers(fields("/", ("x-forwarded-client-cert", _HASH)), end=True),
                StreamDone(),
            ],
            listener=name,
            protocol="h2",
        ),
    )
]
GROUP = Group(
    bootstrap([http(name, hcm=hcm, plain=True) for name, hcm in _LISTENERS.items()], [cluster()]),
    CASES,
    listener="unset",
)
