"""The contract: every topic and every event of the system, one row each.

Publishers, subscribers, telemetry, the recorder, rviz and the tests read these tables; nothing
else states a type, a rate or an age.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from robot_system.core import values
from robot_system.core.values import Severity


@unique
class Qos(Enum):
    """The ways in which data travels: (is_reliable, is_kept_for_late_joiners, depth)."""

    SENSOR = (False, False, 5)
    COMMAND = (True, False, 1)
    STATE = (True, True, 1)
    EVENT = (True, False, 10)
    REQUEST = (True, False, 100)


MANY = "every node"
OPERATOR = "operator"
ORCHESTRATOR = "orchestrator"


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """One row: what travels, how, how often (Hz, 0 = on change), and how old it may be (s).

    Rows are compared by identity: there is one of each, and every message looks one up.
    """

    name: str
    value: type
    ros_type: str
    qos: Qos
    producer: str
    rate: float
    max_age: float | None
    is_recorded: bool
    meaning: str

    @property
    def handler(self) -> str:
        """Return the name of the method that a component reacts with."""
        return "on_" + self.name.strip("/").replace("/", "_")


def _row(
    name: str,
    value: type,
    ros_type: str,
    qos: Qos,
    producer: str,
    meaning: str,
    *,
    rate: float = 0.0,
    max_age: float | None = None,
    recorded: bool = True,
) -> Topic:
    return Topic(name, value, ros_type, qos, producer, rate, max_age, recorded, meaning)


_S, _C, _T, _E = Qos.SENSOR, Qos.COMMAND, Qos.STATE, Qos.EVENT

# fmt: off
SCAN_RAW = _row("scan_raw", values.Scan, "sensor_msgs/msg/LaserScan", _S, "sim",
    "The LiDAR as the driver gives it", rate=20, max_age=0.2)
IMU_RAW = _row("imu_raw", values.Imu, "sensor_msgs/msg/Imu", _S, "sim",
    "The IMU as the driver gives it", rate=100, max_age=0.2)
ODOM = _row("odom", values.Odometry, "nav_msgs/msg/Odometry", _S, "sim",
    "Pose from the wheels, with drift, and measured motion", rate=50, max_age=0.15)
BATTERY_RAW = _row("battery_raw", values.Battery, "sensor_msgs/msg/BatteryState", _S, "sim",
    "The battery as the driver gives it", rate=2, max_age=2.0)
TEMPERATURE_RAW = _row("temperature_raw", values.Scalar, "sensor_msgs/msg/Temperature", _S,
    "sim", "Temperature (degrees Celsius)", rate=2, max_age=2.0)
HUMIDITY_RAW = _row("humidity_raw", values.Scalar, "sensor_msgs/msg/RelativeHumidity", _S,
    "sim", "Relative humidity (0 to 1)", rate=2, max_age=2.0)
PRESSURE_RAW = _row("pressure_raw", values.Scalar, "sensor_msgs/msg/FluidPressure", _S,
    "sim", "Air pressure (Pa)", rate=2, max_age=2.0)
TF = _row("/tf", values.Transforms, "tf2_msgs/msg/TFMessage", _E, "sim",
    "odom to base_link, and base_link to the sensors", rate=50)
TRUTH = _row("truth", values.GroundTruth, "robot_system/msg/GroundTruth", _S, "sim",
    "Simulation only: the real pose, and contacts", rate=20)
TRUTH_OBSTACLES = _row("truth_obstacles", values.Obstacles, "robot_system/msg/Obstacles", _S,
    "sim", "Simulation only: the real round obstacles near the robot", rate=5)

SCAN = _row("scan", values.Scan, "sensor_msgs/msg/LaserScan", _S, "sensors",
    "The LiDAR after validation", rate=20, max_age=0.2)
IMU = _row("imu", values.Imu, "sensor_msgs/msg/Imu", _S, "sensors",
    "The IMU after validation and calibration", rate=100, max_age=0.2)
BATTERY = _row("battery", values.Battery, "sensor_msgs/msg/BatteryState", _S, "sensors",
    "The battery after validation and filtering", rate=2, max_age=2.0)
READINGS = _row("readings", values.Readings, "robot_system/msg/Readings", _S, "sensors",
    "Value, unit and quality of every sensor", rate=10, max_age=0.5)

OBSTACLES = _row("obstacles", values.Obstacles, "robot_system/msg/Obstacles", _S, "lidar",
    "Circles around what the LiDAR sees", rate=20, max_age=0.2)
CLEARANCE = _row("clearance", values.Clearance, "robot_system/msg/Clearance", _S, "lidar",
    "Free distance per sector, closest obstacle", rate=20, max_age=0.2)
OBSTACLE_MARKERS = _row("obstacle_markers", values.Markers, "visualization_msgs/msg/MarkerArray",
    _E, "lidar", "Obstacles and clearance, for rviz", rate=5, recorded=False)

GOAL = _row("goal", values.Goal, "geometry_msgs/msg/PoseStamped", _T, OPERATOR,
    "Where the robot shall go")
ACTION_CHUNK = _row("action_chunk", values.ActionChunk, "robot_system/msg/ActionChunk", _C,
    "policy", "The next commands of the policy", rate=20, max_age=0.25)
PLAN = _row("plan", values.Path, "nav_msgs/msg/Path", _E, "policy",
    "The way that the policy means to go", rate=2)

CMD_VEL = _row("cmd_vel", values.VelocityCommand, "geometry_msgs/msg/TwistStamped", _C, "motion",
    "The command to the base", rate=100, max_age=0.1)
MOTION_STATE = _row("motion_state", values.MotionState, "robot_system/msg/MotionState", _S,
    "motion", "Applied command, and every active stop cause", rate=100, max_age=0.1)
EMERGENCY_STOP = _row("emergency_stop", values.EmergencyStop, "robot_system/msg/EmergencyStop",
    _T, OPERATOR, "Stand until a person releases it; each message presses it")
FOOTPRINT = _row("footprint", values.Markers, "visualization_msgs/msg/MarkerArray", _E, "motion",
    "Outline of the base, red while something holds it", rate=2, recorded=False)

METRICS = _row("metrics", values.Metrics, "robot_system/msg/Metrics", _E, "telemetry",
    "Statistics over the last window", rate=1, max_age=3.0)
DIAGNOSTICS = _row("/diagnostics", values.Diagnostics, "diagnostic_msgs/msg/DiagnosticArray", _E,
    MANY, "What every node says of itself, for the ROS tools", rate=1)
HEARTBEAT = _row("heartbeat", values.Heartbeat, "robot_system/msg/Heartbeat", _E, MANY,
    "Each node is alive, and how its ticks went", rate=20, max_age=0.3)
EVENTS = _row("events", values.Event, "robot_system/msg/Event", _E, MANY,
    "Something happened once")
ALERTS = _row("alerts", values.Alerts, "robot_system/msg/Alerts", _T, "alerts",
    "What a person should know now")
SYSTEM_STATE = _row("system_state", values.SystemState, "robot_system/msg/SystemState", _T,
    "orchestrator", "Mode, permission to move, health of each node", rate=10, max_age=0.3)
FAULT_REQUEST = _row("fault_request", values.FaultRequest, "robot_system/msg/FaultRequest",
    Qos.REQUEST, OPERATOR, "Simulation only: spoil a sensor, an actuator or a node")


# Ports: they never leave the process; the orchestrator's host does what they ask.
TRANSITION_REQUEST = _row("transition_request", values.TransitionRequest, "", _E, "orchestrator",
    "Move a node through its lifecycle", recorded=False)
TRANSITION_RESULT = _row("transition_result", values.TransitionResult, "", _E, "host",
    "How such a request ended", recorded=False)
PROCESS_REQUEST = _row("process_request", values.ProcessRequest, "", _E, "orchestrator",
    "Watch the process of a node, or end it", recorded=False)
PROCESS_NOTE = _row("process_note", values.ProcessNote, "", _E, "host",
    "A process that was watched is gone, or starved", recorded=False)
# fmt: on

ALL: tuple[Topic, ...] = tuple(row for row in globals().values() if isinstance(row, Topic))
TOPICS: tuple[Topic, ...] = tuple(row for row in ALL if row.ros_type)


def topic(name: str) -> Topic:
    """Return the row of a topic."""
    for row in TOPICS:
        if row.name == name:
            return row
    raise KeyError(name)


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """One row of the table of services: what a person may ask of a node."""

    name: str
    ros_type: str
    meaning: str
    node: str = ORCHESTRATOR


# fmt: off
_NODE = "robot_system/srv/NodeCommand"
SERVICES = (
    Service("start_node", _NODE, "Let a node come up that a person stopped"),
    Service("stop_node", _NODE, "Take a node down, until it is started"),
    Service("restart_node", _NODE, "End a node's process, so that it begins anew"),
    Service("enable_node", _NODE, "Use a node again that was disabled"),
    Service("disable_node", _NODE, "Go on without a node that no other needs"),
    Service("clear_fault", _NODE, "Begin anew with a node that waits for a person; all, unnamed"),
    Service("set_mode", "robot_system/srv/SetMode", "Go to stopped, standby or running"),
)
_PERSON = "robot_system/srv/PersonCommand"
PRESS_STOP = Service("press_stop", _PERSON, "Stand, until a person releases it", "motion")
RELEASE = Service("release", _PERSON,
    "Release an emergency stop, and try again with a base that was given up", "motion")
MOTION_SERVICES = (PRESS_STOP, RELEASE)
# fmt: on


@dataclass(frozen=True, slots=True)
class EventType:
    """One row of the table of events."""

    name: str
    severity: Severity
    meaning: str


_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

# fmt: off
NODE_STATE_CHANGED = EventType("node_state_changed", _INFO, "A node's lifecycle state changed")
NODE_READY = EventType("node_ready", _INFO, "A node became ready")
NODE_SILENT = EventType("node_silent", _ERROR, "A node's heartbeat stopped")
NODE_RETURNED = EventType("node_returned", _WARNING, "A node that was silent or gone is back")
NODE_HEALTH_CHANGED = EventType("node_health_changed", _INFO, "A node's own health changed")
TRANSITION_FAILED = EventType("transition_failed", _ERROR, "A lifecycle transition failed")
MODE_CHANGED = EventType("mode_changed", _INFO, "The mode of the whole system changed")
RECOVERY_STARTED = EventType("recovery_started", _WARNING, "Something is done about a node")
RECOVERY_DONE = EventType("recovery_done", _INFO, "What was done helped: the node is ready")
RECOVERY_FAILED = EventType("recovery_failed", _ERROR, "What was done did not help")
NODE_GIVEN_UP = EventType("node_given_up", _ERROR, "All was tried: a node waits for a person")
NODE_LET_BE = EventType("node_let_be", _WARNING, "All was tried: a node works badly, and goes on")
NODE_CLEARED = EventType("node_cleared", _INFO, "A person let a node begin anew")
PERSON_ASKED = EventType("person_asked", _INFO, "A person asked the orchestrator for something")
PROCESS_DIED = EventType("process_died", _ERROR, "A node's process ended by itself")
PROCESS_RESTARTED = EventType("process_restarted", _WARNING, "A node's process was started again")
PROCESS_GIVEN_UP = EventType("process_given_up", _ERROR, "A process died too often: it stays down")
LOGS_LOST = EventType("logs_lost", _WARNING, "What the nodes print can not be written to files")
LOGS_KEPT = EventType("logs_kept", _INFO, "What the nodes print is written to files again")
SENSOR_FAULTY = EventType("sensor_faulty", _WARNING, "A sensor's data can not be trusted")
SENSOR_HEALED = EventType("sensor_healed", _INFO, "A sensor's data can be trusted again")
ROBOT_STOPPED = EventType("robot_stopped", _WARNING, "Something holds the robot")
ROBOT_RELEASED = EventType("robot_released", _INFO, "Nothing holds the robot any more")
STOP_PRESSED = EventType("stop_pressed", _ERROR, "Somebody pressed the emergency stop")
STOP_RELEASED = EventType("stop_released", _INFO, "A person released what waited for one")
BASE_DISOBEYS = EventType("base_disobeys", _ERROR, "Measured motion is not what was commanded")
BASE_GIVEN_UP = EventType("base_given_up", _ERROR, "A base that does not obey waits for a person")
GOAL_SET = EventType("goal_set", _INFO, "A new goal was set")
GOAL_REFUSED = EventType("goal_refused", _WARNING, "A goal that can not be driven to")
GOAL_REACHED = EventType("goal_reached", _INFO, "The robot is at its goal")
CONTACT = EventType("contact", _ERROR, "Simulation: the robot touched something")
FAULT_INJECTED = EventType("fault_injected", _WARNING, "Simulation: a fault was injected")
FAULT_CLEARED = EventType("fault_cleared", _INFO, "Simulation: a fault was cleared")
# fmt: on

EVENT_TYPES: tuple[EventType, ...] = tuple(
    row for row in globals().values() if isinstance(row, EventType)
)


def event_type(name: str) -> EventType:
    """Return the row of an event."""
    for row in EVENT_TYPES:
        if row.name == name:
            return row
    raise KeyError(name)
