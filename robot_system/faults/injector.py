"""Begins faults in a running system, and ends them again."""

from __future__ import annotations

import contextlib
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import IO, TYPE_CHECKING

from robot_system import contract
from robot_system.core.values import FaultRequest
from robot_system.errors import RobotError
from robot_system.faults import processes
from robot_system.faults.catalogue import Fault, Means, fault
from robot_system.faults.processes import NotRunningError

if TYPE_CHECKING:
    from robot_system.ros.listener import Listener

PATIENCE = 5.0
# A program loads the middleware first, on cores that are busy (s).
PROGRAM_PATIENCE = 15.0
# A program ends by itself after this long, should whoever started it not end it (s).
LONGEST = 600.0
# It watches every topic: alone it does not act on what it hears.


class RefusedError(RobotError):
    """The running system does not take faults: it is not a simulated one."""


class Injector:
    """Does faults to the system of a domain, on behalf of a listener that is part of it.

    Everything runs in the thread that spins the listener; whatever waits lets it spin. What was
    begun lasts for its own duration, or until `end`.
    """

    def __init__(self, listener: Listener, domain: int) -> None:
        self._listener = listener
        self._domain = domain
        self._programs: list[subprocess.Popen[bytes]] = []
        self._ends: list[Callable[[], None]] = []
        listener.advertise(contract.FAULT_REQUEST)

    def refuse_real_robot(self) -> None:
        """Raise unless a system runs in this domain, on this machine, that takes faults."""
        if not processes.running_nodes(self._domain):
            raise NotRunningError(f"nothing runs on this machine in domain {self._domain}")
        if not processes.takes_faults(self._domain):
            raise RefusedError(
                f"the system in domain {self._domain} takes no faults: only the profiles sim and"
                " test do"
            )

    def obedient(self) -> set[str]:
        """Return the nodes that hear requests and act on them."""
        infos = self._listener.node.get_subscriptions_info_by_topic(
            f"/{contract.FAULT_REQUEST.name}"
        )
        return {info.node_name for info in infos}

    def begin(self, row: Fault, target: str, lasts: float = 0.0) -> float:
        """Do a fault; return when it began, on the steady clock (s).

        `lasts` 0 means until `end`, as far as the fault can be ended at all.
        """
        if row.means is Means.TOGETHER:
            return min([self.begin(fault(name), one, lasts) for name, one in row.parts])
        if row.means is Means.PROGRAM:
            return self._run_program(row, target, lasts or LONGEST)
        if row.means in (Means.HOST, Means.SIMULATION):
            return self._request(row, target, lasts)
        began = time.monotonic()
        if row.means is Means.SIGNAL:
            number = signal.Signals[row.kind]
            processes.signal_node(self._domain, target, number)
            if number is signal.SIGSTOP:
                self._ends.append(lambda: self._go_on(target))
        elif row.means is Means.OWNER:
            processes.kill_owner(self._domain)
        elif row.means is Means.FILE_LIMIT:
            processes.forbid_files(self._domain)
            self._ends.append(self._allow_files)
        return began

    def end(self) -> float:
        """End what this injector began and still lasts; return when (s)."""
        ended = time.monotonic()
        for undo in self._ends:
            undo()
        self._ends.clear()
        self.end_programs()
        return ended

    def clear(self) -> None:
        """End whatever lasts, whoever began it; programs end with who began them."""
        self._allow_files()
        for name in processes.running_nodes(self._domain):
            self._go_on(name)
        self._publish("", "")

    def end_programs(self) -> None:
        """Leave no process behind."""
        for program in self._programs:
            program.terminate()
            try:
                program.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
            if program.stdout is not None:
                program.stdout.close()
        self._programs.clear()

    def _request(self, row: Fault, target: str, lasts: float) -> float:
        """Ask the simulation, or the host of a node (without a target: of every node)."""
        if row.means is Means.SIMULATION:
            listeners, targets = {"sim"}, [target]
        else:
            targets = [target] if target else list(processes.running_nodes(self._domain))
            listeners = set(targets)
        if not self._listener.spin_until(lambda: listeners <= self.obedient(), PATIENCE):
            raise NotRunningError(
                f"{', '.join(sorted(listeners - self.obedient()))} hears nothing"
            )
        # Who hears nothing any more can not be told to end it.
        lasts = lasts or (row.lasts if row.kind == "cut_off" else 0.0)
        began = time.monotonic()
        for one in targets:
            self._publish(one, row.kind, row.value, lasts)
        self._ends += [partial(self._publish, one, "") for one in targets]
        return began

    def _publish(self, target: str, kind: str, value: float = 0.0, lasts: float = 0.0) -> None:
        stamp = self._listener.now().stamp
        request = FaultRequest(stamp, target, kind, value, lasts)
        self._listener.publish(contract.FAULT_REQUEST, request)

    def _run_program(self, row: Fault, target: str, lasts: float) -> float:
        """Start a program, and wait until it says that it has begun."""
        command = [sys.executable, "-m", row.kind, str(self._domain), target, f"{lasts:g}"]
        # In a checkout Python would find the sources there, which have no messages.
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd="/"
        )
        self._programs.append(program)
        output = program.stdout
        assert output is not None
        if not self._listener.spin_until(lambda: _is_readable(output), PROGRAM_PATIENCE):
            self.end_programs()
            raise NotRunningError(f"fault {row.name} did not begin within {PROGRAM_PATIENCE:g} s")
        began = time.monotonic()
        if not output.readline():
            self.end_programs()
            raise NotRunningError(f"fault {row.name} could not begin")
        return began

    def _go_on(self, name: str) -> None:
        # One that was killed meanwhile has nothing to go on with.
        with contextlib.suppress(NotRunningError):
            processes.signal_node(self._domain, name, signal.SIGCONT)

    def _allow_files(self) -> None:
        with contextlib.suppress(NotRunningError):
            processes.allow_files(self._domain)


def _is_readable(file: IO[bytes]) -> bool:
    return bool(select.select([file], [], [], 0.0)[0])
