"""The motion node: the only one that commands the base."""

from __future__ import annotations

from dataclasses import replace

from robot_system import contract
from robot_system.component import Component
from robot_system.core.motion.inputs import Inputs
from robot_system.core.motion.shield import Shield
from robot_system.core.motion.surroundings import Surroundings
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import (
    ActionChunk,
    Answer,
    EmergencyStop,
    Health,
    HealthReport,
    Marker,
    Markers,
    MotionState,
    Obstacles,
    Odometry,
    PersonCommand,
    Scan,
    Shape,
    StopCause,
    SystemState,
    Twist,
    VelocityCommand,
)
from robot_system.form_file import FormFile
from robot_system.latches import Latched, LatchFile
from robot_system.motion_parameters import (
    MotionParameters,
    input_limits,
    shield_settings,
    surroundings_settings,
)


class MotionNode(Component[MotionParameters]):
    """Runs the shield at its own pace.

    It decides at every tick, whatever arrives or not; and at once when a newer action is there,
    or when a scan shows that what is being applied leaves no room to stop.
    """

    name = "motion"
    parameters_type = MotionParameters
    reads = (
        contract.ACTION_CHUNK,
        contract.SCAN_RAW,
        contract.ODOM,
        contract.SYSTEM_STATE,
        contract.OBSTACLES,
        contract.EMERGENCY_STOP,
    )
    writes = (
        contract.CMD_VEL,
        contract.MOTION_STATE,
        contract.FOOTPRINT,
        contract.EVENTS,
    )
    serves = contract.MOTION_SERVICES
    serves_inactive = True

    @property
    def period(self) -> float:
        """Return the control period."""
        return 1.0 / self.parameters.rate

    def configure(self) -> None:
        """Build the shield from the parameters."""
        self._shield = Shield(shield_settings(self.parameters))
        self._latches = LatchFile(self.parameters.latch_file)
        self._latched = self._latches.read()
        self._form_file = FormFile(self.parameters.scan_form_file)
        self._inputs = self._new_inputs()

    def activate(self, now: Instant) -> None:
        """Start standing still, with nothing received."""
        self._inputs = self._new_inputs()
        self._shield.reset()
        self._state = MotionState(now.stamp)
        self._held_by: tuple[str, ...] = ()
        self._next_footprint = now.steady
        self._may_answer = True
        self._was_disobeyed = False

    def _new_inputs(self) -> Inputs:
        """Return inputs that know of nothing, but that a person is waited for."""
        surroundings = Surroundings(surroundings_settings(self.parameters))
        inputs = Inputs(input_limits(self.parameters), surroundings)
        inputs.form = self._form_file.read()
        inputs.stop = self._latched.stop
        inputs.agreement.given_up = self._latched.base
        return inputs

    def deactivate(self, now: Instant) -> None:
        """Tell the base to stand."""
        cause = StopCause("inactive", "motion", 0.0, 0.0, 0.0, "the motion node is not active")
        self.publish(contract.CMD_VEL, VelocityCommand(now.stamp, Twist()))
        self.publish(contract.MOTION_STATE, MotionState(now.stamp, causes=(cause,), valid=True))

    def on_action_chunk(self, chunk: ActionChunk, now: Instant) -> None:
        """Take a newer action and follow it at once, one from tick to tick."""
        if self._inputs.take_action(chunk, now) and self._may_answer:
            self._may_answer = False
            self._decide(now)

    def on_system_state(self, state: SystemState, now: Instant) -> None:
        """Take the permission to move, or its end."""
        self._inputs.take_permission(state, now)

    def on_obstacles(self, obstacles: Obstacles, now: Instant) -> None:
        """Take what moves around."""
        self._inputs.take_obstacles(obstacles, now)

    def on_emergency_stop(self, press: EmergencyStop, now: Instant) -> None:
        """Stand until somebody releases it; what was released before does not come back."""
        if press.stamp > self._latched.released:
            self._press(f"{press.source}: {press.reason}" if press.reason else press.source, now)

    def serve(self, service: str, request: PersonCommand, now: Instant) -> Answer:
        """Press the emergency stop, or release whatever waits for a person."""
        if service == contract.PRESS_STOP.name:
            self._press(request.reason or "a person", now)
            return Answer(True, "the robot stands until `robot release`")
        latched = self._latched
        if not (latched.stop or latched.base):
            return Answer(False, "nothing waits to be released")
        self._latched = Latched(released=now.stamp)
        self._latches.write(self._latched)
        self._inputs.stop = ""
        self._inputs.agreement.release()
        said = " and ".join(filter(None, (latched.stop, latched.base)))
        self.event(contract.STOP_RELEASED, now, said)
        return Answer(True, f"released: {said}")

    def on_odom(self, odometry: Odometry, now: Instant) -> None:
        """Take where the base is."""
        self._inputs.take_odometry(odometry, now)

    def on_scan_raw(self, scan: Scan, now: Instant) -> None:
        """Take what stands around, and brake at once when that is needed."""
        if self._inputs.take_scan(scan, now) and self._shield.must_brake(self._inputs, now):
            self._decide(now)

    def tick(self, now: Instant) -> None:
        """Decide and publish the command of this cycle."""
        self._may_answer = True
        self._decide(now, is_periodic=True)
        self._tell_of_base(now)
        self._announce(now)
        self._form_file.keep(self._inputs.form)
        if now.steady >= self._next_footprint:
            self._next_footprint = now.steady + from_seconds(1.0 / contract.FOOTPRINT.rate)
            self.publish(contract.FOOTPRINT, self._outline(now))

    def health(self, now: Instant) -> HealthReport:
        """Say what holds the robot; being held is motion's work, not its fault."""
        causes = self._state.causes
        facts = tuple((cause.name, cause.detail or f"{cause.value:.3f}") for cause in causes)
        fault = self._inputs.agreement.fault(now)
        if fault is not None:
            return HealthReport(Health.DEGRADED, fault.detail, facts)
        return HealthReport(Health.HEALTHY, "", facts)

    def _press(self, reason: str, now: Instant) -> None:
        if self._latched.stop:
            return
        self._latched = replace(self._latched, stop=reason)
        self._inputs.stop = reason
        self._latches.write(self._latched)
        self.event(contract.STOP_PRESSED, now, reason)

    def _tell_of_base(self, now: Instant) -> None:
        """Tell once when the base does not obey, and when it is not tried any more."""
        agreement = self._inputs.agreement
        fault = agreement.fault(now)
        if fault is not None and not self._was_disobeyed:
            self.event(contract.BASE_DISOBEYS, now, fault.detail)
        self._was_disobeyed = fault is not None
        if agreement.given_up and not self._latched.base:
            self._latched = replace(self._latched, base=agreement.given_up)
            self._latches.write(self._latched)
            self.event(contract.BASE_GIVEN_UP, now, agreement.given_up)

    def _decide(self, now: Instant, is_periodic: bool = False) -> None:
        self._state = state = self._shield.step(self._inputs, now, is_periodic)
        self.publish(contract.CMD_VEL, VelocityCommand(now.stamp, state.applied))
        self.publish(contract.MOTION_STATE, state)

    def _announce(self, now: Instant) -> None:
        state = self._state
        held_by = tuple(cause.name for cause in state.causes) if state.is_stopped else ()
        if held_by == self._held_by:
            return
        if held_by:
            self.event(contract.ROBOT_STOPPED, now, ", ".join(held_by))
        else:
            self.event(contract.ROBOT_RELEASED, now)
        self._held_by = held_by

    def _outline(self, now: Instant) -> Markers:
        x, y = 0.5 * self.parameters.length, 0.5 * self.parameters.width
        corners = ((x, y), (-x, y), (-x, -y), (x, -y), (x, y))
        colour = (1.0, 0.2, 0.2, 1.0) if self._state.causes else (0.2, 0.9, 0.3, 1.0)
        line = Marker("footprint", 0, Shape.LINE, colour, (0.03, 0.0, 0.0), points=corners)
        return Markers(now.stamp, "base_link", (line,))
