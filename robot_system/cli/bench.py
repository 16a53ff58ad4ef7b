"""`robot bench`: runs a benchmark of the checkout, and prints its figures."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from robot_system.cli.main import OneLineParser
from robot_system.errors import ConfigurationError

PACKAGE = "bench"
EXIT_CODES = """\
exit codes:
  0    the benchmark ran; with --check also: all limits are met
  1    with --check: a limit is not met
  2    the benchmark could not run
"""


def main(arguments: Sequence[str]) -> int:
    """Run one benchmark, or list them."""
    options = _parser().parse_args(arguments)
    if options.runs is not None and options.runs < 1:
        raise ConfigurationError(f"--runs {options.runs}: must be at least 1")
    package = load_benchmarks(source_folder())
    known: dict[str, str] = package.BENCHMARKS
    if options.name is None:
        print("\n".join(f"{name:10} {meaning}" for name, meaning in known.items()))
        return 0
    if options.name not in known:
        raise ConfigurationError(
            f"no benchmark is named {options.name!r}; there are {', '.join(known)}"
        )
    if options.fault and options.name != "recovery":
        raise ConfigurationError(f"--fault {options.fault}: only `recovery` measures faults")
    if options.episodes is not None and (options.name != "shield" or options.episodes < 1):
        raise ConfigurationError(
            f"--episodes {options.episodes}: only `shield` plays some, and at least 1"
        )
    if options.seed is not None and options.name != "chaos":
        raise ConfigurationError(f"--seed {options.seed}: only `chaos` takes one")
    if options.picture and options.name != "perception":
        raise ConfigurationError(f"--picture {options.picture}: only `perception` draws")
    picture = Path(options.picture) if options.picture else None
    settings = import_module(f"{PACKAGE}.report").Settings(
        options.runs,
        _say,
        options.fault,
        options.episodes,
        1 if options.seed is None else options.seed,
        picture,
    )
    theft = import_module(f"{PACKAGE}.processes").Theft()
    report = import_module(f"{PACKAGE}.{options.name}").run(settings)
    report.machine["stolen_percent"] = round(theft.percent, 1)
    print(report.as_json() if options.json else report.as_text(), flush=True)
    return 1 if options.check and not report.is_met else 0


def source_folder() -> Path:
    """Return the checkout, which `./robot` tells of."""
    given = os.environ.get("ROBOT_SYSTEM_SOURCE")
    folder = Path(given) if given else None
    if folder is None or not (folder / PACKAGE / "__init__.py").is_file():
        raise ConfigurationError(
            "the benchmarks are not installed: they need a checkout, run `./robot bench` there"
        )
    return folder


def load_benchmarks(folder: Path) -> ModuleType:
    """Import the folder of benchmarks alone: the rest of the checkout must stay out of sight."""
    if PACKAGE in sys.modules:
        return sys.modules[PACKAGE]
    path = folder / PACKAGE
    spec = spec_from_file_location(
        PACKAGE, path / "__init__.py", submodule_search_locations=[str(path)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = sys.modules[PACKAGE] = module_from_spec(spec)
    spec.loader.exec_module(package)
    return package


def _parser() -> OneLineParser:
    import argparse

    parser = OneLineParser(
        prog="robot bench",
        description="Measure something on this machine; without a name, list what there is.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("name", nargs="?", metavar="NAME", help="which benchmark")
    add("--json", action="store_true", help="print one JSON object")
    add("--runs", "--repeat", type=int, metavar="N", help="how often (default: as often as usual)")
    add("--fault", default="", metavar="NAME", help="which fault `recovery` measures")
    add("--episodes", type=int, metavar="N", help="how many `shield` plays")
    add("--seed", type=int, metavar="N", help="which random faults `chaos` does (default: 1)")
    add("--picture", default="", metavar="FILE", help="where `perception` draws real scans")
    add("--check", action="store_true", help="exit with 1 when a limit is not met")
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
