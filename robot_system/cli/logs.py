"""`robot logs`: what the nodes print, of the running system or from the files of the last."""

from __future__ import annotations

import argparse
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from robot_system import graph
from robot_system.cli.main import OneLineParser, add_domain
from robot_system.errors import ConfigurationError
from robot_system.locks import current_domain
from robot_system.paths import state_folder
from robot_system.ros import environment
from robot_system.supervise import client
from robot_system.supervise.journal import Line, lines_in_files

LINES = 100
EXIT_OK, EXIT_NOTHING = 0, 1


def main(arguments: Sequence[str]) -> int:
    """Print the newest lines of one node or of all."""
    options = _parser().parse_args(arguments)
    environment.prepare(options.domain)
    domain = current_domain()
    if options.node:
        graph.node(options.node)
    if options.lines < 0:
        raise ConfigurationError(f"-n {options.lines}: must not be negative")
    try:
        _show(client.logs(domain, options.node, options.lines, options.follow), options.node)
    except client.NoSupervisorError as error:
        is_found = _show(_from_files(options.node, options.lines), options.node)
        if options.follow or not is_found:
            what = "" if is_found else f" and there is no log in {log_folder()}"
            print(f"robot logs: {error}{what}", file=sys.stderr)
            return EXIT_NOTHING
    return EXIT_OK


def log_folder() -> Path:
    """Return where the files of the nodes are."""
    return state_folder() / "log"


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="robot logs",
        description="Show what the nodes print, of the running system or of the last one.",
        epilog="exit codes: 0 shown, 1 there is nothing to show or to follow, 2 wrong usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("node", nargs="?", default="", metavar="NODE", help="this node only (default: all)")
    add("-f", "--follow", action="store_true", help="go on with what is printed from now on")
    add("-n", "--lines", type=int, default=LINES, metavar="LINES", help=f"default: {LINES}")
    add_domain(parser)
    return parser


def _from_files(node: str, count: int) -> Iterable[Line]:
    names = [node] if node else [spec.name for spec in graph.NODES]
    return deque(lines_in_files(log_folder(), names), maxlen=count)


def _show(lines: Iterable[Line], node: str) -> bool:
    """Print lines as they come; tell whether there was one."""
    width = 0 if node else max(len(spec.name) for spec in graph.NODES)
    is_found = False
    for line in lines:
        is_found = True
        when = datetime.fromtimestamp(line.time).strftime("%H:%M:%S.%f")[:-3]
        print(f"{when} {'' if node else line.node.ljust(width) + ' '}{line.text}", flush=True)
    return is_found
