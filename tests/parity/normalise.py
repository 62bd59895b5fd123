"""What may legitimately differ between two runs of one proxy is replaced; nothing else is."""

import re
import socket
from collections.abc import Sequence
from itertools import groupby

from tests.parity.scenario import Case

DROPPED = "<dropped>"
_MANY = 5
_UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_RULES = [
    (
        re.compile(r"(?i)^((?:date|last-modified): )\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$"),
        r"\1<date>",
    ),
    (re.compile(r"(?i)^(x-envoy-upstream-service-time: )\d+$"), r"\1<ms>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "<time>"),
    (re.compile(r"(127\.0\.0\.1|\[::1\]):[3-6]\d{4}\b"), r"\1:<port>"),
]


class Normaliser:
    """The rules of a case: the general ones, the addresses of this run, the case's own."""

    def __init__(self, names: Sequence[tuple[str, str]], case: Case) -> None:
        longest_first = sorted(names, key=lambda pair: -len(pair[0]))
        self._names = [
            (re.compile(r"(?<!\d)" + re.escape(k) + r"(?!\d)"), v) for k, v in longest_first
        ]
        loose = [(re.compile(x.pattern), x.shown, x.only) for x in case.loose]
        # What may be any bytes may be a line's end, too.
        self._loose = [each for each in loose if not each[0].flags & re.DOTALL]
        self._over_lines = [each for each in loose if each[0].flags & re.DOTALL]
        self._sorted = bool(case.any_header_order)
        if machine := own_address():
            self._names.append((re.compile(re.escape(machine)), "<machine>"))

    def lines(self, section: str, lines: Sequence[str]) -> list[str]:
        """A line that comes many times in a row is shown once, with how often it came."""
        shown: list[str] = []
        for pattern, replacement, only in self._over_lines:
            if section.startswith(only):
                lines = pattern.sub(replacement, "\n".join(lines)).split("\n")
        known = (self._line(section, line) for line in lines)
        for line, run in groupby(line for line in known if line != DROPPED):
            times = len(list(run))
            shown += [f"<{times} times> {line}"] if times >= _MANY else [line] * times
        return shown

    def message(self, section: str, lines: Sequence[str]) -> list[str]:
        """Lines of a transcript; header lines are sorted where the case allows any order."""
        shown = self.lines(section, lines)
        if not self._sorted:
            return shown
        result: list[str] = []
        block: list[str] = []
        for line in shown:
            if ": " in line and not line.startswith("<"):
                block.append(line)
            else:
                result += [*sorted(block), line]
                block = []
        return result + sorted(block)

    def _line(self, section: str, line: str) -> str:
        line = _UUID.sub("<uuid>", line)
        for pattern, shown, only in self._loose:
            if section.startswith(only):
                line = pattern.sub(shown, line)
        for pattern, shown in self._names:
            line = pattern.sub(shown.replace("\\", r"\\"), line)
        for pattern, shown in _RULES:
            line = pattern.sub(shown, line)
        return line


def own_address() -> str:
    """The address that Envoy takes for its own: that of the first interface but loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        address: str = probe.getsockname()[0]
    return "" if address.startswith("127.") else address
