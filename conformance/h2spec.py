"""h2spec: 145 cases of RFC 9113 and 7541 against the proxy's HTTP/2 server side.

The upstream is an HTTP/1.1 server. The real Envoy 1.40 passes 133; which cases it fails is kept
here, so that a failure of ours alone stands out.
"""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from bench import stand
from bench.proxies import Proxy
from conformance.go_tools import tool
from conformance.proxied import proxied
from tools.demo_upstream import Upstream

FLOOR = 133
ENVOY_FAILS = {
    *("generic/3.8/1", "http2/3.5/2", "http2/5.1/8", "http2/5.1/9", "http2/5.1/11", "http2/5.1/12"),
    *("http2/5.1.1/2", "http2/5.3.1/2", "http2/6.3/1", "http2/6.9.1/2", "http2/6.9.1/3"),
    "http2/7/1",
}
TIMEOUT_SECONDS = 600


def run(which: Proxy) -> bool:
    """Whether at least the floor passed; each failed case is printed."""
    report = stand.folder("conformance") / f"h2spec-{which.name}.xml"
    report.unlink(missing_ok=True)
    program = tool("h2spec")
    upstream = Upstream("h2spec", 0).start()
    try:
        with proxied(which, upstream.port, http2=False) as port:
            line = [str(program), "-h", "127.0.0.1", "-p", str(port), "-j", str(report)]
            subprocess.run(line, check=False, capture_output=True, timeout=TIMEOUT_SECONDS)
    finally:
        upstream.stop()
    passed, failed = read(report)
    for case in failed:
        also = " (as Envoy does)" if case.split()[0] in ENVOY_FAILS else ""
        print(f"  failed: {case}{also}")
    print(f"h2spec: {passed} of {passed + len(failed)} passed (at least {FLOOR})", flush=True)
    return passed >= FLOOR


def read(report: Path) -> tuple[int, list[str]]:
    """The number of passed cases, and the name of each that did not pass."""
    # h2spec writes the bytes of a bad frame into its report as they are.
    text = re.sub(r"[^\t\n -\ud7ff]", "?", report.read_text(errors="replace"))
    passed, failed = 0, []
    for suite in ElementTree.fromstring(text).iter("testsuite"):
        for number, case in enumerate(suite.iter("testcase"), start=1):
            if case.find("failure") is None and case.find("error") is None:
                passed += 1
            else:
                failed.append(f"{suite.get('package')}/{number} {case.get('classname')}")
    return passed, failed
