"""Where the time goes while the graph starts, node by node, as seen from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.listening import listening
from bench.processes import Process, process
from bench.system import READY_PATIENCE, MeasurementError, System
from robot_system import contract, graph
from robot_system.core.values import Heartbeat, Lifecycle

_TICKS = os.sysconf("SC_CLK_TCK")
# What the stages are named after, in their order; each ends where the next one begins.
STAGES = ("import_s", "process_s", "discovery_s", "configure_s", "activate_s", "data_s")


@dataclass(slots=True)
class Moments:
    """When things happened to a node (s since boot); None for what has not yet."""

    has_data: bool
    pid: int = 0
    heard: float | None = None
    configured: float | None = None
    active: float | None = None
    data: float | None = None

    def on_heartbeat(self, heartbeat: Heartbeat, now: float) -> None:
        """Note the first beat, and the first one in each state."""
        self.pid = heartbeat.pid
        self.heard = self.heard or now
        if heartbeat.state in (Lifecycle.INACTIVE, Lifecycle.ACTIVE):
            self.configured = self.configured or now
        if heartbeat.state is Lifecycle.ACTIVE:
            self.active = self.active or now


def stages(began: float, owner: float, own: float, moments: Moments) -> dict[str, float]:
    """Return how long each stage took; one that was over before it was seen took nothing."""
    heard = moments.heard or own
    configured = moments.configured or heard
    active = moments.active or configured
    ends = [began, owner, own, heard, configured, active, moments.data or active]
    for index in range(1, len(ends)):
        ends[index] = max(ends[index], ends[index - 1])
    found = {name: ends[i + 1] - ends[i] for i, name in enumerate(STAGES)}
    return {**found, "all_s": ends[-1] - ends[0]}


def measure() -> list[dict[str, Any]]:
    """Start the graph once more, and return a row per node."""
    steady = [topic for topic in contract.TOPICS if topic.rate > 0.0]
    names = [spec.name for spec in graph.nodes_of("sim")]
    watched = {name: Moments(any(t.producer == name for t in steady)) for name in names}
    with System() as system, listening(system.domain, "stages") as listener:
        for topic in steady:
            if topic.producer in watched:
                _note_first(listener, topic, watched[topic.producer])
        listener.listen(
            contract.HEARTBEAT, lambda beat: watched[beat.node].on_heartbeat(beat, _now())
        )
        listener.spin_until(lambda: all(map(_is_over, watched.values())), READY_PATIENCE)
        system.check()
        command = process(system.pid)
        return [_row(name, moments, command) for name, moments in watched.items()]


def _is_over(moments: Moments) -> bool:
    """Tell whether a node gives data, or is active and has none to give by itself."""
    return moments.active is not None and (moments.data is not None or not moments.has_data)


def _note_first(listener: Any, topic: contract.Topic, moments: Moments) -> None:
    from robot_system.ros.conversions import conversion_of
    from robot_system.ros.qos import profile_of

    def on_message(data: bytes) -> None:
        moments.data = moments.data or _now()

    message = conversion_of(topic).message
    qos = profile_of(topic.qos)
    listener.node.create_subscription(message, topic.name, on_message, qos, raw=True)


def _row(name: str, moments: Moments, command: Process | None) -> dict[str, Any]:
    own = process(moments.pid)
    owner = process(own.parent) if own else None
    if command is None or own is None or owner is None:
        raise MeasurementError(f"{name} has ended, although nobody stopped it")
    return {"node": name, **stages(*_seconds((command, owner, own)), moments)}


def _seconds(members: Sequence[Process]) -> tuple[float, float, float]:
    first, second, third = (member.started / _TICKS for member in members)
    return first, second, third


def _now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
