"""The values that components exchange: frozen, in SI units, free of middleware.

A value that states something about the world has `valid`, which is False until its producer
says otherwise: a value that nobody filled must never be mistaken for good news.
"""

from robot_system.core.values.arrays import Float32Array, FloatArray
from robot_system.core.values.base import (
    Goal,
    Odometry,
    Pose,
    Transform,
    Transforms,
    Twist,
    VelocityCommand,
)
from robot_system.core.values.driving import ActionChunk, MotionState, Path, StopCause
from robot_system.core.values.health import (
    Answer,
    Diagnostic,
    Diagnostics,
    Event,
    Health,
    HealthReport,
    Heartbeat,
    Lifecycle,
    Mode,
    ModeCommand,
    NodeCommand,
    NodeStatus,
    ProcessNote,
    ProcessRequest,
    Severity,
    SystemState,
    Transition,
    TransitionRequest,
    TransitionResult,
)
from robot_system.core.values.perception import Clearance, Kind, Marker, Markers, Obstacles, Shape
from robot_system.core.values.sensors import Battery, Imu, Quality, Reading, Readings, Scalar, Scan
from robot_system.core.values.simulation import FaultRequest, GroundTruth
from robot_system.core.values.telemetry import Alert, Alerts, Metric, Metrics

__all__ = [
    "ActionChunk",
    "Alert",
    "Alerts",
    "Answer",
    "Battery",
    "Clearance",
    "Diagnostic",
    "Diagnostics",
    "Event",
    "FaultRequest",
    "Float32Array",
    "FloatArray",
    "Goal",
    "GroundTruth",
    "Health",
    "HealthReport",
    "Heartbeat",
    "Imu",
    "Kind",
    "Lifecycle",
    "Marker",
    "Markers",
    "Metric",
    "Metrics",
    "Mode",
    "ModeCommand",
    "MotionState",
    "NodeCommand",
    "NodeStatus",
    "Obstacles",
    "Odometry",
    "Path",
    "Pose",
    "ProcessNote",
    "ProcessRequest",
    "Quality",
    "Reading",
    "Readings",
    "Scalar",
    "Scan",
    "Severity",
    "Shape",
    "StopCause",
    "SystemState",
    "Transform",
    "Transforms",
    "Transition",
    "TransitionRequest",
    "TransitionResult",
    "Twist",
    "VelocityCommand",
]
