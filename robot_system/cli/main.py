"""The robot command: finds the subcommand, and turns expected errors into one clear line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from robot_system import __version__
from robot_system.errors import RobotError

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
# What a shell reports of a program whose reader has gone.
EXIT_PIPE = 141

COMMANDS = {
    "up": "start the system, and show it",
    "down": "stop the system that runs in a domain",
    "status": "show the nodes and what holds the robot",
    "explain": "say why the robot stands",
    "restart": "end a node's process, so that it begins anew",
    "stop": "take a node down",
    "start": "let a node come up that was stopped",
    "disable": "go on without a node",
    "enable": "use a node again that was disabled",
    "clear": "begin anew with nodes that wait for a person",
    "mode": "take the system to stopped, standby or running",
    "estop": "stop the robot until it is released",
    "release": "let a robot move again that waits for a person",
    "fault": "break a simulated system on purpose",
    "logs": "show what the nodes print",
    "doctor": "check the machine and the installation",
    "test": "run the checks and tests (from a checkout)",
    "bench": "run a benchmark (from a checkout)",
    "reference": "write the reference pages (from a checkout)",
}

# All that only ask a node for something are one module, which is told what.
ASKED = ("restart", "stop", "start", "disable", "enable", "clear", "mode", "estop", "release")


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Leave with the exit code for wrong usage."""
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(EXIT_USAGE)


def add_domain(parser: argparse.ArgumentParser) -> None:
    """Let the user name the domain of the system that is meant."""
    parser.add_argument("--domain", type=int, metavar="N", help="default: ROS_DOMAIN_ID or 0")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code; end quietly when nobody reads its output."""
    try:
        try:
            return _run(arguments)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE


def _run(arguments: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = OneLineParser(
        prog="robot",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="commands:\n" + "\n".join(f"  {name:9} {text}" for name, text in COMMANDS.items()),
        usage="robot COMMAND [options]",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    command = parser.parse_args(given[:1] or ["--help"]).command
    try:
        module = "ask" if command in ASKED else command
        rest = given if command in ASKED else given[1:]
        code: int = import_module(f"robot_system.cli.{module}").main(rest)
    except RobotError as error:
        print(f"robot {command}: {error}", file=sys.stderr)
        return EXIT_USAGE
    except ModuleNotFoundError as error:
        print(
            f"robot {command}: the package {error.name} is missing; `robot doctor` tells more,"
            " and ./robot sets everything up again when .venv is deleted",
            file=sys.stderr,
        )
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
