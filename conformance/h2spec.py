"""h2spec: 145 cases of RFC 9113 and 7541 against the proxy's HTTP/2 server side.

The upstream is an HTTP/1.1 server. What each proxy passes is kept here: a case that fails and is
not among its known ones fails the command. The real Envoy 1.40 passes 133.
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

BY_DESIGN = {
    "http2/3.5/2": "on a listener of codec_type AUTO what is not HTTP/2's preface is HTTP/1.1, "
    "and answered with its 400",
    "http2/5.3.1/2": "RFC 9113 took priorities out of HTTP/2: the frames are counted, nothing more",
}
ENVOY_FAILS = {
    *("generic/3.8/1", "http2/3.5/2", "http2/5.1/8", "http2/5.1/9", "http2/5.1/11", "http2/5.1/12"),
    *("http2/5.1.1/2", "http2/5.3.1/2", "http2/6.3/1", "http2/6.9.1/2", "http2/6.9.1/3"),
    "http2/7/1",
}
KNOWN = {"voyant": dict(BY_DESIGN), "envoy": dict.fromkeys(ENVOY_FAILS, "kept of Envoy 1.40")}
CASES = 145
TIMEOUT_SECONDS = 600


def run(which: Proxy) -> bool:
    """Whether every case passed that is not known to fail; each failed one is printed."""
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
    return judge(which.name, *read(report))


def judge(proxy: str, passed: int, failed: dict[str, str]) -> bool:
    """Prints what failed, and why where that is known; whether all else passed."""
    known = KNOWN[proxy]
    for case, title in failed.items():
        also = " (Envoy, too)" if case in ENVOY_FAILS else ""
        print(f"  failed: {case} {title}{also}: {known.get(case, 'NOT KNOWN: passed before')}")
    for case in known.keys() - failed.keys():
        print(f"  passed, though known to fail: {case}")
    least = CASES - len(known)
    print(f"h2spec: {passed} of {passed + len(failed)} passed (at least {least})", flush=True)
    return passed >= least and failed.keys() <= known.keys()


def read(report: Path) -> tuple[int, dict[str, str]]:
    """The number of passed cases, and the title of each that did not pass."""
    if not report.exists():
        raise stand.StandError("h2spec left no report")
    # h2spec writes the bytes of a bad frame into its report as they are.
    text = re.sub(r"[^\t\n -\ud7ff]", "?", report.read_text(errors="replace"))
    passed, failed = 0, {}
    for suite in ElementTree.fromstring(text).iter("testsuite"):
        for number, case in enumerate(suite.iter("testcase"), start=1):
            if case.find("failure") is None and case.find("error") is None:
                passed += 1
            else:
                failed[f"{suite.get('package')}/{number}"] = case.get("classname", "")
    return passed, failed
