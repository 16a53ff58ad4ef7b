"""`robot fault`: breaks a simulated system on purpose, to see what it makes of it."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING

from robot_system.cli.main import OneLineParser, add_domain
from robot_system.errors import ConfigurationError
from robot_system.faults.catalogue import FAULTS, Fault, Means, fault
from robot_system.faults.injector import Injector, RefusedError
from robot_system.faults.processes import NotRunningError
from robot_system.locks import current_domain
from robot_system.ros import environment

if TYPE_CHECKING:
    from robot_system.ros.listener import Listener

EXIT_OK, EXIT_FAILED = 0, 1
EXIT_CODES = """\
exit codes:
  0  the fault was begun (with a duration: and is over), or all were cleared
  1  nothing runs on this machine in this domain, or it is not a simulation
  2  wrong usage: no such fault, or not possible on this node
"""
# The reply of a request that is not heard at once is worth this wait (s).
LAST_WORDS = 0.2


def main(arguments: Sequence[str]) -> int:
    """List the faults, begin one, or end all."""
    options = _parser().parse_args(arguments)
    if options.action == "list":
        return _list(options.json)
    lasts = getattr(options, "lasts", None)
    if lasts is not None and not (math.isfinite(lasts) and lasts > 0.0):
        raise ConfigurationError(f"--for {lasts:g}: must be a positive number of seconds")
    row = fault(options.name) if options.action == "run" else None
    target = row.target(options.node) if row else ""
    if row and lasts is not None and not row.can_end:
        raise ConfigurationError(f"--for {lasts:g}: fault {row.name} is over at once")
    environment.prepare(options.domain)
    try:
        return _act(row, target, lasts)
    except (NotRunningError, RefusedError) as error:
        print(f"robot fault: {error}", file=sys.stderr)
        return EXIT_FAILED


def _act(row: Fault | None, target: str, lasts: float | None) -> int:
    from robot_system.ros.listener import Listener

    listener = Listener("fault")
    injector = Injector(listener, current_domain())
    try:
        injector.refuse_real_robot()
        if row is None:
            injector.clear()
            listener.spin(LAST_WORDS)
            print("all faults are cleared")
        else:
            _run(row, target, lasts, injector, listener)
    finally:
        injector.end_programs()
        listener.close()
    return EXIT_OK


def _run(
    row: Fault, target: str, lasts: float | None, injector: Injector, listener: Listener
) -> None:
    """Begin a fault; stay until it is over when it has a duration, or is a program."""
    stop = _Stop()
    duration = row.lasts if lasts is None else lasts
    began = injector.begin(row, target, duration)
    place = f" of {target}" if target else ""
    if not duration or row.means is Means.OWNER:
        listener.spin(LAST_WORDS)
        print(f"{row.name}{place}: done; `robot fault clear` ends what lasts")
        return
    print(f"{row.name}{place}: for {duration:g} s", flush=True)
    listener.spin_until(
        lambda: stop.is_set or time.monotonic() - began >= duration, duration + 1.0
    )
    injector.end()
    listener.spin(LAST_WORDS)
    print(f"{row.name}{place}: over")


def _list(is_json: bool) -> int:
    if is_json:
        rows = [
            {
                "name": row.name,
                "meaning": row.meaning,
                "targets": list(row.targets),
                "lasts_s": row.lasts,
                "means": row.means.value,
                "recovery": row.recovery.value,
            }
            for row in FAULTS
        ]
        print(json.dumps(rows))
        return EXIT_OK
    width = max(len(row.name) for row in FAULTS)
    for row in FAULTS:
        where = f" [{', '.join(row.targets)}]" if row.targets else ""
        print(f"{row.name:{width}}  {row.meaning}{where}")
    return EXIT_OK


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="robot fault",
        description="Break a simulated system on purpose.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|run|clear")
    listing = actions.add_parser("list", help="show all faults")
    listing.add_argument("--json", action="store_true", help="print one JSON list")
    run = actions.add_parser("run", help="begin a fault")
    run.add_argument("name", metavar="NAME", help="which, as `robot fault list` names it")
    run.add_argument("--node", default="", metavar="N", help="what it is done to")
    run.add_argument(
        "--for", dest="lasts", type=float, metavar="S", help="end it after this many seconds"
    )
    clear = actions.add_parser("clear", help="end all faults that last")
    for one in (run, clear):
        add_domain(one)
    return parser


class _Stop:
    """Notices Ctrl-C and SIGTERM, so that what was begun is ended."""

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_set = True
