"""`robot down`: stops the system of a domain, and waits until it is gone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from robot_system.cli.main import OneLineParser
from robot_system.locks import NodeLock, current_domain

PATIENCE = 5.0
EXIT_OK, EXIT_FAILED = 0, 1


def main(arguments: Sequence[str]) -> int:
    """Ask the command that started the system to end it."""
    parser = OneLineParser(prog="robot down", description="Stop the system of a domain.")
    parser.add_argument("--domain", type=int, metavar="N", help="default: ROS_DOMAIN_ID or 0")
    options = parser.parse_args(arguments)
    domain = current_domain() if options.domain is None else options.domain
    holder = NodeLock.holder(domain, "up")
    if holder is None:
        print(f"nothing was started by `robot up` in domain {domain}")
        return EXIT_OK
    pid = int(holder["pid"])
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while NodeLock.holder(domain, "up") is not None:
        if time.monotonic() > deadline:
            print(f"process {pid} has not ended after {PATIENCE:g} s; look at `robot status`")
            return EXIT_FAILED
        time.sleep(0.02)
    print(f"domain {domain} is down")
    return EXIT_OK
