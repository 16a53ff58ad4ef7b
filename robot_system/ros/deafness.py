"""Lets the kernel drop everything that this process would receive over the network."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import stat
import struct
from pathlib import Path

# Of <asm-generic/socket.h>; the module `socket` does not name them.
_ATTACH_FILTER, _DETACH_FILTER = 26, 27
# One instruction of a classic socket filter: return 0, that is, keep no byte of the packet.
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)


class Deafness:
    """Puts a filter on each UDP socket of the process, and takes it away again."""

    def __init__(self) -> None:
        self.is_deaf = False

    def begin(self) -> None:
        """Hear nothing any more: no data, no discovery, no answer."""
        self.is_deaf = True
        code = ctypes.create_string_buffer(_DROP_ALL)
        # A length and a pointer, with the padding that the kernel expects between them.
        program = struct.pack("HL", 1, ctypes.addressof(code))
        for one in _udp_sockets():
            one.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)
            one.close()

    def end(self) -> None:
        """Hear again."""
        if not self.is_deaf:
            return
        self.is_deaf = False
        for one in _udp_sockets():
            with contextlib.suppress(OSError):
                # One that was made meanwhile has no filter.
                one.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, 0)
            one.close()


def _udp_sockets() -> list[socket.socket]:
    """Return duplicates of the UDP sockets that this process has open."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            number = int(entry.name)
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            one = socket.socket(fileno=os.dup(number))
        except OSError:
            continue
        if one.family == socket.AF_INET and one.type == socket.SOCK_DGRAM:
            found.append(one)
        else:
            one.close()
    return found
