"""`robot test`: the checks and the tests of a checkout, ring by ring, with a short summary."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from robot_system.cli.main import OneLineParser
from robot_system.paths import source_folder
from robot_system.ros import environment

RINGS = ("unit", "node", "graph", "replay", "fault")
# What takes minutes by itself is run when it is asked for.
ASKED_FOR = "fault"
# What needs nothing but a processor is run on all of them.
IN_PARALLEL = ("-n", "auto")
CHECKS = {
    "format": ("ruff", "format", "--check", "--quiet"),
    "lint": ("ruff", "check", "--quiet"),
    "types": ("mypy", "--no-error-summary"),
}
EXIT_OK, EXIT_FAILED = 0, 1
NOTHING_COLLECTED = 5


@dataclass(frozen=True, slots=True)
class Step:
    """One program to run, under the name that the summary shows."""

    name: str
    command: tuple[str, ...]


def main(arguments: Sequence[str]) -> int:
    """Run the steps that were asked for; by default all but the ring of faults."""
    parser = OneLineParser(
        prog="robot test",
        description="Run the checks and the tests.",
        epilog="what follows -- goes to pytest; exit codes: 0 all passed, 1 not, 2 wrong usage",
    )
    names = ("check", *RINGS)
    parser.add_argument("rings", nargs="*", metavar="RING", help=", ".join(names))
    own, _, rest = _split(list(arguments))
    rings = parser.parse_args(own).rings
    for ring in rings:
        if ring not in names:
            parser.error(f"no ring is named {ring!r}; rings are {', '.join(names)}")
    source = source_folder()
    environment.prepare()
    empty = [ring for ring in rings if ring != "check" and not _has_tests(source, ring)]
    for ring in empty:
        print(f"robot test: ring {ring} has no tests", file=sys.stderr)
    chosen = rings or [name for name in names if name != ASKED_FOR]
    results = [_run(step, source) for step in _steps(source, chosen, rest)]
    print()
    for step, code, seconds in results:
        print(f"{'ok' if code == 0 else 'FAILED':7}{step.name:8}{seconds:7.1f} s")
    if not rings:
        print(f"not run: {ASKED_FOR} (every fault of the catalogue: ./robot test {ASKED_FOR})")
    is_passed = bool(results) and not empty and all(code == 0 for _, code, _ in results)
    return EXIT_OK if is_passed else EXIT_FAILED


def _has_tests(source: Path, ring: str) -> bool:
    return any((source / "test" / ring).glob("test_*.py"))


def _split(arguments: list[str]) -> tuple[list[str], str, list[str]]:
    if "--" not in arguments:
        return arguments, "", []
    cut = arguments.index("--")
    return arguments[:cut], "--", arguments[cut + 1 :]


def _steps(source: Path, rings: Sequence[str], rest: list[str]) -> list[Step]:
    tools = Path(sys.executable).parent
    steps = []
    if "check" in rings:
        for name, (tool, *options) in CHECKS.items():
            steps.append(Step(name, (str(tools / tool), *options)))
    for ring in RINGS:
        if ring in rings and _has_tests(source, ring):
            folder = source / "test" / ring
            own = IN_PARALLEL if ring == "unit" else ()
            steps.append(Step(ring, (str(tools / "pytest"), str(folder), "-q", *own, *rest)))
    return steps


def _run(step: Step, source: Path) -> tuple[Step, int, float]:
    print(f"--- {step.name}", flush=True)
    began = time.monotonic()
    # The folder is never on the path: the installed package is tested, with its messages.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    code = subprocess.run(step.command, cwd=source, env=variables, check=False).returncode
    if code == NOTHING_COLLECTED:
        print(f"{step.name}: no test was run", file=sys.stderr)
    return step, code, time.monotonic() - began
