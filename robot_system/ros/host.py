"""The ROS host: one component as a managed lifecycle node."""

from __future__ import annotations

import gc
import os
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal

from lifecycle_msgs.srv import ChangeState
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.context import Context
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.publisher import Publisher
from rclpy.subscription import Subscription
from rclpy.timer import Timer

from robot_system import contract
from robot_system.component import Component
from robot_system.contract import Qos, Topic
from robot_system.core.time import SECOND, Instant
from robot_system.core.values import Lifecycle, ProcessNote, Transition, TransitionResult
from robot_system.errors import RobotError
from robot_system.heart import Identity
from robot_system.limits import Limits, refuse_more_than
from robot_system.ros.conversions import Conversion, conversion_of
from robot_system.ros.lifecycle import LifecycleCaller
from robot_system.ros.parameters import declare, follow_changes
from robot_system.ros.processes import ProcessWatch
from robot_system.ros.qos import profile_of
from robot_system.ros.services import make_services
from robot_system.runner import (
    DIAGNOSTICS_PERIOD,
    EAGER_PERIOD,
    HEARTBEAT_PERIOD,
    Runner,
)

# Time for the safe output to be taken by the base before the node goes away (s).
LAST_WORDS = 0.2
# So many messages of a topic that every node writes to may wait, and are taken together.
FROM_MANY = 100


class Host(LifecycleNode):
    """Makes what a component declares, converts at the edge, and carries it through its states.

    Runs in one thread. Subscriptions exist from the start, so that discovery is over by the time
    the node becomes active; until then only states are taken, and what else came is dropped
    unread at the activation. An exception from the component leaves the executor and ends the
    process; one from a transition makes the node unconfigured. With `limits` it ends, too, when
    it has more memory than it may.
    """

    def __init__(
        self,
        component_type: type[Component[Any]],
        overrides: list[Parameter] | None = None,
        context: Context | None = None,
        namespace: str | None = None,
    ) -> None:
        super().__init__(
            component_type.name,
            context=context,
            namespace=namespace,
            parameter_overrides=overrides or [],
        )
        identity = Identity(socket.gethostname(), os.getpid())
        try:
            parameters = declare(self, component_type.parameters_type)
        except RobotError:
            self.destroy_node()
            raise
        self.runner = Runner(
            component_type, parameters, self._publish, identity, time.perf_counter
        )
        follow_changes(self, lambda: self.runner.parameters, self.runner.change_parameters)
        self._publishers_of: dict[Topic, tuple[Publisher[Any], Callable[[Any], Any]]] = {}
        self._lifecycle_caller: LifecycleCaller | None = None
        self._processes: ProcessWatch | None = None
        self._next_diagnosis = 0
        self._unheard: set[Subscription[Any]] = set()
        self._ticks: Timer | None = None
        self._unread: dict[Topic, tuple[Callable[[Any], Any], Any, Instant]] = {}
        self.limits: Limits | None = None
        self._make_publishers()
        self._make_subscriptions()
        self._make_timers()
        make_services(self, self.runner)
        change = self._service_change_state.callback
        self._service_change_state.callback = partial(self._answer_change, change)

    @property
    def subscriptions(self) -> Iterator[Subscription[Any]]:
        """Those that an executor has to wait for: a node that is not active hears only states."""
        is_active = self.runner.is_active
        return (one for one in super().subscriptions if is_active or one not in self._unheard)

    def now(self) -> Instant:
        """Read both clocks."""
        return Instant(self.get_clock().now().nanoseconds, time.monotonic_ns())

    def start_by_itself(self) -> bool:
        """Configure and activate without being asked: only for what asks all others."""
        done = TransitionCallbackReturn.SUCCESS
        return self.trigger_configure() is done and self.trigger_activate() is done

    def go_down(self) -> None:
        """Put out the safe output, and wait a moment until it was taken."""
        if self.runner.state is not Lifecycle.FINALIZED:
            self.runner.request(Transition.SHUTDOWN, self.now())
        for topic, (publisher, _) in self._publishers_of.items():
            if topic.qos is Qos.COMMAND and publisher.get_subscription_count() > 0:
                publisher.wait_for_all_acked(Duration(seconds=LAST_WORDS))

    def destroy_node(self) -> None:
        """Leave the graph, now: rclpy alone leaves that to the garbage collector.

        It forgets the state machine, whose services keep the node and its participant there.
        """
        super().destroy_node()
        self._state_machine.destroy_when_not_in_use()

    def _answer_change(
        self, change: Callable[..., Any], request: ChangeState.Request, response: Any
    ) -> Any:
        """Refuse a transition that is not possible now: in rclpy it would end the process."""
        possible = [number for number, *_ in self._state_machine.available_transitions]
        if request.transition.label or request.transition.id in possible:
            return change(request, response)
        response.success = False
        return response

    # The five transitions of a managed node.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Configure the component; a refusal leaves it unconfigured."""
        is_done = self._transit(Transition.CONFIGURE)
        return TransitionCallbackReturn.SUCCESS if is_done else TransitionCallbackReturn.FAILURE

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Activate the component, and keep the garbage collector away from what is there."""
        is_done = self._transit(Transition.ACTIVATE)
        gc.collect()
        gc.freeze()
        return _success_or_error(is_done)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate the component, after its safe output."""
        return _success_or_error(self._transit(Transition.DEACTIVATE))

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Let the component let go of everything."""
        return _success_or_error(self._transit(Transition.CLEANUP))

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """End the component."""
        return _success_or_error(self._transit(Transition.SHUTDOWN))

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go back to unconfigured, as the component did."""
        return TransitionCallbackReturn.SUCCESS

    def _transit(self, transition: Transition) -> bool:
        if transition is Transition.ACTIVATE:
            self._read_states()
            self._drop_unheard()
        is_done = not self.runner.request(transition, self.now())
        self._follow_activity()
        return is_done

    def _follow_activity(self) -> None:
        """Tick and listen while active, and cost next to nothing while not."""
        self._beat_every(HEARTBEAT_PERIOD)
        if self._ticks is not None and self.runner.is_active is self._ticks.is_canceled():
            (self._ticks.reset if self.runner.is_active else self._ticks.cancel)()
        self._wake_executor()

    def _read_states(self) -> None:
        """Hand over the newest states that came meanwhile."""
        for topic, (from_msg, message, received) in self._unread.items():
            self.runner.deliver(topic, from_msg(message), received)
        self._unread.clear()

    def _drop_unheard(self) -> None:
        """Let go of what came while nobody listened."""
        for one in self._unheard:
            with one.handle:
                while one.handle.take_message(one.msg_type, True) is not None:
                    pass

    def _make_publishers(self) -> None:
        own = (contract.HEARTBEAT, contract.DIAGNOSTICS, contract.EVENTS)
        for topic in dict.fromkeys((*self.runner.component.writes, *own)):
            if not topic.ros_type:
                continue
            conversion = conversion_of(topic)
            publisher = self.create_publisher(
                conversion.message, topic.name, profile_of(topic.qos)
            )
            self._publishers_of[topic] = (publisher, conversion.to_msg)

    def _make_subscriptions(self) -> None:
        component = self.runner.component
        for topic in component.reads:
            if topic is contract.TRANSITION_RESULT:
                self._lifecycle_caller = LifecycleCaller(self, self._on_transition_result)
                continue
            if topic is contract.PROCESS_NOTE:
                self._processes = ProcessWatch(
                    self._on_process_note, self.get_namespace().strip("/")
                )
                continue
            conversion = conversion_of(topic)
            react = partial(self._on_message, topic, conversion.from_msg)
            # Long ticks must not make what all nodes say wait for each other, nor be lost.
            at_once = FROM_MANY if topic.producer == contract.MANY else 1
            made = self.create_subscription(
                conversion.message, topic.name, react, profile_of(topic.qos, at_once)
            )
            made.at_once = at_once
            if topic.qos is not Qos.STATE:
                self._unheard.add(made)
        for topic in component.observes:
            conversion = conversion_of(topic)
            watch = partial(self._on_raw, topic, conversion)
            made = self.create_subscription(
                conversion.message, topic.name, watch, profile_of(topic.qos), raw=True
            )
            self._unheard.add(made)

    def _make_timers(self) -> None:
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        # The first of those that are due runs first: long ticks must not hold up the beats.
        self._beats = self.create_timer(EAGER_PERIOD, self._beat, clock=steady)
        if self.runner.component.period > 0.0:
            self._ticks = self.create_timer(
                self.runner.component.period, self._tick, clock=steady, autostart=False
            )

    def _tick(self) -> None:
        if self._processes is not None:
            self._processes.poll()
        self.runner.tick(self.now())

    def _beat(self) -> None:
        now = self.now()
        self._beat_every(self.runner.pulse(now))
        if now.steady >= self._next_diagnosis:
            self._next_diagnosis = now.steady + round(DIAGNOSTICS_PERIOD * SECOND)
            self.runner.diagnose(now)
            if self.limits is not None:
                refuse_more_than(self.limits)

    def _beat_every(self, seconds: float) -> None:
        period = round(seconds * SECOND)
        if self._beats.timer_period_ns != period:
            self._beats.timer_period_ns = period
            self._beats.reset()

    def _on_message(self, topic: Topic, from_msg: Callable[[Any], Any], message: Any) -> None:
        now = self.now()
        if self.runner.is_active:
            self.runner.deliver(topic, from_msg(message), now)
        elif topic.qos is Qos.STATE:
            self._unread[topic] = (from_msg, message, now)

    def _on_raw(self, topic: Topic, conversion: Conversion, data: bytes) -> None:
        stamp = _stamp_of(data) if conversion.has_stamp else 0
        self.runner.observe(topic, stamp, self.now())

    def _on_transition_result(self, result: TransitionResult) -> None:
        self.runner.deliver(contract.TRANSITION_RESULT, result, self.now())

    def _on_process_note(self, note: ProcessNote) -> None:
        self.runner.deliver(contract.PROCESS_NOTE, note, self.now())

    def _publish(self, topic: Topic, value: Any) -> None:
        if topic is contract.TRANSITION_REQUEST:
            if self._lifecycle_caller is not None:
                self._lifecycle_caller.request(value)
            return
        if topic is contract.PROCESS_REQUEST:
            if self._processes is not None:
                self._processes.request(value)
            return
        publisher, to_msg = self._publishers_of[topic]
        publisher.publish(to_msg(value))


def _stamp_of(data: bytes) -> int:
    """Return the stamp at the beginning of a serialised message, behind four bytes of encoding."""
    order: Literal["little", "big"] = "little" if data[1] & 1 else "big"
    sec = int.from_bytes(data[4:8], order, signed=True)
    return sec * SECOND + int.from_bytes(data[8:12], order)


def _success_or_error(is_done: bool) -> TransitionCallbackReturn:
    return TransitionCallbackReturn.SUCCESS if is_done else TransitionCallbackReturn.ERROR
