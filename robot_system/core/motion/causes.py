"""Stop causes: what they are called, and which rule of the shield each belongs to."""

from __future__ import annotations

from dataclasses import fields

from robot_system.core.values import RuleCounts, StopCause

RULES = tuple(field.name for field in fields(RuleCounts))
_BY_NAME = {
    "emergency_stop": "emergency_stop",
    "action_invalid": "shape",
    "base_disobeys": "agreement",
    "base_given_up": "agreement",
}
_BY_SOURCE = {
    "system_state": "permission",
    "action_chunk": "action",
    "scan_raw": "sensing",
    "odom": "sensing",
}


def cause(
    name: str, source: str, value: float = 0.0, limit: float = 0.0, detail: str = ""
) -> StopCause:
    """Return a cause that holds since just now."""
    return StopCause(name, source, value, limit, 0.0, detail)


def rule_of(fault: StopCause) -> str:
    """Return the rule that a fault of the inputs belongs to."""
    return _BY_NAME.get(fault.name) or _BY_SOURCE[fault.source]
