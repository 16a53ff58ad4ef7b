"""Goals, actions, commands, and what the simulation really did."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import PoseStamped, TwistStamped
from nav_msgs.msg import Path as PathMsg

from robot_system.core.motion.causes import RULES
from robot_system.core.values import (
    ActionChunk,
    EmergencyStop,
    FaultRequest,
    Goal,
    GroundTruth,
    MotionState,
    Path,
    Pose,
    RuleCounts,
    StopCause,
    VelocityCommand,
)
from robot_system.msg import ActionChunk as ActionChunkMsg
from robot_system.msg import EmergencyStop as EmergencyStopMsg
from robot_system.msg import FaultRequest as FaultRequestMsg
from robot_system.msg import GroundTruth as GroundTruthMsg
from robot_system.msg import MotionState as MotionStateMsg
from robot_system.msg import RuleCounts as RuleCountsMsg
from robot_system.msg import StopCause as StopCauseMsg
from robot_system.ros.conversions.basics import (
    Conversion,
    doubles,
    header_to_msg,
    pose_from_msg,
    pose_to_msg,
    time_from_msg,
    time_to_msg,
    twist_from_msg,
    twist_to_msg,
)


def goal_from_msg(message: PoseStamped) -> Goal:
    """Return a goal."""
    return Goal(
        time_from_msg(message.header.stamp), pose_from_msg(message.pose), message.header.frame_id
    )


def goal_to_msg(goal: Goal) -> PoseStamped:
    """Return a goal as a message."""
    return PoseStamped(header=header_to_msg(goal.stamp, goal.frame), pose=pose_to_msg(goal.pose))


def chunk_from_msg(message: ActionChunkMsg) -> ActionChunk:
    """Return an action; parts of different length give a shape that nobody follows."""
    linear = np.frombuffer(message.linear, np.float64)
    angular = np.frombuffer(message.angular, np.float64)
    is_whole = len(linear) == len(angular)
    return ActionChunk(
        stamp=time_from_msg(message.header.stamp),
        sequence=message.sequence,
        policy_id=message.policy_id,
        policy_hash=message.policy_hash,
        observation_stamp=time_from_msg(message.observation_stamp),
        dt=message.dt,
        commands=np.column_stack((linear, angular)) if is_whole else np.zeros((0, 2)),
        valid_for=message.valid_for,
        reason=message.reason if is_whole else "linear and angular differ in length",
        valid=message.valid and is_whole,
    )


def chunk_to_msg(chunk: ActionChunk) -> ActionChunkMsg:
    """Return an action as a message."""
    return ActionChunkMsg(
        header=header_to_msg(chunk.stamp, "base_link"),
        valid=chunk.valid,
        reason=chunk.reason,
        sequence=chunk.sequence,
        policy_id=chunk.policy_id,
        policy_hash=chunk.policy_hash,
        observation_stamp=time_to_msg(chunk.observation_stamp),
        dt=chunk.dt,
        linear=doubles(chunk.commands[:, 0]),
        angular=doubles(chunk.commands[:, 1]),
        valid_for=chunk.valid_for,
    )


def path_from_msg(message: PathMsg) -> Path:
    """Return a path."""
    return Path(
        stamp=time_from_msg(message.header.stamp),
        points=tuple((item.pose.position.x, item.pose.position.y) for item in message.poses),
        frame=message.header.frame_id,
    )


def path_to_msg(path: Path) -> PathMsg:
    """Return a path as a message."""
    header = header_to_msg(path.stamp, path.frame)
    return PathMsg(
        header=header,
        poses=[PoseStamped(header=header, pose=pose_to_msg(Pose(x, y))) for x, y in path.points],
    )


def command_from_msg(message: TwistStamped) -> VelocityCommand:
    """Return a command to the base."""
    return VelocityCommand(
        time_from_msg(message.header.stamp), twist_from_msg(message.twist), message.header.frame_id
    )


def command_to_msg(command: VelocityCommand) -> TwistStamped:
    """Return a command to the base as a message."""
    return TwistStamped(
        header=header_to_msg(command.stamp, command.frame), twist=twist_to_msg(command.twist)
    )


def motion_state_from_msg(message: MotionStateMsg) -> MotionState:
    """Return what motion applies and why."""
    return MotionState(
        stamp=time_from_msg(message.header.stamp),
        requested=twist_from_msg(message.requested),
        applied=twist_from_msg(message.applied),
        causes=tuple(
            StopCause(item.name, item.source, item.value, item.limit, item.age, item.detail)
            for item in message.causes
        ),
        sequence=message.sequence,
        observation_stamp=time_from_msg(message.observation_stamp),
        is_stopped=message.is_stopped,
        interventions=message.interventions,
        is_periodic=message.is_periodic,
        rules=RuleCounts(*(getattr(message.rules, name) for name in RULES)),
        valid=message.valid,
    )


def motion_state_to_msg(state: MotionState) -> MotionStateMsg:
    """Return what motion applies and why as a message."""
    return MotionStateMsg(
        header=header_to_msg(state.stamp, "base_link"),
        valid=state.valid,
        requested=twist_to_msg(state.requested),
        applied=twist_to_msg(state.applied),
        is_stopped=state.is_stopped,
        causes=[
            StopCauseMsg(
                name=cause.name,
                source=cause.source,
                value=cause.value,
                limit=cause.limit,
                age=cause.age,
                detail=cause.detail,
            )
            for cause in state.causes
        ],
        sequence=state.sequence,
        observation_stamp=time_to_msg(state.observation_stamp),
        interventions=state.interventions,
        is_periodic=state.is_periodic,
        rules=RuleCountsMsg(**{name: getattr(state.rules, name) for name in RULES}),
    )


def stop_from_msg(message: EmergencyStopMsg) -> EmergencyStop:
    """Return an emergency stop that was pressed."""
    return EmergencyStop(time_from_msg(message.stamp), message.source, message.reason)


def stop_to_msg(stop: EmergencyStop) -> EmergencyStopMsg:
    """Return an emergency stop that was pressed as a message."""
    return EmergencyStopMsg(stamp=time_to_msg(stop.stamp), source=stop.source, reason=stop.reason)


def truth_from_msg(message: GroundTruthMsg) -> GroundTruth:
    """Return where the simulated robot really is."""
    return GroundTruth(
        stamp=time_from_msg(message.header.stamp),
        pose=pose_from_msg(message.pose),
        twist=twist_from_msg(message.twist),
        contacts=message.contacts,
        is_in_contact=message.is_in_contact,
        frame=message.header.frame_id,
    )


def truth_to_msg(truth: GroundTruth) -> GroundTruthMsg:
    """Return where the simulated robot really is as a message."""
    return GroundTruthMsg(
        header=header_to_msg(truth.stamp, truth.frame),
        pose=pose_to_msg(truth.pose),
        twist=twist_to_msg(truth.twist),
        contacts=truth.contacts,
        is_in_contact=truth.is_in_contact,
    )


def fault_from_msg(message: FaultRequestMsg) -> FaultRequest:
    """Return a fault that the simulation shall show."""
    return FaultRequest(
        time_from_msg(message.stamp), message.target, message.kind, message.value, message.duration
    )


def fault_to_msg(fault: FaultRequest) -> FaultRequestMsg:
    """Return a fault that the simulation shall show as a message."""
    return FaultRequestMsg(
        stamp=time_to_msg(fault.stamp),
        target=fault.target,
        kind=fault.kind,
        value=fault.value,
        duration=fault.duration,
    )


CONVERSIONS: tuple[Conversion, ...] = (
    Conversion(PoseStamped, goal_from_msg, goal_to_msg),
    Conversion(ActionChunkMsg, chunk_from_msg, chunk_to_msg),
    Conversion(PathMsg, path_from_msg, path_to_msg),
    Conversion(TwistStamped, command_from_msg, command_to_msg),
    Conversion(MotionStateMsg, motion_state_from_msg, motion_state_to_msg),
    Conversion(EmergencyStopMsg, stop_from_msg, stop_to_msg),
    Conversion(GroundTruthMsg, truth_from_msg, truth_to_msg),
    Conversion(FaultRequestMsg, fault_from_msg, fault_to_msg),
)
