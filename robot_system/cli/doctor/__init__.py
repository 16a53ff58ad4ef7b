"""`robot doctor`: what is in use on this machine, what is wrong with it, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict

from robot_system.cli.doctor import machine, network, software
from robot_system.cli.doctor.finding import Finding, Level
from robot_system.cli.main import OneLineParser
from robot_system.errors import RobotError

EXIT_OK, EXIT_FAILED = 0, 1

Check = Callable[[], Iterable[Finding]]
SET_UP_AGAIN = "run ./robot again, or colcon build"
CHECKS: tuple[tuple[Check, str], ...] = (
    (software.package, SET_UP_AGAIN),
    (software.ros, "use ./robot, or source /opt/ros/jazzy/setup.bash"),
    (software.middleware, "run ./robot again, or install ros-jazzy-rmw-fastrtps-cpp"),
    (software.python, "report it"),
    (software.tools, "report it"),
    (software.packages, "report it"),
    (software.messages, SET_UP_AGAIN),
    (network.profile, "report it"),
    (network.discovery, "see what is said of ros, rmw and the dds profile"),
    (network.ports, "correct ROS_DOMAIN_ID"),
    (machine.clock, "report it"),
    (machine.real_time, "report it"),
    (machine.disk, "report it"),
    (machine.shared_memory, "report it"),
)
"""Everything that is looked at, and what to do when the look itself fails."""


def main(arguments: Sequence[str]) -> int:
    """Print every finding; return 0 when there is no error, 1 otherwise."""
    parser = OneLineParser(
        prog="robot doctor",
        description="Check the machine and the installation.",
        epilog="exit codes: 0 no errors, 1 errors, 2 wrong usage",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    findings = []
    for finding in examine(CHECKS):
        findings.append(finding)
        if not options.json:
            print(line_of(finding), flush=True)
    if options.json:
        print(json.dumps(as_json(findings), indent=2))
    return EXIT_OK if is_healthy(findings) else EXIT_FAILED


def examine(checks: Iterable[tuple[Check, str]]) -> Iterator[Finding]:
    """Look at everything; a check that itself fails is an error of its own."""
    for check, advice in checks:
        name = check.__name__.replace("_", " ")
        try:
            yield from check()
        except RobotError as error:
            yield Finding(name, Level.ERROR, str(error), advice)
        except Exception as error:  # a doctor that dies tells nothing of the rest
            detail = " ".join(f"{type(error).__name__}: {error}".split())
            yield Finding(name, Level.ERROR, detail, advice)


def is_healthy(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing is in the way of running the robot."""
    return all(finding.level is not Level.ERROR for finding in findings)


def as_json(findings: Sequence[Finding]) -> dict[str, object]:
    """Return the findings as plain data."""
    return {"healthy": is_healthy(findings), "findings": [asdict(one) for one in findings]}


def line_of(finding: Finding) -> str:
    """Return a finding as a line for a person."""
    advice = f" -> {finding.advice}" if finding.advice else ""
    return f"{finding.level.value:7} {finding.name:18} {finding.detail}{advice}"
