"""Numbers over time, and what needs a person's attention."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.time import Time
from robot_system.core.values.health import Severity


@dataclass(frozen=True, slots=True)
class Metric:
    """Statistics of one quantity over a window."""

    name: str
    unit: str
    count: int
    minimum: float
    maximum: float
    mean: float
    deviation: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """All metrics of one window."""

    stamp: Time
    window: float
    metrics: tuple[Metric, ...] = ()
    valid: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should know, from when it was raised until it is cleared."""

    name: str
    node: str
    severity: Severity
    message: str
    raised: Time
    last_seen: Time
    count: int
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Alerts:
    """All active alerts, and those that were cleared just now."""

    stamp: Time
    alerts: tuple[Alert, ...] = ()
    valid: bool = False
