"""The table of processes: what the supervisor starts and what launch starts are made from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot_system import graph
from robot_system.config import load_parameters, load_policies, parameter_files
from robot_system.errors import ConfigurationError
from robot_system.graph import NodeSpec
from robot_system.parameters import Parameters
from robot_system.paths import data_folder

SIMULATION = "sim"
# Given to the executables of a simulated system, and to no other: see ros/faults.py.
ACCEPT_FAULTS = "--accept-faults"
ORCHESTRATOR = "orchestrator"


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process: the node that it runs, its parameters, and arguments of its executable.

    `parameters` is what `files`, later ones winning, and then `overrides` come to.
    """

    node: NodeSpec
    files: tuple[Path, ...]
    overrides: dict[str, Any]
    parameters: Parameters
    arguments: tuple[str, ...] = ()


def process_table(
    profile: str,
    folder: Path,
    *,
    without: Iterable[str] = (),
    world: str = "",
    extra: Iterable[Path] = (),
    logbook: str = "",
    latch_file: str = "",
    form_file: str = "",
) -> tuple[ProcessSpec, ...]:
    """Return the processes of a system with their checked parameters, in the order of the graph.

    `folder` is the configuration, `world` a file or a name that the simulation knows, `extra` are
    more files with parameters, `logbook` is where the orchestrator keeps what it tried,
    `latch_file` where motion keeps an emergency stop, and `form_file` where the form of the scans
    is kept.
    """
    without, extra = tuple(without), tuple(path.resolve() for path in extra)
    specs = graph.nodes_of(profile, without)
    graph.plan_of(profile, without)
    names = {spec.name for spec in specs}
    if world and SIMULATION not in names:
        raise ConfigurationError(f"world {world}: there is no simulation in this system")
    overrides: dict[str, dict[str, Any]] = {SIMULATION: _of_simulation(world)}
    given: dict[str, Any] = {"without": without, "logbook": logbook}
    overrides[ORCHESTRATOR] = {key: value for key, value in given.items() if value}
    overrides["sensors"] = {"scan_form_file": form_file} if form_file else {}
    given = {"latch_file": latch_file, "scan_form_file": form_file}
    overrides["motion"] = {key: value for key, value in given.items() if value}
    parameters = load_parameters(specs, folder, profile, extra, overrides)
    for one in parameters.values():
        load_policies(one.recovery)
    return tuple(
        ProcessSpec(
            spec,
            parameter_files(spec, folder, profile, extra),
            overrides.get(spec.name, {}),
            parameters[spec.name],
            (ACCEPT_FAULTS,) if profile in graph.SIMULATED else (),
        )
        for spec in specs
    )


def _of_simulation(world: str) -> dict[str, Any]:
    """Return what only the caller's folder and environment can say: paths are made whole."""
    values: dict[str, Any] = {}
    data = data_folder()
    if data is not None:
        values["data_folder"] = str(data.resolve())
    if world:
        is_file = ":" not in world or Path(world).exists()
        values["world"] = str(Path(world).resolve()) if is_file else world
    return values
