"""The local zone's offsets from UTC, as far ahead as a process may live."""

import time
from functools import cache

from voyant import ir

_DAY = 86_400
_YEARS = 10


@cache
def utc_offsets() -> list[ir.UtcOffset]:
    """What the clocks show from now on: an entry at the start and at each change of offset."""
    start = int(time.time()) - _DAY
    found = [_offset(start)]
    for day in range(start, start + _YEARS * 366 * _DAY, _DAY):
        if _offset(day + _DAY).offset_s != _offset(day).offset_s:
            found.append(_offset(_change(day, day + _DAY)))
    return found


def _change(before: int, after: int) -> int:
    """The first second with the later offset."""
    wanted = _offset(after).offset_s
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle).offset_s == wanted:
            after = middle
        else:
            before = middle
    return after


def _offset(second: int) -> ir.UtcOffset:
    local = time.localtime(second)
    return ir.UtcOffset(from_s=second, offset_s=local.tm_gmtoff, abbreviation=local.tm_zone)
