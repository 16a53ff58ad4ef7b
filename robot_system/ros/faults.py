"""A host that can be spoilt on purpose: only nodes of a simulated system run in it.

The nodes of a robot run in the plain `Host`, which does not even subscribe to the requests.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.clock import Clock
from rclpy.clock_type import ClockType

from robot_system import contract
from robot_system.contract import Topic
from robot_system.core.time import Instant, Time, from_seconds
from robot_system.core.values import FaultRequest
from robot_system.faults.catalogue import HOST_KINDS
from robot_system.ros.conversions import Conversion, conversion_of
from robot_system.ros.deafness import Deafness
from robot_system.ros.host import Host
from robot_system.ros.qos import profile_of

# How exactly a message that is held back is late (s).
RELEASE_PERIOD = 0.005


class FaultyHost(Host):
    """Obeys the requests whose target is its node; `HOST_KINDS` says what each kind does.

    A kind lasts until the request's duration is over or until it is healed; a stuck callback
    hears nothing any more and lasts for its duration, or for ever. A node that is cut off hears
    no request either, and needs a duration. What is lost or late are messages, never services.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._offset: Time = 0
        self._lost_share = 0.0
        self._delay: Time = 0
        self._held: deque[tuple[Time, Callable[[], None]]] = deque()
        self._release_timer: Any = None
        self._ends: dict[str, Time] = {}
        # Which messages are lost is chance: nothing that is asserted depends on the draw.
        self._chance = random.Random()
        self._deafness = Deafness()
        super().__init__(*arguments, **options)
        conversion = conversion_of(contract.FAULT_REQUEST)
        self.create_subscription(
            conversion.message,
            contract.FAULT_REQUEST.name,
            lambda message: self._on_request(conversion.from_msg(message)),
            profile_of(contract.FAULT_REQUEST.qos),
        )

    def now(self) -> Instant:
        """Read both clocks; the one of the stamps may have been set to another time."""
        now = super().now()
        return Instant(now.stamp + self._offset, now.steady)

    def _on_request(self, request: FaultRequest) -> None:
        if request.target not in ("", self.get_name()):
            return
        if not request.kind:
            for kind in HOST_KINDS:
                self._heal(kind)
        elif request.target and request.kind in HOST_KINDS:
            self._begin(request.kind, request.value, request.duration)

    def _begin(self, kind: str, value: float, duration: float) -> None:
        self._tell(contract.FAULT_INJECTED, f"{self.get_name()} {kind} value={value:g}")
        ends = time.monotonic_ns() + from_seconds(duration)
        if duration > 0.0:
            self._ends[kind] = ends
        if kind == "stuck":
            while duration <= 0.0 or time.monotonic_ns() < ends:
                pass
        elif kind == "lost":
            self._lost_share = value or 0.5
        elif kind == "delayed":
            self._delay = from_seconds(value or 0.2)
            self._release_timer = self._release_timer or self.create_timer(
                RELEASE_PERIOD, self._release, clock=Clock(clock_type=ClockType.STEADY_TIME)
            )
        elif kind == "clock":
            self._offset = from_seconds(value)
        elif kind == "slow":
            vars(self.runner.component)["tick"] = partial(self._tick_slowly, value or 0.15)
        elif kind == "cut_off":
            self._deafness.begin()

    def _heal(self, kind: str) -> None:
        self._ends.pop(kind, None)
        was_spoilt = self._is_spoilt(kind)
        if kind == "lost":
            self._lost_share = 0.0
        elif kind == "delayed":
            self._delay = 0
            self._release()
            if self._release_timer is not None:
                self.destroy_timer(self._release_timer)
                self._release_timer = None
        elif kind == "clock":
            self._offset = 0
        elif kind == "slow":
            vars(self.runner.component).pop("tick", None)
        elif kind == "cut_off":
            self._deafness.end()
        if was_spoilt:
            self._tell(contract.FAULT_CLEARED, f"{self.get_name()} {kind}")

    def _is_spoilt(self, kind: str) -> bool:
        return {
            "lost": self._lost_share > 0.0,
            "delayed": self._delay > 0,
            "clock": self._offset != 0,
            "slow": "tick" in vars(self.runner.component),
            "cut_off": self._deafness.is_deaf,
        }.get(kind, False)

    def _tick_slowly(self, longer: float, now: Instant) -> None:
        time.sleep(longer)
        type(self.runner.component).tick(self.runner.component, now)

    def _tell(self, event: contract.EventType, detail: str) -> None:
        self.runner.component.event(event, self.now(), detail)

    def _beat(self) -> None:
        now = time.monotonic_ns()
        for kind in [kind for kind, ends in self._ends.items() if ends <= now]:
            self._heal(kind)
        super()._beat()

    def _on_message(self, topic: Topic, from_msg: Callable[[Any], Any], message: Any) -> None:
        self._receive(partial(super()._on_message, topic, from_msg, message))

    def _on_raw(self, topic: Topic, conversion: Conversion, data: bytes) -> None:
        self._receive(partial(super()._on_raw, topic, conversion, data))

    def _publish(self, topic: Topic, value: Any) -> None:
        if not self._deafness.is_deaf:
            super()._publish(topic, value)

    def _receive(self, deliver: Callable[[], None]) -> None:
        if self._lost_share and self._chance.random() < self._lost_share:
            return
        if self._delay:
            self._held.append((time.monotonic_ns() + self._delay, deliver))
        else:
            deliver()

    def _release(self) -> None:
        """Deliver what was held back for long enough; without a delay, all of it."""
        now = time.monotonic_ns()
        while self._held and (not self._delay or self._held[0][0] <= now):
            self._held.popleft()[1]()
