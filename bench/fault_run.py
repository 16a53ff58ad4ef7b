"""One fault, done to the real system while the robot drives, and what came of it."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Container
from contextlib import ExitStack
from dataclasses import dataclass, replace

from bench.fault_safety import unsafe_seconds
from bench.fault_times import detected_after, words_of
from bench.fault_watch import Watch
from bench.listening import listening
from bench.processes import stolen_seconds
from bench.system import MeasurementError, System
from robot_system import contract
from robot_system.errors import RobotError
from robot_system.faults import processes
from robot_system.faults.catalogue import NODES, Fault, Means, Recovery, fault
from robot_system.faults.injector import Injector

ARGUMENTS = ("--profile", "test", "--world", "generated:sparse:2")
START_PATIENCE = 20.0
# Who is not ready again after this long is helped, and counts as not healed (s).
PATIENCE = 6.0
HELP_PATIENCE = 8.0
# Ready for less than this is not ready again (s).
HOLD = 0.7
# A process owner answers the first death of such a window at once: only that one is measured (s).
WINDOW = 60.0
# What stays down is watched for this long: it must be quiet (s).
QUIET = 4.0
GONE_PATIENCE = 5.0
# Until the orchestrator asks for a person, and then until what can rest does so (s).
AWAITED_PATIENCE = 20.0
AWAITS_PERSON = "waits for a person"
SETTLED = 4.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one fault went; times in seconds, NaN for what never happened.

    `stolen` is what the host of this machine took from its cores meanwhile.
    """

    detect: float
    sign: str
    safe: float
    running: float
    ready: float
    touched: frozenset[str]
    contacts: int
    ends_in: str
    has_healed: bool
    quiet_cpu_percent: float = math.nan
    stolen: float = 0.0


class Bed:
    """A driving system to do faults to; started anew when one has left it broken."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.patience = PATIENCE
        self._say = say
        self._stack = ExitStack()
        self._system: System | None = None

    def __enter__(self) -> Bed:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the system."""
        self._stack.close()
        self._system = None

    def measure(self, row: Fault, target: str) -> Outcome:
        """Do one fault, and see the system through it."""
        with ExitStack() as undone:
            undone.callback(self.close)
            self.prepare(row.recovery is Recovery.STAYS_DOWN, _faulty(row, target))
            stolen = stolen_seconds()
            outcome = self._run(row, target)
            outcome = replace(outcome, stolen=stolen_seconds() - stolen)
            undone.pop_all()
        if not outcome.has_healed or outcome.contacts:
            self._help(row, target, outcome)
        elif row.recovery is Recovery.FROM_START:
            # What does not end by itself, another time of the clock, must not meet the next fault.
            self._injector.end()
            self._watch.doubt()
        return outcome

    def prepare(self, is_endless: bool = False, involved: Container[str] = ()) -> None:
        """Have a system that drives, in which nothing of what is involved was broken lately."""
        if self._system is not None and (is_endless or self._has_died_lately(involved)):
            self.close()
        if self._system is not None and not self._drives():
            self._say("  it does not drive any more: a new system")
            self.close()
        if self._system is None:
            self._start(is_endless)
            if not self._drives():
                raise MeasurementError(f"the robot does not drive: {self._watch.reason}")

    def _start(self, is_endless: bool) -> None:
        self._stack = ExitStack()
        system = self._system = self._stack.enter_context(System(ARGUMENTS, is_endless))
        listener = self._stack.enter_context(listening(system.domain))
        self._watch = Watch(listener, NODES)
        self._injector = Injector(listener, system.domain)
        self._stack.callback(self._injector.end_programs)
        self._domain = system.domain
        self._watch.spin_until(lambda: system.is_ready, START_PATIENCE)
        system.wait_until_ready()
        self._injector.refuse_real_robot()

    def _drives(self) -> bool:
        def is_steady() -> bool:
            since = self._watch.ready_since
            return self._watch.is_driving and since is not None and _age(since) > HOLD

        return self._watch.spin_until(is_steady, START_PATIENCE) and self._is_up

    @property
    def _is_up(self) -> bool:
        try:
            assert self._system is not None
            self._system.check()
        except MeasurementError:
            return False
        return True

    def _has_died_lately(self, involved: Container[str]) -> bool:
        return any(
            name in involved and _age(when) < WINDOW for name, when in self._watch.deaths.items()
        )

    def _run(self, row: Fault, target: str) -> Outcome:
        watch = self._watch
        counts, contacts = watch.counts(), watch.contacts
        watch.begin()
        began = self._injector.begin(row, target)
        if row.recovery is Recovery.FROM_END:
            watch.spin_until(lambda: _age(began) > row.lasts, row.lasts + 1.0)
            since = self._injector.end()
        else:
            since = began
        if row.recovery is Recovery.ENDS:
            return self._see_it_end(row, target, began, contacts)
        has_healed = False
        if row.recovery is Recovery.STAYS_DOWN:
            self._wait_until_given_up(row, target)
        else:
            is_over = watch.spin_until(lambda: self._is_over(since), self.patience)
            has_healed = is_over and self._is_up
        ready_since = watch.ready_since if has_healed else None
        running_since = watch.running_since
        has_healed = ready_since is not None
        ends_in = watch.mode.name.lower() if watch.mode is not None else "unknown"
        self._refuse_what_was_not_done(row)
        ended = max(since, ready_since) if ready_since is not None else time.monotonic()
        cpu = self._quiet_cpu_percent() if row.recovery is Recovery.STAYS_DOWN else math.nan
        until = since if row.recovery is Recovery.FROM_END else math.inf
        detect, sign = detected_after(watch.records, words_of(row, target), began, until)
        return Outcome(
            detect=detect,
            sign=sign,
            safe=unsafe_seconds(watch.records, row, began, ended),
            running=_after(running_since, since),
            ready=_after(ready_since, since),
            touched=frozenset(
                name
                for name, count in watch.counts().items()
                if counts.get(name) != count and name not in _faulty(row, target)
            ),
            contacts=watch.contacts_since(contacts),
            ends_in=ends_in,
            has_healed=has_healed,
            quiet_cpu_percent=cpu,
        )

    def _is_over(self, since: float) -> bool:
        """Tell whether the system is ready for good, or ended."""
        ready = self._watch.ready_since
        return (ready is not None and _age(max(ready, since)) > HOLD) or not self._is_up

    def _refuse_what_was_not_done(self, row: Fault) -> None:
        """Raise when a request was not heard: nothing would have been measured."""
        if row.means not in (Means.HOST, Means.SIMULATION):
            return
        events = [event.name for _, event in self._watch.records.events]
        if contract.FAULT_INJECTED.name not in events:
            raise MeasurementError(f"fault {row.name} was asked for and not done")

    def _wait_until_given_up(self, row: Fault, target: str) -> None:
        def is_given_up() -> bool:
            return any(
                event.name == contract.PROCESS_GIVEN_UP.name and event.node == target
                for _, event in self._watch.records.events
            )

        self._watch.spin_until(is_given_up, row.lasts)
        self._injector.end()
        # The orchestrator waits for the process owner longer than that may pause between tries.
        self._watch.spin_until(lambda: AWAITS_PERSON in self._watch.reason, AWAITED_PATIENCE)
        self._watch.spin(SETTLED)

    def _quiet_cpu_percent(self) -> float:
        """Return the share of a core that the stopped system uses."""
        assert self._system is not None
        members = self._system.members()
        before, began = sum(one.cpu_seconds for one in members), time.monotonic()
        self._watch.spin(QUIET)
        used = sum(one.cpu_seconds for one in members) - before
        return 100.0 * used / (time.monotonic() - began)

    def _see_it_end(self, row: Fault, target: str, began: float, contacts: int) -> Outcome:
        """Wait until every process is gone."""
        watch, system = self._watch, self._system
        assert system is not None
        nodes = [one.pid for one in watch.beats.values()]
        watch.spin_until(lambda: not _alive(nodes) and not self._is_up, GONE_PATIENCE)
        detect, sign = detected_after(watch.records, words_of(row, target), began, math.inf)
        return Outcome(
            detect=detect,
            sign=sign,
            safe=unsafe_seconds(watch.records, row, began, time.monotonic()),
            running=math.nan,
            ready=math.nan,
            touched=frozenset(),
            contacts=watch.contacts_since(contacts),
            ends_in="processes left" if _alive(nodes) else "ended",
            has_healed=False,
        )

    def _help(self, row: Fault, target: str, outcome: Outcome) -> None:
        """Do what a person would: end the fault and the process that it holds, or start anew."""
        is_expected = row.recovery in (Recovery.ENDS, Recovery.STAYS_DOWN)
        if not is_expected:
            self._say(f"  not healed: {self._watch.reason or outcome.ends_in}")
            self._say(f"  not ready: {self._watch.missing}")
        if is_expected or outcome.contacts or not self._is_up:
            self.close()
            return
        try:
            self._injector.end()
            if row.name == "stuck_callback":
                processes.signal_node(self._domain, target, signal.SIGKILL)
        except RobotError:
            self.close()
            return
        if not self._watch.spin_until(lambda: self._watch.ready_since is not None, HELP_PATIENCE):
            self.close()


def _faulty(row: Fault, target: str) -> set[str]:
    """Return the nodes that the fault is done to: sensors and base belong to `sim`."""
    rows = [row, *(fault(name) for name, _ in row.parts)]
    is_done_to_sim = any(one.means is Means.SIMULATION for one in rows)
    return {target, *(one for _, one in row.parts), *(["sim"] * is_done_to_sim)} & set(NODES)


def _after(moment: float | None, since: float) -> float:
    return math.nan if moment is None else max(0.0, moment - since)


def _alive(pids: list[int]) -> bool:
    return any(processes.parent_of(pid) is not None for pid in pids)


def _age(moment: float) -> float:
    return time.monotonic() - moment
