"""The launch descriptions: one process per node, from the table of the supervisor.

A launch file is one call of a function here. `launch` and `launch_ros` come with ROS on a robot;
they are imported only where they are used, since a bare machine does not have them.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robot_system import contract
from robot_system.form_file import new_form_file
from robot_system.latches import latch_file
from robot_system.locks import NodeLock, current_domain
from robot_system.logbook import new_logbook
from robot_system.paths import PACKAGE, config_folder
from robot_system.processes import SIMULATION, ProcessSpec, process_table
from robot_system.ros import environment
from robot_system.ros.main import END_WITH
from robot_system.sim.worlds import load_world
from robot_system.supervise.backoff import Backoff

if TYPE_CHECKING:
    from launch.events.process import ProcessExited

    from launch import LaunchContext, LaunchDescription

NAMESPACE = ("namespace", "namespace of all nodes, for several robots in one ROS domain")
PARAMETERS = ("params", "file with parameters that win over those in config")
WORLD = ("world", "world file, generated:[KIND:]SEED or barn:N")
SYSTEM_ARGUMENTS = (NAMESPACE, PARAMETERS)
# Seconds from asking a process to end until it is told again, and then killed.
SECOND_REQUEST, KILL = "1.2", "0.4"


def describe_robot() -> LaunchDescription:
    """Return the system of a robot whose drivers are there."""
    return _description(SYSTEM_ARGUMENTS, lambda given: _nodes("robot", given))


def describe_simulation() -> LaunchDescription:
    """Return the system with a simulated robot."""
    return _description((*SYSTEM_ARGUMENTS, WORLD), lambda given: _nodes("sim", given))


def describe_rviz() -> LaunchDescription:
    """Return rviz with what there is to see."""
    return _description((NAMESPACE,), _rviz)


def arguments_of(process: ProcessSpec, namespace: str) -> dict[str, Any]:
    """Return what the `launch_ros` action of a process is made with."""
    name = process.node.name
    overrides = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in process.overrides.items()
    }
    return {
        "package": PACKAGE,
        "executable": name,
        "name": name,
        "namespace": namespace,
        "parameters": [*map(str, process.files), *([overrides] if overrides else [])],
        "remappings": _global_names(),
        # A launch that is told to end by SIGTERM, or killed, leaves its processes to themselves.
        "arguments": [END_WITH, str(os.getpid()), *process.arguments],
        "additional_env": environment.missing(),
    }


def _description(
    arguments: tuple[tuple[str, str], ...], actions: Callable[[dict[str, str]], list[Any]]
) -> LaunchDescription:
    """Return a description whose actions are made once the values of its arguments are known."""
    from launch.actions import DeclareLaunchArgument, OpaqueFunction

    from launch import LaunchDescription

    def make(context: LaunchContext) -> list[Any]:
        return actions({name: context.launch_configurations[name] for name, _ in arguments})

    declared = [
        DeclareLaunchArgument(name, default_value="", description=meaning)
        for name, meaning in arguments
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=make)])


def _nodes(profile: str, given: dict[str, str]) -> list[Any]:
    """Return an action per process; nothing is started when something given is wrong."""
    from launch_ros.actions import Node

    namespace, extra = given["namespace"].strip("/"), given["params"]
    table = process_table(
        profile,
        config_folder(),
        world=given.get("world", ""),
        extra=(Path(extra),) if extra else (),
        logbook=str(new_logbook(current_domain())),
        latch_file=str(latch_file(current_domain())),
        form_file=str(new_form_file(current_domain())),
    )
    for process in table:
        if process.node.name == SIMULATION:
            _refuse_bad_world(process)
        NodeLock.refuse_second(current_domain(), process.node.name, namespace)
    return [
        Node(
            **arguments_of(process, namespace),
            **_watched(process.node.name, Backoff(process.node.restart, random.Random())),
        )
        for process in table
    ]


def _watched(name: str, backoff: Backoff) -> dict[str, Any]:
    """Return how a process is watched and ended: as the supervisor does, where launch can.

    The `respawn` of launch itself knows neither growing waits nor a budget per window.
    """
    from launch.actions import ExecuteProcess, LogInfo, TimerAction

    def on_exit(event: ProcessExited, context: LaunchContext) -> list[Any]:
        if context.is_shutdown:
            return []
        wait = backoff.died(time.monotonic(), event.returncode)
        if wait is None:
            text = f"{name} is given up and stays down, the last exit code was {event.returncode}"
            return [LogInfo(msg=text)]
        again = ExecuteProcess(
            name=name, cmd=event.cmd, cwd=event.cwd, env=event.env, **_watched(name, backoff)
        )
        return [TimerAction(period=wait, actions=[again])]

    return {
        "on_exit": on_exit,
        "output": "both",
        "sigterm_timeout": SECOND_REQUEST,
        "sigkill_timeout": KILL,
    }


def _refuse_bad_world(process: ProcessSpec) -> None:
    chosen: Any = process.parameters
    folder = Path(chosen.data_folder) if chosen.data_folder else None
    load_world(chosen.world, folder, chosen.moving)


def _rviz(given: dict[str, str]) -> list[Any]:
    from launch_ros.actions import Node

    return [
        Node(
            package="rviz2",
            executable="rviz2",
            name="rviz2",
            namespace=given["namespace"],
            arguments=["-d", str(config_folder() / "rviz" / "robot.rviz")],
            remappings=[*_global_names(), ("/tf_static", "tf_static")],
            additional_env=environment.missing(),
            output="both",
        )
    ]


def _global_names() -> list[tuple[str, str]]:
    """Return the rules that put the topics of ROS with global names into the namespace too."""
    return [
        (topic.name, topic.name.strip("/"))
        for topic in contract.TOPICS
        if topic.name.startswith("/")
    ]
