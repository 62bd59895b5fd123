"""This machine's first address that is not loopback, in the order of its interfaces."""

import contextlib
import socket
import struct
from pathlib import Path
from typing import Literal

_SIOCGIFADDR = 0x8915
_IF_INET6 = Path("/proc/net/if_inet6")
LOOPBACK = {"v4": "127.0.0.1", "v6": "::1"}


def local_address(version: Literal["v4", "v6"]) -> str:
    """The address; loopback on a machine that has no other."""
    found = _first_v4() if version == "v4" else _first_v6()
    return found or LOOPBACK[version]


def _first_v4() -> str | None:
    try:
        # Not there on systems that are not Unix.
        import fcntl
    except ImportError:
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode())
            with contextlib.suppress(OSError):
                answer = fcntl.ioctl(asked, _SIOCGIFADDR, request)
                address = socket.inet_ntoa(answer[20:24])
                if not address.startswith("127."):
                    return address
    return None


def _first_v6() -> str | None:
    with contextlib.suppress(OSError):
        for line in _IF_INET6.read_text().splitlines():
            address = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(line.split()[0]))
            if address != LOOPBACK["v6"]:
                return address
    return None
