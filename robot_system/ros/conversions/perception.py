"""Obstacles, clearance and what rviz draws."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker as MarkerMsg
from visualization_msgs.msg import MarkerArray

from robot_system.core.values import (
    Clearance,
    Marker,
    Markers,
    Obstacles,
    Pose,
    Shape,
)
from robot_system.msg import Clearance as ClearanceMsg
from robot_system.msg import Obstacle as ObstacleMsg
from robot_system.msg import Obstacles as ObstaclesMsg
from robot_system.ros.conversions.basics import (
    Conversion,
    doubles,
    header_to_msg,
    pose_from_msg,
    pose_to_msg,
    time_from_msg,
)

_SHAPES = {
    Shape.CYLINDER: MarkerMsg.CYLINDER,
    Shape.LINE: MarkerMsg.LINE_STRIP,
    Shape.ARROW: MarkerMsg.ARROW,
    Shape.TEXT: MarkerMsg.TEXT_VIEW_FACING,
}
_KINDS = {kind: shape for shape, kind in _SHAPES.items()}


def obstacles_from_msg(message: ObstaclesMsg) -> Obstacles:
    """Return obstacles."""
    items = message.obstacles
    rows = np.array([_numbers(item) for item in items], np.float64).reshape(-1, 16)
    return Obstacles(
        stamp=time_from_msg(message.header.stamp),
        ids=np.array([item.id for item in items], np.int64),
        positions=rows[:, 0:2],
        radii=rows[:, 2],
        velocities=rows[:, 3:5],
        confidences=rows[:, 5],
        frame=message.header.frame_id,
        valid=message.valid,
        kinds=np.array([item.kind for item in items], np.uint8),
        is_moving=np.array([item.is_moving for item in items], np.bool_),
        ages=rows[:, 6],
        unseen=rows[:, 7],
        variances=rows[:, 8:11],
        extents=rows[:, 11:14],
        collisions=rows[:, 14:16],
    )


def _numbers(item: ObstacleMsg) -> tuple[float, ...]:
    position, velocity = item.position, item.velocity
    return (
        position.x, position.y, item.radius, velocity.x, velocity.y, item.confidence,
        item.age, item.unseen,
        item.position_variance, item.velocity_variance, item.covariance,
        item.length, item.width, item.yaw, item.collision_time, item.collision_distance,
    )  # fmt: skip


def obstacles_to_msg(obstacles: Obstacles) -> ObstaclesMsg:
    """Return obstacles as a message; columns that say nothing become zeros."""
    message = ObstaclesMsg(header=header_to_msg(obstacles.stamp, obstacles.frame))
    message.valid = obstacles.valid
    count = len(obstacles.ids)
    rows = np.zeros((count, 16))
    rows[:, 0:2], rows[:, 2], rows[:, 3:5] = (
        obstacles.positions, obstacles.radii, obstacles.velocities,
    )  # fmt: skip
    rows[:, 5] = obstacles.confidences
    rows[:, 14:16] = np.inf
    kinds = obstacles.kinds.tolist() or [0] * count
    are_moving = obstacles.is_moving.tolist() or [False] * count
    for columns, values in (
        (6, obstacles.ages),
        (7, obstacles.unseen),
        (slice(8, 11), obstacles.variances),
        (slice(11, 14), obstacles.extents),
        (slice(14, 16), obstacles.collisions),
    ):
        if len(values):
            rows[:, columns] = values
    message.obstacles = [
        _obstacle_to_msg(*row)
        for row in zip(obstacles.ids.tolist(), kinds, are_moving, rows.tolist(), strict=True)
    ]
    return message


def _obstacle_to_msg(id: int, kind: int, is_moving: bool, numbers: list[float]) -> ObstacleMsg:
    message = ObstacleMsg(id=id, kind=kind, is_moving=is_moving)
    position, velocity = message.position, message.velocity
    (
        position.x, position.y, message.radius, velocity.x, velocity.y, message.confidence,
        message.age, message.unseen,
        message.position_variance, message.velocity_variance, message.covariance,
        message.length, message.width, message.yaw,
        message.collision_time, message.collision_distance,
    ) = numbers  # fmt: skip
    return message


def clearance_from_msg(message: ClearanceMsg) -> Clearance:
    """Return the free distances around the base."""
    return Clearance(
        stamp=time_from_msg(message.header.stamp),
        angle_min=message.angle_min,
        sector_width=message.sector_width,
        distances=np.frombuffer(message.distances, np.float64),
        closest_distance=message.closest_distance,
        closest_angle=message.closest_angle,
        valid_share=message.valid_share,
        frame=message.header.frame_id,
        valid=message.valid,
        free_distances=np.frombuffer(message.free_distances, np.float64),
        path_distance=message.path_distance,
        path_time=message.path_time,
        safety_score=message.safety_score,
        blocked_share=message.blocked_share,
        noise=message.noise,
        rate=message.rate,
    )


def clearance_to_msg(clearance: Clearance) -> ClearanceMsg:
    """Return the free distances around the base as a message."""
    return ClearanceMsg(
        header=header_to_msg(clearance.stamp, clearance.frame),
        valid=clearance.valid,
        angle_min=clearance.angle_min,
        sector_width=clearance.sector_width,
        distances=doubles(clearance.distances),
        free_distances=doubles(clearance.free_distances),
        closest_distance=clearance.closest_distance,
        closest_angle=clearance.closest_angle,
        path_distance=clearance.path_distance,
        path_time=clearance.path_time,
        safety_score=clearance.safety_score,
        valid_share=clearance.valid_share,
        blocked_share=clearance.blocked_share,
        noise=clearance.noise,
        rate=clearance.rate,
    )


def markers_to_msg(markers: Markers) -> MarkerArray:
    """Return a picture as a message that first clears the one before."""
    header = header_to_msg(markers.stamp, markers.frame)
    clear = MarkerMsg(header=header, action=MarkerMsg.DELETEALL)
    drawn = []
    for marker in markers.markers:
        message = MarkerMsg(header=header, ns=marker.namespace, id=marker.id)
        message.type = _SHAPES[marker.shape]
        message.pose = pose_to_msg(marker.pose)
        message.scale.x, message.scale.y, message.scale.z = marker.size
        red, green, blue, alpha = marker.colour
        message.color = ColorRGBA(r=red, g=green, b=blue, a=alpha)
        message.points = [Point(x=x, y=y, z=0.0) for x, y in marker.points]
        message.text = marker.text
        drawn.append(message)
    return MarkerArray(markers=[clear, *drawn])


def markers_from_msg(message: MarkerArray) -> Markers:
    """Return the picture that a message draws, without the shapes that are not known here."""
    drawn = [
        item for item in message.markers if item.action == MarkerMsg.ADD and item.type in _KINDS
    ]
    first = message.markers[0].header if message.markers else None
    return Markers(
        stamp=time_from_msg(first.stamp) if first else 0,
        frame=first.frame_id if first else "",
        markers=tuple(
            Marker(
                namespace=item.ns,
                id=item.id,
                shape=_KINDS[item.type],
                colour=(item.color.r, item.color.g, item.color.b, item.color.a),
                size=(item.scale.x, item.scale.y, item.scale.z),
                pose=pose_from_msg(item.pose) if not item.points else Pose(),
                points=tuple((point.x, point.y) for point in item.points),
                text=item.text,
            )
            for item in drawn
        ),
    )


CONVERSIONS: tuple[Conversion, ...] = (
    Conversion(ObstaclesMsg, obstacles_from_msg, obstacles_to_msg),
    Conversion(ClearanceMsg, clearance_from_msg, clearance_to_msg),
    Conversion(MarkerArray, markers_from_msg, markers_to_msg),
)
