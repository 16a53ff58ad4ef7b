"""What is published of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from robot_system.core.orchestration.policy import Fault
from robot_system.core.values import Lifecycle, NodeStatus

if TYPE_CHECKING:
    from robot_system.core.orchestration.record import NodeRecord


def status_of(
    record: NodeRecord, desired: Lifecycle, fault: Fault | None, awaited: str
) -> NodeStatus:
    """Return what is published of a node as it is now."""
    action = record.recovery.action
    return NodeStatus(
        node=record.name,
        desired=desired,
        actual=record.actual,
        health=record.health,
        reason=record.reason or (f"waits for {awaited}" if awaited else ""),
        is_ready=record.is_ready,
        pid=record.heartbeat.pid if record.heartbeat else 0,
        attempts=record.recovery.attempts,
        last_recovery=record.last_recovery,
        fault=fault.name.lower() if fault is not None else "",
        action=action.name.lower() if action is not None else "",
        blames=record.blames,
        since=record.since,
        is_given_up=bool(record.recovery.given_up),
        is_disabled=record.is_disabled,
    )
