"""What a person may want of the orchestrator, and the one line that says what came of it."""

from __future__ import annotations

from collections.abc import Callable

from robot_system.core.orchestration.modes import TARGETS
from robot_system.core.orchestration.orchestrator import Orchestrator
from robot_system.core.orchestration.step import Step
from robot_system.core.time import Instant
from robot_system.core.values import Answer, Mode, ModeCommand, NodeCommand

Done = tuple[Step, str]


class Commands:
    """Carries out what a person wants; what can not be done is said, and changes nothing."""

    def __init__(self, orchestrator: Orchestrator) -> None:
        self._orchestrator = orchestrator
        self._of_nodes: dict[str, Callable[[str, Instant], Done]] = {
            "start_node": self._start,
            "stop_node": self._stop,
            "restart_node": self._restart,
            "enable_node": self._enable,
            "disable_node": self._disable,
        }

    def carry_out(
        self, service: str, request: NodeCommand | ModeCommand, now: Instant
    ) -> tuple[Step, Answer]:
        """Do it; return what the host has to do, and the answer."""
        try:
            if isinstance(request, ModeCommand):
                step, message = self._set_mode(request.mode)
            elif service == "clear_fault":
                step, message = self._clear(request.node, now)
            else:
                self._check(request.node)
                step, message = self._of_nodes[service](request.node, now)
        except ValueError as error:
            return Step(), Answer(False, str(error))
        return step, Answer(True, message)

    def _check(self, name: str) -> None:
        if self._orchestrator.record(name) is None:
            known = ", ".join(self._orchestrator.names)
            raise ValueError(f"no node is named {name!r} here; nodes are {known}")

    def _set_mode(self, name: str) -> Done:
        names = {mode.name.lower(): mode for mode in TARGETS}
        if name not in names:
            raise ValueError(f"mode {name!r} can not be asked for; modes are {', '.join(names)}")
        self._orchestrator.wishes.target = Mode(names[name])
        return Step(), f"mode {name} was asked for"

    def _start(self, name: str, now: Instant) -> Done:
        if name not in self._orchestrator.wishes.stopped:
            raise ValueError(f"{name} is not stopped")
        self._orchestrator.set_stopped(name, False)
        return Step(), f"{name} is started"

    def _stop(self, name: str, now: Instant) -> Done:
        self._orchestrator.set_stopped(name, True)
        return Step(), f"{name} is stopped, and stays so until it is started"

    def _restart(self, name: str, now: Instant) -> Done:
        return self._orchestrator.restart(name, now), f"{name} is restarted"

    def _enable(self, name: str, now: Instant) -> Done:
        if name not in self._orchestrator.wishes.disabled:
            raise ValueError(f"{name} is not disabled")
        self._orchestrator.set_disabled(name, False)
        return Step(), f"{name} is enabled"

    def _disable(self, name: str, now: Instant) -> Done:
        users = self._orchestrator.dependants(name)
        if users:
            raise ValueError(f"{name} is needed by {', '.join(users)}: disable them first")
        self._orchestrator.set_disabled(name, True)
        return Step(), f"{name} is disabled"

    def _clear(self, name: str, now: Instant) -> Done:
        if name:
            self._check(name)
        waiting = self._orchestrator.given_up()
        chosen = tuple(one for one in waiting if name in ("", one))
        if not chosen:
            text = f"{name} does not wait for a person" if name else "no node waits for a person"
            raise ValueError(text)
        return self._orchestrator.clear(chosen, now), f"{', '.join(chosen)}: cleared, begins anew"
