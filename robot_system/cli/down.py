"""`robot down`: stops the system of a domain, and waits until it is gone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from typing import Any

from robot_system.cli.main import OneLineParser, add_domain
from robot_system.locks import NodeLock, current_domain
from robot_system.ros import environment

PATIENCE = 5.0
EXIT_OK, EXIT_FAILED = 0, 1


def main(arguments: Sequence[str]) -> int:
    """Ask the command that started the system to end it."""
    parser = OneLineParser(prog="robot down", description="Stop the system of a domain.")
    add_domain(parser)
    options = parser.parse_args(arguments)
    environment.prepare(options.domain)
    domain = current_domain()
    if NodeLock.holder(domain, "up") is None:
        print(f"nothing was started by `robot up` in domain {domain}")
        return EXIT_OK
    pid = None
    deadline = time.monotonic() + PATIENCE
    while (holder := NodeLock.holder(domain, "up")) is not None:
        if pid is None:
            pid = _tell(holder)
        if time.monotonic() > deadline:
            who = "who holds the lock" if pid is None else f"process {pid}"
            print(f"{who} has not ended after {PATIENCE:g} s; look at `robot status`")
            return EXIT_FAILED
        time.sleep(0.02)
    print(f"domain {domain} is down")
    return EXIT_OK


def _tell(holder: dict[str, Any]) -> int | None:
    """Ask the holder to end; return its process, None while that can not be read or is gone."""
    pid = holder.get("pid")
    if not isinstance(pid, int) or pid <= 0:
        return None
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return None
    return pid
