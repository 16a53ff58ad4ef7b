"""Heartbeats, the state of the system, diagnostics, events, metrics and alerts."""

from __future__ import annotations

from dataclasses import fields
from enum import IntEnum
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from robot_system.core.values import (
    Alert,
    Alerts,
    Diagnostic,
    Diagnostics,
    Event,
    Health,
    Heartbeat,
    Lifecycle,
    Metric,
    Metrics,
    Mode,
    NodeStatus,
    Severity,
    SystemState,
)
from robot_system.msg import Alert as AlertMsg
from robot_system.msg import Alerts as AlertsMsg
from robot_system.msg import Event as EventMsg
from robot_system.msg import Heartbeat as HeartbeatMsg
from robot_system.msg import Metric as MetricMsg
from robot_system.msg import Metrics as MetricsMsg
from robot_system.msg import NodeStatus as NodeStatusMsg
from robot_system.msg import SystemState as SystemStateMsg
from robot_system.ros.conversions.basics import (
    Conversion,
    header_to_msg,
    members_of,
    time_from_msg,
    time_to_msg,
)

_TIMES = frozenset({"stamp", "since", "raised", "last_seen"})
# What a number that is not in the enumeration counts as; its type is that of the field.
_UNKNOWN: dict[str, IntEnum] = {
    "state": Lifecycle.UNKNOWN,
    "desired": Lifecycle.UNKNOWN,
    "actual": Lifecycle.UNKNOWN,
    "health": Health.UNKNOWN,
    "mode": Mode.STOPPED,
    "target": Mode.STOPPED,
    "severity": Severity.ERROR,
}


def _same_names(value_type: type, message_type: type, **parts: Conversion) -> Conversion:
    """Return the conversion of a message whose fields have the names of the value's fields.

    `parts` are the fields that are lists of other messages. A number that no enumeration knows
    makes a value that can be valid invalid.
    """
    names = tuple(item.name for item in fields(value_type))
    plain = tuple(name for name in names if name not in _TIMES and name not in parts)
    times = tuple(name for name in names if name in _TIMES)
    enums = tuple((name, members_of(_UNKNOWN[name])) for name in plain if name in _UNKNOWN)

    def from_msg(message: Any) -> Any:
        found = {name: getattr(message, name) for name in plain}
        for name, members in enums:
            number = found[name]
            found[name] = members.get(number, _UNKNOWN[name])
            if number not in members and "valid" in found:
                found["valid"] = False
        for name in times:
            found[name] = time_from_msg(getattr(message, name))
        for name, part in parts.items():
            found[name] = tuple(map(part.from_msg, getattr(message, name)))
        return value_type(**found)

    def to_msg(value: Any) -> Any:
        message = message_type()
        for name in plain:
            setattr(message, name, getattr(value, name))
        for name in times:
            setattr(message, name, time_to_msg(getattr(value, name)))
        for name, part in parts.items():
            setattr(message, name, [part.to_msg(item) for item in getattr(value, name)])
        return message

    return Conversion(message_type, from_msg, to_msg)


_LEVELS = {
    Severity.INFO: DiagnosticStatus.OK,
    Severity.WARNING: DiagnosticStatus.WARN,
    Severity.ERROR: DiagnosticStatus.ERROR,
    Severity.FATAL: DiagnosticStatus.ERROR,
}
_SEVERITIES = {
    DiagnosticStatus.OK: Severity.INFO,
    DiagnosticStatus.WARN: Severity.WARNING,
    DiagnosticStatus.ERROR: Severity.ERROR,
    DiagnosticStatus.STALE: Severity.ERROR,
}


def diagnostics_from_msg(message: DiagnosticArray) -> Diagnostics:
    """Return what nodes say of themselves; other packages' nodes too."""
    return Diagnostics(
        stamp=time_from_msg(message.header.stamp),
        diagnostics=tuple(
            Diagnostic(
                name=item.name,
                node=item.hardware_id or item.name.split(":", 1)[0],
                severity=_SEVERITIES.get(item.level, Severity.ERROR),
                message=item.message,
                facts=tuple((pair.key, pair.value) for pair in item.values),
            )
            for item in message.status
        ),
    )


def diagnostics_to_msg(diagnostics: Diagnostics) -> DiagnosticArray:
    """Return what nodes say of themselves as a message."""
    return DiagnosticArray(
        header=header_to_msg(diagnostics.stamp, ""),
        status=[
            DiagnosticStatus(
                level=_LEVELS[item.severity],
                name=item.name,
                message=item.message,
                hardware_id=item.node,
                values=[KeyValue(key=key, value=value) for key, value in item.facts],
            )
            for item in diagnostics.diagnostics
        ],
    )


CONVERSIONS: tuple[Conversion, ...] = (
    _same_names(Heartbeat, HeartbeatMsg),
    _same_names(Event, EventMsg),
    _same_names(SystemState, SystemStateMsg, nodes=_same_names(NodeStatus, NodeStatusMsg)),
    _same_names(Metrics, MetricsMsg, metrics=_same_names(Metric, MetricMsg)),
    _same_names(Alerts, AlertsMsg, alerts=_same_names(Alert, AlertMsg)),
    Conversion(DiagnosticArray, diagnostics_from_msg, diagnostics_to_msg),
)
