"""gRPC's interoperability cases: grpc-go's client through the proxy to grpc-go's server."""

from __future__ import annotations

import json
import subprocess

from bench import stand
from bench.process import Process
from bench.proxies import Proxy
from conformance.go_tools import tool
from conformance.proxied import proxied

TIMEOUT_SECONDS = 60
ORCA = json.dumps({"loadBalancingConfig": [{"test_backend_metrics_load_balancer": {}}]})

CASES: dict[str, tuple[str, ...]] = {
    "empty_unary": (),
    "large_unary": (),
    "client_streaming": (),
    "server_streaming": (),
    "ping_pong": (),
    "empty_stream": (),
    "timeout_on_sleeping_server": (),
    "cancel_after_begin": (),
    "cancel_after_first_response": (),
    "status_code_and_message": (),
    "special_status_message": (),
    "custom_metadata": (),
    "unimplemented_method": (),
    "unimplemented_service": (),
    "orca_per_rpc": ("-service_config_json", ORCA),
    "orca_oob": ("-service_config_json", ORCA),
    "rpc_soak": (),
    "channel_soak": (),
}


def run(which: Proxy) -> bool:
    """Whether every case passed; each failed one is printed with the client's last line."""
    client, server = tool("client"), tool("server")
    port, log = stand.free_port(), stand.folder("conformance") / "grpc-server.log"
    passed = 0
    with Process([str(server), "-port", str(port)], None, log) as upstream:
        stand.wait_until_open(upstream, port)
        with proxied(which, port, http2=True) as listen:
            shared = [str(client), "-server_host", "127.0.0.1", "-server_port", str(listen)]
            for name, extra in CASES.items():
                passed += case([*shared, "-test_case", name, *extra], name)
    print(f"gRPC interop: {passed} of {len(CASES)} passed", flush=True)
    return passed == len(CASES)


def case(line: list[str], name: str) -> bool:
    try:
        done = subprocess.run(
            line, check=False, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        print(f"  failed: {name}: no end after {TIMEOUT_SECONDS} s")
        return False
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"  failed: {name}: {last[:300]}")
    return done.returncode == 0
