"""The catalogue of faults: what can be done to a running system on purpose, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from robot_system import graph
from robot_system.errors import ConfigurationError

HOST_KINDS: dict[str, str] = {
    "stuck": "a callback does not return, and keeps a core busy meanwhile",
    "lost": "a share `value` of the messages to the node is lost (default half)",
    "delayed": "every message to the node arrives `value` seconds late (default 0.2)",
    "clock": "the clock of its stamps is `value` seconds off",
    "slow": "each tick takes `value` seconds longer (default 0.15)",
    "cut_off": "the kernel drops every packet to the node, and the node publishes nothing",
}
"""What a node of a simulated system can do to itself when it is asked to: `ros/faults.py`."""


@unique
class Means(Enum):
    """How a fault is made."""

    SIGNAL = "a signal to the process of the node"
    SIMULATION = "a request to the simulated robot"
    HOST = "a request to the host of the node"
    PROGRAM = "a program that runs beside the system"
    OWNER = "SIGKILL to the process owner of `robot up`"
    FILE_LIMIT = "a resource limit of every process of the system"
    TOGETHER = "other faults, at the same time"


@unique
class Recovery(Enum):
    """What is promised after a fault, and from when on the time is taken."""

    FROM_START = "heals by itself, counted from its start"
    FROM_END = "heals when it ends, counted from then"
    STAYS_DOWN = "can not heal: the robot stays stopped, quietly, until a person helps"
    ENDS = "can not heal: the system ends, and leaves nothing behind"


@dataclass(frozen=True, slots=True)
class Fault:
    """One row. `targets` are what it can be done to, the first by default; none: the whole.

    `kind` and `value` are for the means. `lasts` is the usual duration (s), 0 when the fault does
    not end by itself. `measured` are the targets that `robot bench recovery` measures.
    """

    name: str
    means: Means
    kind: str
    targets: tuple[str, ...]
    meaning: str
    recovery: Recovery = Recovery.FROM_END
    lasts: float = 0.0
    value: float = 0.0
    measured: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def can_end(self) -> bool:
        """Tell whether it lasts for some time."""
        return self.means is not Means.OWNER and self.kind != "SIGKILL"

    def target(self, asked: str) -> str:
        """Return what it is done to, or raise naming what is possible."""
        if asked and asked not in self.targets:
            possible = ", ".join(self.targets) or "nothing: it is done to the whole system"
            raise ConfigurationError(
                f"fault {self.name} can not be done to {asked!r}; possible: {possible}"
            )
        return asked or (self.targets[0] if self.targets else "")


NODES = tuple(spec.name for spec in graph.nodes_of("test"))
_SENSORS = ("scan", "odom", "imu", "battery", "temperature", "humidity", "pressure")
_HEARING = tuple(name for name in NODES if name != "sim")
_TICKING = tuple(name for name in NODES if name != "policy")
_START = Recovery.FROM_START
_SIGNAL, _SIM, _HOST = Means.SIGNAL, Means.SIMULATION, Means.HOST

# fmt: off
FAULTS: tuple[Fault, ...] = (
    Fault("crash", _SIGNAL, "SIGKILL", NODES,
        "the process ends at once, without a last word", _START, measured=NODES),
    Fault("hang", _SIGNAL, "SIGSTOP", NODES,
        "the process stands still, but lives", _START, measured=NODES),
    Fault("stuck_callback", _HOST, "stuck", NODES,
        "a callback of the node never returns, and keeps a core busy", _START, measured=NODES),
    Fault("sensor_silent", _SIM, "silent", _SENSORS,
        "the sensor publishes nothing", lasts=1.5, measured=("scan", "odom", "imu")),
    Fault("sensor_late", _SIM, "late", _SENSORS,
        "what it publishes was measured 0.5 s before", lasts=1.5, measured=("scan", "odom")),
    Fault("sensor_frozen", _SIM, "frozen", _SENSORS,
        "the same data again and again, on time and with fresh stamps", lasts=1.5,
        measured=("scan", "odom")),
    Fault("sensor_nan", _SIM, "nan", _SENSORS,
        "every number is NaN", lasts=1.5, measured=("scan", "odom")),
    Fault("sensor_short", _SIM, "short", ("scan",),
        "the scan has half of its beams", lasts=1.5, measured=("scan",)),
    Fault("sensor_angles", _SIM, "wrong_angles", ("scan",),
        "the scan is turned by 0.5 rad", lasts=1.5, measured=("scan",)),
    Fault("sensor_noisy", _SIM, "noisy", _SENSORS,
        "noise of sigma 0.3 (m, rad, ...) on every number", lasts=1.5, measured=("scan",)),
    Fault("messages_lost", _HOST, "lost", NODES,
        "half of the messages to the node are lost", lasts=1.5, value=0.5,
        measured=("lidar", "motion", "orchestrator")),
    Fault("messages_late", _HOST, "delayed", NODES,
        "every message to the node is 200 ms late", lasts=1.5, value=0.2,
        measured=("lidar", "policy", "motion", "orchestrator")),
    Fault("slow_ticks", _HOST, "slow", _TICKING,
        "every tick of the node takes 0.15 s longer", lasts=1.5, value=0.15, measured=("lidar",)),
    Fault("cut_off", _HOST, "cut_off", _HEARING,
        "the node hears and says nothing; what others tell of themselves does not reach it either",
        lasts=1.5, measured=("lidar", "motion", "orchestrator")),
    Fault("wheels_stuck", _SIM, "stuck", ("wheels",),
        "the wheels do not turn", lasts=1.5, measured=("wheels",)),
    Fault("commands_ignored", _SIM, "ignore_commands", ("base",),
        "the base does not follow `cmd_vel`", lasts=1.5, measured=("base",)),
    Fault("cpu_overload", Means.PROGRAM, "robot_system.faults.busy", (),
        "as many endless loops as there are cores", lasts=2.0),
    Fault("message_flood", Means.PROGRAM, "robot_system.ros.flood", (),
        "the newest scan again and again on `scan_raw`, 5,000 times a second", lasts=2.0),
    Fault("clock_forward", _HOST, "clock", (),
        "the clock of every node jumps forward by 10 s", _START, value=10.0),
    Fault("clock_back", _HOST, "clock", (),
        "the clock of every node jumps back by 10 s", _START, value=-10.0),
    Fault("disk_full", Means.FILE_LIMIT, "", (),
        "no process of the system can write to any file: logs, bags, locks", lasts=2.0),
    Fault("crash_loop", Means.PROGRAM, "robot_system.faults.crash_loop", NODES,
        "the node is killed each time it is back, until its process owner gives it up",
        Recovery.STAYS_DOWN, lasts=30.0, measured=("lidar",)),
    Fault("supervisor_crash", Means.OWNER, "", (),
        "the process owner ends at once, without a last word", Recovery.ENDS),
    Fault("two_crashes", Means.TOGETHER, "", (),
        "lidar and policy crash at once", _START, parts=(("crash", "lidar"), ("crash", "policy"))),
    Fault("crash_and_silence", Means.TOGETHER, "", (),
        "motion crashes, and the LiDAR falls silent", lasts=1.5,
        parts=(("crash", "motion"), ("sensor_silent", "scan"))),
    Fault("crash_on_full_disk", Means.TOGETHER, "", (),
        "sensors crashes while no file can be written", lasts=1.5,
        parts=(("disk_full", ""), ("crash", "sensors"))),
)
# fmt: on


def fault(name: str) -> Fault:
    """Return a row, or raise naming those that there are."""
    for row in FAULTS:
        if row.name == name:
            return row
    raise ConfigurationError(
        f"no fault is named {name!r}; `robot fault list` shows them:"
        f" {', '.join(row.name for row in FAULTS)}"
    )
