"""`robot up`: checks everything, starts one process per node, and shows the system.

The command becomes two processes: this one talks ROS and to the person; its child, forked before
any middleware starts, owns the processes of the nodes.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import gc
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from robot_system import graph
from robot_system.cli.main import OneLineParser, add_domain
from robot_system.errors import ConfigurationError
from robot_system.form_file import new_form_file
from robot_system.graph import NodeSpec
from robot_system.latches import latch_file
from robot_system.locks import NodeLock, current_domain
from robot_system.logbook import new_logbook
from robot_system.parameters import Parameters
from robot_system.paths import config_folder, state_folder
from robot_system.processes import process_table
from robot_system.ros import environment
from robot_system.ros.old_logs import drop_old_logs
from robot_system.sim.worlds import check_goal, load_world
from robot_system.supervise.spare import Run

# When the process owner died, what it left has this long to end by itself (s).
ORPHAN_PATIENCE = 1.5

EXIT_CODES = """\
exit codes:
  0  stopped as asked, or --goal or --duration was fulfilled
  1  the robot touched something, or the system could not be kept up
  2  an option, a file or a parameter is wrong; nothing was started
"""


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that is needed to start, found right."""

    specs: tuple[NodeSpec, ...]
    parameters: dict[str, Parameters]
    goals: tuple[tuple[float, float], ...]
    is_endless: bool
    duration: float | None
    is_headless: bool
    domain: int
    title: str
    arguments: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_bounded(self) -> bool:
        """Tell whether the run is meant to end by itself."""
        return self.duration is not None or not self.is_endless


def main(arguments: Sequence[str]) -> int:
    """Start the system and stay until it ends."""
    options = _parser().parse_args(arguments)
    environment.prepare(options.domain)
    domain = current_domain()
    launch = _checked(options, domain)
    _refuse_second(launch)
    lock = NodeLock.take(domain, "up", {"pid": os.getpid(), "folder": str(state_folder())})
    drop_old_logs(Path(os.environ["ROS_LOG_DIR"]), time.time())
    try:
        return _run(launch)
    finally:
        lock.release()


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="robot up",
        description="Start the system, and show it until Ctrl-C.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--profile", default="sim", help="which nodes run: " + ", ".join(graph.PROFILES))
    add("--world", default="", help="FILE, generated:[KIND:]SEED or barn:N (simulation only)")
    add("--goal", nargs=2, type=float, metavar=("X", "Y"), help="drive there, then end")
    add("--without", action="append", default=[], metavar="NODE", help="leave a node out")
    add("--duration", type=float, metavar="S", help="end after this many seconds of running")
    add("--headless", action="store_true", help="print one line per change instead of the view")
    add_domain(parser)
    add("--params", action="append", default=[], type=Path, metavar="FILE", help="more parameters")
    return parser


def _checked(options: argparse.Namespace, domain: int) -> Launch:
    """Read and check everything that a user can get wrong."""
    profile, without = options.profile, tuple(options.without)
    duration = options.duration
    if duration is not None and not 0.0 < duration < 1e7:
        raise ConfigurationError(f"--duration {duration:g}: must be a positive number of seconds")
    table = process_table(
        profile,
        config_folder(),
        without=without,
        world=options.world,
        extra=options.params,
        logbook=str(new_logbook(domain)),
        latch_file=str(latch_file(domain)),
        form_file=str(new_form_file(domain)),
    )
    specs = tuple(process.node for process in table)
    parameters = {process.node.name: process.parameters for process in table}
    goals, title = _goals(options, parameters)
    return Launch(
        specs=specs,
        parameters=parameters,
        arguments={process.node.name: process.arguments for process in table},
        goals=goals,
        is_endless=options.goal is None,
        duration=duration,
        is_headless=options.headless or not sys.stdout.isatty(),
        domain=domain,
        title=title,
    )


def _goals(
    options: argparse.Namespace, parameters: dict[str, Parameters]
) -> tuple[tuple[tuple[float, float], ...], str]:
    """Return the goals to drive to, all of them free in the simulated world."""
    goal = options.goal
    if goal and not all(map(math.isfinite, goal)):
        raise ConfigurationError(f"--goal {goal[0]:g} {goal[1]:g}: must be two finite numbers")
    asked = ((goal[0], goal[1]),) if goal else ()
    if "sim" not in parameters:
        return asked, "robot"
    chosen = dataclasses.asdict(parameters["sim"])
    folder = Path(chosen["data_folder"]) if chosen["data_folder"] else None
    world = load_world(chosen["world"], folder, chosen["moving"])
    for point in asked:
        check_goal(world, point, "--goal", "")
    return asked or tuple(world.goals), world.name


def _refuse_second(launch: Launch) -> None:
    """Stop before anything is started when one of the nodes runs in this domain already."""
    for name in ("up", *(spec.name for spec in launch.specs)):
        NodeLock.refuse_second(launch.domain, name)


def _run(launch: Launch) -> int:
    """Fork the process owner, then talk to the person until the end."""
    _import_everything(launch.specs)
    from robot_system.supervise.process import adopt_orphans, end_orphans

    ours, theirs = socket.socketpair()
    parent = os.getpid()
    adopt_orphans()
    owner = os.fork()
    if owner == 0:
        _become_owner(launch, ours, theirs, parent)
    theirs.close()
    from robot_system.cli.console import Console

    try:
        return Console(launch, ours).run()
    finally:
        ours.close()
        os.waitpid(owner, 0)
        end_orphans(ORPHAN_PATIENCE)


def _import_everything(specs: Sequence[NodeSpec]) -> None:
    """Import once what every node needs: a forked process then starts at once."""
    try:
        for module in ("main", "host", "faults"):
            import_module(f"robot_system.ros.{module}")
        import_module("robot_system.ros.preloading").load_type_support()
    except ImportError as error:
        raise ConfigurationError(
            f"{error.name or error} can not be imported: {error};"
            " `robot doctor` says what is missing"
        ) from error
    for spec in specs:
        spec.load()
    # What is here now stays: the collector of a forked process need not look at it again.
    gc.collect()
    gc.freeze()


def _become_owner(
    launch: Launch, ours: socket.socket, theirs: socket.socket, parent: int
) -> NoReturn:
    from robot_system.supervise.process import run_and_exit

    def own() -> int:
        ours.close()
        return _own(launch, theirs, parent)

    run_and_exit(own)


def _own(launch: Launch, link: socket.socket, parent: int) -> int:
    from robot_system.supervise.client import door_of
    from robot_system.supervise.process import end_with_parent
    from robot_system.supervise.supervisor import Supervisor

    os.setsid()
    end_with_parent(parent)
    logs = state_folder() / "log"

    def run_node(name: str, is_started: Callable[[], None] | None = None) -> int:
        from robot_system.ros.main import run

        arguments = [name, *launch.arguments.get(name, ())]
        return run(name, arguments, dataclasses.asdict(launch.parameters[name]), is_started)

    @contextlib.contextmanager
    def prepare() -> Iterator[Run]:
        from robot_system.ros.main import connected

        for spec in launch.specs:
            spec.load().prepare(launch.parameters[spec.name])
        gc.collect()
        gc.freeze()
        with connected() as let_go:
            yield lambda name: run_node(name, let_go)

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    Supervisor(
        launch.specs,
        lambda spec: run_node(spec.name),
        logs,
        link,
        door_of(launch.domain),
        prepare=prepare,
    ).run()
    return 0
