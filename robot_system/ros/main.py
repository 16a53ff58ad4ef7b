"""The executables of the nodes: `ros2 run robot_system <node>`."""

from __future__ import annotations

import gc
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from robot_system import graph, limits, priority
from robot_system.errors import RobotError
from robot_system.locks import NodeLock
from robot_system.processes import ACCEPT_FAULTS
from robot_system.ros import environment
from robot_system.supervise.process import end_with_parent

if TYPE_CHECKING:
    from robot_system.ros.host import Host

# The argument before the number of the process that this one must not outlive.
END_WITH = "--end-with"
EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
# Once this far behind, a signal to stop is noticed (s).
_PATIENCE = 0.2


def main() -> int:
    """Run the node that the executable is named after."""
    name = Path(sys.argv[0]).name
    try:
        environment.prepare()
    except RobotError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return EXIT_USAGE
    return run(name, _tied_to_launch(sys.argv))


def _tied_to_launch(arguments: list[str]) -> list[str]:
    """Let this process end with the one that launched it; return what is left for ROS.

    Only launch asks for that: a node started from a shell may outlive the shell.
    """
    if arguments[1:2] != [END_WITH]:
        return arguments
    end_with_parent(int(arguments[2]))
    return [arguments[0], *arguments[3:]]


def run(
    name: str,
    arguments: list[str],
    overrides: Mapping[str, Any] | None = None,
    is_started: Callable[[], None] | None = None,
) -> int:
    """Run one node until it is told to stop; return the exit code of its process."""
    import rclpy
    from rclpy.executors import ExternalShutdownException
    from rclpy.signals import SignalHandlerOptions

    from robot_system.ros.executor import LeanExecutor
    from robot_system.ros.faults import FaultyHost
    from robot_system.ros.host import Host
    from robot_system.ros.logs import send_to_ros
    from robot_system.ros.parameters import overrides as to_ros
    from robot_system.ros.watchdog import Watchdog

    stop = _StopSignals()
    spec = graph.node(name)
    priority.take(spec.priority)
    limits.take(spec.limits)
    try:
        if not rclpy.ok():
            rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:
        # The errors of rclpy have no other base in common, and may have more than one line.
        print(f"{name}: {_first_part(error)}", file=sys.stderr)
        return EXIT_USAGE
    try:
        component_type = spec.load()
        is_faulty = ACCEPT_FAULTS in arguments
        lock = NodeLock.of_this_domain(name, namespace_in(arguments), accepts_faults=is_faulty)
        host_type = FaultyHost if is_faulty else Host
        host = host_type(component_type, to_ros(overrides or {}))
        # The process owner of `robot up` looks at the memory itself.
        host.limits = spec.limits if overrides is None else None
        send_to_ros(host)
        executor = LeanExecutor()
        executor.add_node(host)
        if not spec.is_managed and not host.start_by_itself():
            # Why was logged; it would end in the same way again.
            return EXIT_USAGE
    except RobotError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return EXIT_USAGE
    if is_started is not None:
        is_started()
    # Not in an activation, which may run in real time: a look at all that was loaded takes long.
    gc.collect()
    gc.freeze()
    watchdog = Watchdog(is_fatal=not spec.is_managed)
    try:
        while not stop.is_set:
            watchdog.tell()
            executor.spin_once(_PATIENCE)
        watchdog.end()
        host.go_down()
    except ExternalShutdownException:
        pass
    except Exception:
        # The process ends, and is started again by its owner; its consumers are safe meanwhile.
        logging.getLogger(__name__).exception("node_failed node=%s", name)
        _put_out_safe_output(host)
        return EXIT_FAILED
    finally:
        lock.release()
    executor.shutdown(0.0)
    host.destroy_node()
    rclpy.try_shutdown()
    watchdog.stop()
    return EXIT_OK


@contextmanager
def connected() -> Iterator[Callable[[], None]]:
    """Join the graph ahead of `run`, for a node that is not known yet; yield how to let go.

    Others need a while to notice a process, and next to nothing to notice its nodes later. The
    node that holds the place has a hidden name, and may be let go when there is another one.
    """
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    try:
        place = rclpy.create_node(
            f"_spare_{os.getpid()}", enable_rosout=False, start_parameter_services=False
        )
        yield place.destroy_node
    finally:
        rclpy.try_shutdown()


def _put_out_safe_output(host: Host) -> None:
    """Try to stop what the node commands, though something in it is broken."""
    try:
        host.go_down()
    except Exception:
        logging.getLogger(__name__).exception("no_safe_output node=%s", host.get_name())


def _first_part(error: Exception) -> str:
    """Return what an error of rclpy says, in one line and without the places in its sources."""
    text = " ".join(str(error).split()).split(", at ", 1)[0]
    return f"{type(error).__name__}: {text}"


def namespace_in(arguments: list[str]) -> str:
    """Return the namespace that ROS will take from the arguments: the first rule for it wins."""
    for argument in arguments:
        rule = re.fullmatch(r"(?:\w+:)?__ns:=/?(.*)", argument)
        if rule:
            return rule[1]
    return ""


class _StopSignals:
    """Notices SIGINT and SIGTERM, so that the safe output can still be published."""

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.is_set and number == signal.SIGTERM:
            os._exit(EXIT_FAILED)
        self.is_set = True
