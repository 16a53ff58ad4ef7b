"""The values that components exchange: frozen, in SI units, free of middleware.

A value that states something about the world has `valid`, which is False until its producer
says otherwise: a value that nobody filled must never be mistaken for good news.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, unique

import numpy as np
from numpy.typing import NDArray

from robot_system.core.time import Time

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]


def _no_floats() -> FloatArray:
    return np.zeros(0)


# --- motion -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pose:
    """A position and heading in the plane (m, rad)."""

    x: float = 0.0
    y: float = 0.0
    theta: float = 0.0


@dataclass(frozen=True, slots=True)
class Twist:
    """Forward speed and turn rate of the base (m/s, rad/s)."""

    linear: float = 0.0
    angular: float = 0.0


@dataclass(frozen=True, slots=True)
class VelocityCommand:
    """What the base shall do now."""

    stamp: Time
    twist: Twist
    frame: str = "base_link"


@dataclass(frozen=True, slots=True)
class Odometry:
    """Pose in the odometry frame, and measured motion of the base."""

    stamp: Time
    pose: Pose
    twist: Twist
    frame: str = "odom"
    child_frame: str = "base_link"


@dataclass(frozen=True, slots=True)
class Transform:
    """Pose of `child_frame` seen from `frame`."""

    stamp: Time
    frame: str
    child_frame: str
    pose: Pose
    z: float = 0.0


@dataclass(frozen=True, slots=True)
class Transforms:
    """Transforms that were measured together."""

    transforms: tuple[Transform, ...]

    @property
    def stamp(self) -> Time:
        """Return the newest of the stamps."""
        return max((transform.stamp for transform in self.transforms), default=0)


@dataclass(frozen=True, slots=True)
class Goal:
    """Where the robot shall go, in the odometry frame."""

    stamp: Time
    pose: Pose
    frame: str = "odom"


# --- sensors ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """One turn of a planar LiDAR, ranges in m; no return is infinity, a broken beam NaN."""

    stamp: Time
    angle_min: float
    angle_increment: float
    range_min: float
    range_max: float
    ranges: Float32Array
    scan_time: float = 0.0
    time_increment: float = 0.0
    frame: str = "laser"

    @property
    def angles(self) -> FloatArray:
        """Return the angle of each beam in the frame of the sensor."""
        beams = np.arange(len(self.ranges), dtype=np.float64)
        return self.angle_min + self.angle_increment * beams


@dataclass(frozen=True, slots=True)
class Imu:
    """Heading (rad), angular velocity (rad/s) and linear acceleration (m/s2) of the base."""

    stamp: Time
    yaw: float
    angular_velocity: tuple[float, float, float]
    linear_acceleration: tuple[float, float, float]
    frame: str = "imu"


@dataclass(frozen=True, slots=True)
class Battery:
    """State of the battery (V, A, charge from 0 to 1)."""

    stamp: Time
    voltage: float
    current: float
    charge: float
    frame: str = "base_link"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One measured number, in the SI unit of its topic (degrees Celsius for temperature)."""

    stamp: Time
    value: float
    frame: str = "base_link"


@unique
class Quality(IntEnum):
    """How far a reading may be trusted."""

    BAD = 0
    SUSPECT = 1
    GOOD = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """One sensor's filtered value with its quality, and the reason where that is not good."""

    name: str
    value: float
    unit: str
    quality: Quality = Quality.BAD
    reason: str = "no data"


@dataclass(frozen=True, slots=True)
class Readings:
    """The newest reading of every sensor."""

    stamp: Time
    readings: tuple[Reading, ...] = ()
    valid: bool = False


# --- perception ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Obstacles:
    """Circles around what the LiDAR saw, in the odometry frame; row i is one obstacle."""

    stamp: Time
    ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    positions: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    radii: FloatArray = field(default_factory=_no_floats)
    velocities: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    confidences: FloatArray = field(default_factory=_no_floats)
    frame: str = "odom"
    valid: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Clearance:
    """Free distance around the base, per sector of heading, in the base frame.

    Sector i spans `angle_min + i * sector_width` and the next; its distance is that of the
    closest return in it, measured from the centre of the base.
    """

    stamp: Time
    angle_min: float = 0.0
    sector_width: float = 0.0
    distances: FloatArray = field(default_factory=_no_floats)
    closest_distance: float = 0.0
    closest_angle: float = 0.0
    valid_share: float = 0.0
    frame: str = "base_link"
    valid: bool = False


@unique
class Shape(IntEnum):
    """What a marker looks like."""

    CYLINDER = 0
    LINE = 1
    ARROW = 2
    TEXT = 3


@dataclass(frozen=True, slots=True)
class Marker:
    """One thing to draw: for a LINE `points` are its corners, otherwise `pose` and `size` hold."""

    namespace: str
    id: int
    shape: Shape
    colour: tuple[float, float, float, float]
    size: tuple[float, float, float]
    pose: Pose = Pose()
    points: tuple[tuple[float, float], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Markers:
    """A complete picture: it replaces whatever its publisher drew before."""

    stamp: Time
    frame: str
    markers: tuple[Marker, ...]


# --- policy and motion --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class ActionChunk:
    """The next commands of a policy: row i is (linear, angular), meant for `stamp + i * dt`."""

    stamp: Time
    sequence: int
    policy_id: str
    policy_hash: str
    observation_stamp: Time
    dt: float
    commands: FloatArray
    valid_for: float
    reason: str = ""
    valid: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """The way that the policy means to go."""

    stamp: Time
    points: tuple[tuple[float, float], ...] = ()
    frame: str = "odom"


@dataclass(frozen=True, slots=True)
class StopCause:
    """One reason that holds or slows the robot: who, what was measured, what is allowed."""

    name: str
    source: str
    value: float
    limit: float
    age: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MotionState:
    """What motion was asked for, what it applied, and every reason for the difference."""

    stamp: Time
    requested: Twist = Twist()
    applied: Twist = Twist()
    causes: tuple[StopCause, ...] = ()
    sequence: int = 0
    observation_stamp: Time = 0
    is_stopped: bool = True
    interventions: int = 0
    is_periodic: bool = False
    valid: bool = False


# --- health -------------------------------------------------------------------------------


@unique
class Lifecycle(IntEnum):
    """States of a managed node, numbered as in lifecycle_msgs/State."""

    UNKNOWN = 0
    UNCONFIGURED = 1
    INACTIVE = 2
    ACTIVE = 3
    FINALIZED = 4


@unique
class Transition(IntEnum):
    """Transitions of a managed node, numbered as in lifecycle_msgs/Transition."""

    CONFIGURE = 1
    CLEANUP = 2
    ACTIVATE = 3
    DEACTIVATE = 4
    SHUTDOWN = 5


@unique
class Health(IntEnum):
    """How well a node or the whole does its work."""

    UNKNOWN = 0
    HEALTHY = 1
    DEGRADED = 2
    UNHEALTHY = 3


@dataclass(frozen=True, slots=True)
class HealthReport:
    """A node's own view of its health; `facts` are shown to people, never acted on.

    `blames` is the topic that the trouble comes from: one that it reads, or one of its own.
    """

    health: Health = Health.UNKNOWN
    reason: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    blames: str = ""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A node is alive, in this state, and this is how its ticks went since the last beat."""

    stamp: Time
    node: str
    host: str
    pid: int
    state: Lifecycle
    health: Health
    reason: str
    activations: int = 0
    ticks: int = 0
    tick_mean: float = 0.0
    tick_max: float = 0.0
    period_max: float = 0.0
    blames: str = ""


@unique
class Severity(IntEnum):
    """How much an event or an alert matters to an operator."""

    INFO = 0
    WARNING = 1
    ERROR = 2
    FATAL = 3


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened once; `name` is a row of the table of events."""

    stamp: Time
    name: str
    severity: Severity
    node: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One line of `/diagnostics`."""

    name: str
    node: str
    severity: Severity
    message: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What nodes say of themselves, for the ROS tools."""

    stamp: Time
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node as the orchestrator sees it."""

    node: str
    desired: Lifecycle
    actual: Lifecycle
    health: Health
    reason: str
    is_ready: bool = False
    pid: int = 0
    attempts: int = 0
    last_recovery: float = 0.0
    fault: str = ""
    action: str = ""
    blames: str = ""
    is_given_up: bool = False
    is_disabled: bool = False


@unique
class Mode(IntEnum):
    """What the whole system is doing."""

    STOPPED = 0
    STANDBY = 1
    RUNNING = 2
    DEGRADED = 3
    SAFE_STOP = 4
    SHUTDOWN = 5


@dataclass(frozen=True, slots=True)
class SystemState:
    """The whole: may the robot move, in which mode is it, and how is each node."""

    stamp: Time
    mode: Mode = Mode.STOPPED
    is_motion_allowed: bool = False
    health: Health = Health.UNKNOWN
    reason: str = ""
    since: Time = 0
    nodes: tuple[NodeStatus, ...] = ()
    target: Mode = Mode.RUNNING
    valid: bool = False


@dataclass(frozen=True, slots=True)
class TransitionRequest:
    """The orchestrator asks the host to move a node."""

    node: str
    transition: Transition
    attempt: int


@dataclass(frozen=True, slots=True)
class TransitionResult:
    """How such a request ended; `is_done` is what the node answered, None when it did not."""

    node: str
    transition: Transition
    attempt: int
    is_done: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProcessRequest:
    """The orchestrator asks the host to watch a node's process, or to end it."""

    node: str
    host: str
    pid: int
    is_to_end: bool = False
    is_gentle: bool = False


@dataclass(frozen=True, slots=True)
class ProcessNote:
    """A process that was watched is gone, or begins or ceases to wait for a processor in vain."""

    node: str
    pid: int
    is_gone: bool = False
    is_starved: bool = False


@dataclass(frozen=True, slots=True)
class NodeCommand:
    """A person wants something of a node; none is named where all are meant."""

    node: str


@dataclass(frozen=True, slots=True)
class ModeCommand:
    """A person wants the whole in a mode."""

    mode: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of what a person wanted; one line says it."""

    is_done: bool
    message: str = ""


# --- telemetry and alerts -----------------------------------------------------------------


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


# --- simulation only ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Where the simulated robot really is, and whether it touches anything."""

    stamp: Time
    pose: Pose
    twist: Twist
    contacts: int = 0
    is_in_contact: bool = False
    frame: str = "world"


@dataclass(frozen=True, slots=True)
class FaultRequest:
    """Spoil a simulated sensor or actuator: `kind` is one of `sim/faults.py`, empty to heal."""

    stamp: Time
    target: str
    kind: str
    value: float = 0.0
    duration: float = 0.0
