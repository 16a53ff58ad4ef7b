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
    rows = np.array(
        [
            (
                item.position.x,
                item.position.y,
                item.radius,
                item.velocity.x,
                item.velocity.y,
                item.confidence,
            )
            for item in message.obstacles
        ],
        np.float64,
    ).reshape(-1, 6)
    return Obstacles(
        stamp=time_from_msg(message.header.stamp),
        ids=np.array([item.id for item in message.obstacles], np.int64),
        positions=rows[:, 0:2],
        radii=rows[:, 2],
        velocities=rows[:, 3:5],
        confidences=rows[:, 5],
        frame=message.header.frame_id,
        valid=message.valid,
    )


def obstacles_to_msg(obstacles: Obstacles) -> ObstaclesMsg:
    """Return obstacles as a message."""
    message = ObstaclesMsg(header=header_to_msg(obstacles.stamp, obstacles.frame))
    message.valid = obstacles.valid
    message.obstacles = [
        _obstacle_to_msg(*row)
        for row in zip(
            obstacles.ids.tolist(),
            obstacles.positions.tolist(),
            obstacles.radii.tolist(),
            obstacles.velocities.tolist(),
            obstacles.confidences.tolist(),
            strict=True,
        )
    ]
    return message


def _obstacle_to_msg(
    id: int, position: list[float], radius: float, velocity: list[float], confidence: float
) -> ObstacleMsg:
    message = ObstacleMsg(id=id, radius=radius, confidence=confidence)
    message.position.x, message.position.y = position
    message.velocity.x, message.velocity.y = velocity
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
    )


def clearance_to_msg(clearance: Clearance) -> ClearanceMsg:
    """Return the free distances around the base as a message."""
    return ClearanceMsg(
        header=header_to_msg(clearance.stamp, clearance.frame),
        valid=clearance.valid,
        angle_min=clearance.angle_min,
        sector_width=clearance.sector_width,
        distances=doubles(clearance.distances),
        closest_distance=clearance.closest_distance,
        closest_angle=clearance.closest_angle,
        valid_share=clearance.valid_share,
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
