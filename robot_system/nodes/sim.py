"""The node `sim`: the simulated world, robot and sensors, in place of hardware."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from robot_system import contract, graph
from robot_system.component import Component
from robot_system.contract import Topic
from robot_system.core.time import Instant
from robot_system.core.values import FaultRequest, Health, HealthReport, VelocityCommand
from robot_system.errors import ConfigurationError
from robot_system.parameters import Parameters, parameter
from robot_system.sim.robot import BaseSettings
from robot_system.sim.sensors import LidarSettings
from robot_system.sim.simulator import Simulator, SimulatorSettings
from robot_system.sim.world import World
from robot_system.sim.worlds import load_world

NODES = frozenset(spec.name for spec in graph.NODES)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimParameters(Parameters):
    """Which world, and what the robot in it is like."""

    world: str = parameter("generated:1", "a file, generated:[KIND:]SEED or barn:N")
    data_folder: str = parameter("", "where the BARN worlds are, empty when there are none")
    moving: int = parameter(0, "moving obstacles in a generated world", low=0, high=50)
    seed: int = parameter(0, "seed of all noise", low=0)
    beams: int = parameter(720, "beams of the LiDAR", low=8, high=3600)
    field_of_view: float = parameter(
        4.712389, "angle that the LiDAR sees", unit="rad", low=0.1, high=6.283186
    )
    lidar_rate: float = parameter(20.0, "scans per second", unit="Hz", low=10.0, high=40.0)
    range_min: float = parameter(0.05, "closest range of the LiDAR", unit="m", low=0.0, high=1.0)
    range_max: float = parameter(
        30.0, "farthest range of the LiDAR", unit="m", low=1.0, high=100.0
    )
    range_noise: float = parameter(0.01, "sigma of a range", unit="m", low=0.0, high=1.0)
    dropouts: float = parameter(0.002, "share of beams without a return", low=0.0, high=1.0)
    lidar_forward: float = parameter(
        -0.065, "place of the LiDAR ahead of the centre", unit="m", low=-1.0, high=1.0
    )
    length: float = parameter(0.508, "length of the base", unit="m", low=0.1, high=2.0)
    width: float = parameter(0.43, "width of the base", unit="m", low=0.1, high=2.0)
    max_linear: float = parameter(2.0, "fastest the base can go", unit="m/s", low=0.1, high=10.0)
    max_angular: float = parameter(4.0, "fastest it can turn", unit="rad/s", low=0.1, high=10.0)
    acceleration: float = parameter(4.0, "of the base at most", unit="m/s2", low=0.1, high=50.0)
    angular_acceleration: float = parameter(
        8.0, "of its turning at most", unit="rad/s2", low=0.1, high=100.0
    )
    command_delay: float = parameter(
        0.03, "until a command reaches the motors", unit="s", low=0.0, high=0.5
    )
    command_timeout: float = parameter(
        0.1, "without a command until the base brakes", unit="s", low=0.05, high=5.0
    )
    slip: float = parameter(0.01, "noise of each wheel, a share of its speed", low=0.0, high=0.5)
    odometry_drift: float = parameter(
        1.0, "errors of the odometry, times those of a good one", low=0.0, high=20.0
    )
    battery_charge: float = parameter(1.0, "charge at the start", low=0.0, high=1.0)


class SimNode(Component[SimParameters]):
    """Drives a simulated base by `cmd_vel`, and publishes what its sensors measure.

    The robot stays where it is while inactive; `configure` puts it back to the start.
    """

    name: ClassVar[str] = "sim"
    parameters_type: ClassVar[type[Parameters]] = SimParameters
    reads: ClassVar[tuple[Topic, ...]] = (contract.CMD_VEL, contract.FAULT_REQUEST)
    writes: ClassVar[tuple[Topic, ...]] = (
        contract.SCAN_RAW,
        contract.IMU_RAW,
        contract.ODOM,
        contract.BATTERY_RAW,
        contract.TEMPERATURE_RAW,
        contract.HUMIDITY_RAW,
        contract.PRESSURE_RAW,
        contract.TF,
        contract.TRUTH,
        contract.TRUTH_OBSTACLES,
        contract.EVENTS,
    )

    _simulator: Simulator
    _contacts: int = 0
    _refused: str = ""

    @property
    def period(self) -> float:
        """Return the seconds between two ticks: one step of the physics."""
        return 0.01

    @classmethod
    def prepare(cls, parameters: SimParameters) -> None:
        """Load the world, and what it is made with."""
        _world_of(parameters)

    def configure(self) -> None:
        """Load the world, and put the robot at its start."""
        chosen = self.parameters
        self._simulator = Simulator(_world_of(chosen), simulator_settings(chosen), chosen.seed)
        self._contacts = 0

    def activate(self, now: Instant) -> None:
        """Let the world go on from where it stood."""
        self._simulator.stop()
        self._refused = ""

    def deactivate(self, now: Instant) -> None:
        """Put the wheels to rest."""
        self._simulator.stop()

    def cleanup(self) -> None:
        """Forget the world."""
        del self._simulator

    def on_cmd_vel(self, command: VelocityCommand, now: Instant) -> None:
        """Pass the command to the base."""
        self._simulator.command(command.twist, now.stamp)

    def on_fault_request(self, request: FaultRequest, now: Instant) -> None:
        """Begin or heal a fault; one that does not exist is refused, and told in the health.

        What is meant for the host of a node is not of the simulation.
        """
        if request.target in NODES:
            return
        try:
            healed = self._simulator.fault(request, now.stamp)
        except ConfigurationError as error:
            self._refused = str(error)
            return
        if request.kind:
            detail = f"{request.target} {request.kind} value={request.value:g}"
            self.event(contract.FAULT_INJECTED, now, f"{detail} duration={request.duration:g}")
        self._tell_healed(healed, now)

    def tick(self, now: Instant) -> None:
        """Advance the world to now, and publish what was measured."""
        simulator = self._simulator
        self._tell_healed(simulator.expire_faults(now.stamp), now)
        for topic, value in simulator.step(now.stamp):
            self.publish(topic, value)
        if simulator.guard.contacts > self._contacts:
            self._contacts = simulator.guard.contacts
            pose = simulator.pose
            self.event(contract.CONTACT, now, f"x={pose.x:.2f} y={pose.y:.2f}")

    def health(self, now: Instant) -> HealthReport:
        """Tell where the robot really is."""
        simulator = self._simulator
        pose = simulator.pose
        faults = ", ".join(f"{target} {kind}" for target, kind in simulator.faults.active)
        facts = [
            ("world", simulator.world.name),
            ("pose", f"{pose.x:.2f} {pose.y:.2f} {pose.theta:.2f}"),
            ("contacts", str(simulator.guard.contacts)),
            ("faults", faults or "none"),
        ]
        if self._refused:
            facts.append(("refused", self._refused))
        return HealthReport(Health.HEALTHY, "", tuple(facts))

    def _tell_healed(self, targets: tuple[str, ...], now: Instant) -> None:
        for target in targets:
            self.event(contract.FAULT_CLEARED, now, target)


def _world_of(chosen: SimParameters) -> World:
    folder = Path(chosen.data_folder) if chosen.data_folder else None
    return load_world(chosen.world, folder, chosen.moving)


def simulator_settings(chosen: SimParameters) -> SimulatorSettings:
    """Return the settings of the simulator that these parameters ask for."""
    base = BaseSettings(
        length=chosen.length,
        width=chosen.width,
        max_linear=chosen.max_linear,
        max_angular=chosen.max_angular,
        acceleration=chosen.acceleration,
        angular_acceleration=chosen.angular_acceleration,
        delay=chosen.command_delay,
        watchdog=chosen.command_timeout,
        noise=chosen.slip,
    )
    lidar = LidarSettings(
        beams=chosen.beams,
        field_of_view=chosen.field_of_view,
        rate=chosen.lidar_rate,
        range_min=chosen.range_min,
        range_max=chosen.range_max,
        noise=chosen.range_noise,
        dropouts=chosen.dropouts,
        forward=chosen.lidar_forward,
    )
    return SimulatorSettings(base, lidar, chosen.odometry_drift, chosen.battery_charge)
