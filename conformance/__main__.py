"""`make conformance`: the suites against Voyant, or with `--proxy envoy` against the real Envoy."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence

from bench.proxies import PROXIES, Proxy
from bench.stand import StandError
from conformance import grpc_interop, h2spec
from conformance.go_tools import MissingTool

SUITES: dict[str, Callable[[Proxy], bool]] = {"grpc": grpc_interop.run, "h2spec": h2spec.run}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("--proxy", choices=("voyant", "envoy"), default="voyant")
    parser.add_argument("--suite", choices=tuple(SUITES), action="append", help="only this one")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        good = [SUITES[name](PROXIES[options.proxy]) for name in options.suite or SUITES]
    except (MissingTool, StandError) as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
