"""Faults of simulated sensors and actuators: what there is, and what each does to an output."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from robot_system.core.time import Time, from_seconds
from robot_system.core.values import (
    Battery,
    FaultRequest,
    Imu,
    Odometry,
    Pose,
    Scalar,
    Scan,
    Twist,
)
from robot_system.errors import ConfigurationError

ANY_SENSOR = ("silent", "late", "frozen", "noisy", "nan")

# fmt: off
KINDS: dict[str, tuple[str, ...]] = {
    "scan": (*ANY_SENSOR, "short", "wrong_angles"),
    "imu": ANY_SENSOR,
    "odom": ANY_SENSOR,
    "battery": ANY_SENSOR,
    "temperature": ANY_SENSOR,
    "humidity": ANY_SENSOR,
    "pressure": ANY_SENSOR,
    "wheels": ("stuck",),
    "base": ("ignore_commands",),
}

MEANINGS: dict[str, str] = {
    "silent": "nothing is published",
    "late": "published `value` seconds after it was measured (default 0.5)",
    "frozen": "the data of the moment of the fault, with fresh stamps",
    "noisy": "noise of sigma `value` in the unit of the sensor on every number",
    "nan": "every number is NaN; with a scan `value` is the share of beams (default all)",
    "short": "the scan has only the share `value` of its beams (default half)",
    "wrong_angles": "the scan is turned by `value` radians (default 0.5)",
    "stuck": "wheels do not turn: value 0 both, -1 the left, 1 the right",
    "ignore_commands": "commands do not reach the base",
}
# fmt: on

_DEFAULTS = {"late": 0.5, "noisy": 0.3, "nan": 1.0, "short": 0.5, "wrong_angles": 0.5}


def check_request(request: FaultRequest) -> None:
    """Raise ConfigurationError when there is no such target or kind of fault."""
    if not request.target and not request.kind:
        return
    kinds = KINDS.get(request.target)
    if kinds is None:
        raise ConfigurationError(
            f"no fault target is named {request.target!r}; targets are {', '.join(KINDS)}"
        )
    if request.kind and request.kind not in kinds:
        raise ConfigurationError(
            f"no fault of {request.target} is named {request.kind!r}; kinds are {', '.join(kinds)}"
        )
    if not (np.isfinite(request.value) and np.isfinite(request.duration)):
        raise ConfigurationError(
            f"fault {request.target} {request.kind}: value and duration must be finite"
        )


@dataclass(slots=True)
class _Fault:
    kind: str
    value: float
    ends: Time | None
    frozen: Any = None


class Faults:
    """Which faults are active, and what happens to an output because of them.

    A target has one fault at a time: a new one replaces it. What was held back by a fault that
    ended is lost.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._active: dict[str, _Fault] = {}
        self._late: dict[str, deque[tuple[Time, Any]]] = {}

    @property
    def is_any(self) -> bool:
        """Return whether there is any fault."""
        return bool(self._active)

    @property
    def active(self) -> tuple[tuple[str, str], ...]:
        """Return (target, kind) of every fault, in the order of their beginning."""
        return tuple((target, fault.kind) for target, fault in self._active.items())

    def value(self, target: str, kind: str) -> float | None:
        """Return the value of this fault, None when it is not active."""
        fault = self._active.get(target)
        return fault.value if fault is not None and fault.kind == kind else None

    def request(self, request: FaultRequest, now: Time) -> tuple[str, ...]:
        """Begin or heal a fault; return the targets that were healed by this request."""
        check_request(request)
        if not request.kind:
            targets = (request.target,) if request.target else tuple(self._active)
            return tuple(target for target in targets if self._heal(target))
        self._heal(request.target)
        ends = now + from_seconds(request.duration) if request.duration > 0.0 else None
        value = request.value or _DEFAULTS.get(request.kind, 0.0)
        self._active[request.target] = _Fault(request.kind, value, ends)
        return ()

    def expire(self, now: Time) -> tuple[str, ...]:
        """Heal what has lasted its time; return those targets."""
        over = [t for t, f in self._active.items() if f.ends is not None and now >= f.ends]
        return tuple(target for target in over if self._heal(target))

    def spoil(self, target: str, value: Any, now: Time) -> list[Any]:
        """Return what is published now in place of an output that was just measured."""
        fault = self._active.get(target)
        if fault is None:
            return [value]
        if fault.kind == "silent":
            return []
        if fault.kind == "late":
            waiting = self._late.setdefault(target, deque())
            waiting.append((now + from_seconds(fault.value), value))
            return self._released(target, now)
        if fault.kind == "frozen":
            fault.frozen = fault.frozen or value
            return [replace(fault.frozen, stamp=value.stamp)]
        return [_changed(value, fault.kind, fault.value, self._rng)]

    def _released(self, target: str, now: Time) -> list[Any]:
        waiting = self._late[target]
        released = []
        while waiting and waiting[0][0] <= now:
            released.append(waiting.popleft()[1])
        return released

    def _heal(self, target: str) -> bool:
        self._late.pop(target, None)
        return self._active.pop(target, None) is not None


def _changed(value: Any, kind: str, amount: float, rng: np.random.Generator) -> Any:
    if isinstance(value, Scan):
        return _changed_scan(value, kind, amount, rng)
    if kind == "nan":
        return _with_added(value, lambda: float("nan"))
    return _with_added(value, lambda: amount * float(rng.standard_normal()))


def _changed_scan(scan: Scan, kind: str, amount: float, rng: np.random.Generator) -> Scan:
    if kind == "short":
        return replace(scan, ranges=scan.ranges[: int(len(scan.ranges) * min(amount, 1.0))].copy())
    if kind == "wrong_angles":
        return replace(scan, angle_min=scan.angle_min + amount)
    ranges = scan.ranges.copy()
    if kind == "nan":
        ranges[rng.random(len(ranges)) < amount] = np.nan
    else:
        ranges += np.float32(amount) * rng.standard_normal(len(ranges), np.float32)
    return replace(scan, ranges=ranges)


def _with_added(value: Any, error: Any) -> Any:
    """Return the value with an error added to every measured number."""
    if isinstance(value, Imu):
        return replace(
            value,
            yaw=value.yaw + error(),
            angular_velocity=tuple(rate + error() for rate in value.angular_velocity),
            linear_acceleration=tuple(force + error() for force in value.linear_acceleration),
        )
    if isinstance(value, Odometry):
        pose, twist = value.pose, value.twist
        return replace(
            value,
            pose=Pose(pose.x + error(), pose.y + error(), pose.theta + error()),
            twist=Twist(twist.linear + error(), twist.angular + error()),
        )
    if isinstance(value, Battery):
        return replace(
            value,
            voltage=value.voltage + error(),
            current=value.current + error(),
            charge=value.charge + error(),
        )
    if isinstance(value, Scalar):
        return replace(value, value=value.value + error())
    raise TypeError(f"no fault is known for {type(value).__name__}")
