"""Sensors, odometry and transforms."""

from __future__ import annotations

from array import array

import numpy as np
from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import Odometry as OdometryMsg
from sensor_msgs.msg import BatteryState, FluidPressure, LaserScan, RelativeHumidity, Temperature
from sensor_msgs.msg import Imu as ImuMsg
from tf2_msgs.msg import TFMessage

from robot_system.core.values import (
    Battery,
    Imu,
    Odometry,
    Pose,
    Quality,
    Reading,
    Readings,
    Scalar,
    Scan,
    Transform,
    Transforms,
)
from robot_system.msg import Reading as ReadingMsg
from robot_system.msg import Readings as ReadingsMsg
from robot_system.ros.conversions.basics import (
    Conversion,
    header_to_msg,
    pose_from_msg,
    pose_to_msg,
    time_from_msg,
    twist_from_msg,
    twist_to_msg,
    yaw_from_msg,
    yaw_to_msg,
)


def scan_from_msg(message: LaserScan) -> Scan:
    """Return a scan; the ranges share the memory of the message."""
    return Scan(
        stamp=time_from_msg(message.header.stamp),
        angle_min=message.angle_min,
        angle_increment=message.angle_increment,
        range_min=message.range_min,
        range_max=message.range_max,
        ranges=np.frombuffer(message.ranges, np.float32),
        scan_time=message.scan_time,
        time_increment=message.time_increment,
        frame=message.header.frame_id,
    )


def scan_to_msg(scan: Scan) -> LaserScan:
    """Return a scan as a message."""
    count = len(scan.ranges)
    message = LaserScan(
        header=header_to_msg(scan.stamp, scan.frame),
        angle_min=scan.angle_min,
        angle_max=scan.angle_min + max(count - 1, 0) * scan.angle_increment,
        angle_increment=scan.angle_increment,
        time_increment=scan.time_increment,
        scan_time=scan.scan_time,
        range_min=scan.range_min,
        range_max=scan.range_max,
    )
    message.ranges = array("f", np.ascontiguousarray(scan.ranges, np.float32).tobytes())
    return message


def imu_from_msg(message: ImuMsg) -> Imu:
    """Return what an IMU measured."""
    rate, force = message.angular_velocity, message.linear_acceleration
    return Imu(
        stamp=time_from_msg(message.header.stamp),
        yaw=yaw_from_msg(message.orientation),
        angular_velocity=(rate.x, rate.y, rate.z),
        linear_acceleration=(force.x, force.y, force.z),
        frame=message.header.frame_id,
    )


def imu_to_msg(imu: Imu) -> ImuMsg:
    """Return what an IMU measured as a message."""
    message = ImuMsg(header=header_to_msg(imu.stamp, imu.frame))
    message.orientation = yaw_to_msg(imu.yaw)
    rate, force = message.angular_velocity, message.linear_acceleration
    rate.x, rate.y, rate.z = imu.angular_velocity
    force.x, force.y, force.z = imu.linear_acceleration
    return message


def odometry_from_msg(message: OdometryMsg) -> Odometry:
    """Return an odometry."""
    return Odometry(
        stamp=time_from_msg(message.header.stamp),
        pose=pose_from_msg(message.pose.pose),
        twist=twist_from_msg(message.twist.twist),
        frame=message.header.frame_id,
        child_frame=message.child_frame_id,
    )


def odometry_to_msg(odometry: Odometry) -> OdometryMsg:
    """Return an odometry as a message."""
    message = OdometryMsg(header=header_to_msg(odometry.stamp, odometry.frame))
    message.child_frame_id = odometry.child_frame
    message.pose.pose = pose_to_msg(odometry.pose)
    message.twist.twist = twist_to_msg(odometry.twist)
    return message


def battery_from_msg(message: BatteryState) -> Battery:
    """Return a state of the battery."""
    return Battery(
        stamp=time_from_msg(message.header.stamp),
        voltage=message.voltage,
        current=message.current,
        charge=message.percentage,
        frame=message.header.frame_id,
    )


def battery_to_msg(battery: Battery) -> BatteryState:
    """Return a state of the battery as a message."""
    return BatteryState(
        header=header_to_msg(battery.stamp, battery.frame),
        voltage=battery.voltage,
        current=battery.current,
        percentage=battery.charge,
        present=True,
    )


def _scalar(message: type, field: str) -> Conversion:
    """Return the conversion of a message that is one number."""

    def from_msg(received: object) -> Scalar:
        header = received.header  # type: ignore[attr-defined]
        return Scalar(time_from_msg(header.stamp), getattr(received, field), header.frame_id)

    def to_msg(scalar: Scalar) -> object:
        made = message(header=header_to_msg(scalar.stamp, scalar.frame))
        setattr(made, field, scalar.value)
        return made

    return Conversion(message, from_msg, to_msg)


def transforms_from_msg(message: TFMessage) -> Transforms:
    """Return transforms in the plane."""
    return Transforms(
        tuple(
            Transform(
                stamp=time_from_msg(item.header.stamp),
                frame=item.header.frame_id,
                child_frame=item.child_frame_id,
                pose=Pose(
                    item.transform.translation.x,
                    item.transform.translation.y,
                    yaw_from_msg(item.transform.rotation),
                ),
                z=item.transform.translation.z,
            )
            for item in message.transforms
        )
    )


def transforms_to_msg(transforms: Transforms) -> TFMessage:
    """Return transforms as a message."""
    return TFMessage(transforms=[_transform_to_msg(item) for item in transforms.transforms])


def _transform_to_msg(item: Transform) -> TransformStamped:
    message = TransformStamped(
        header=header_to_msg(item.stamp, item.frame), child_frame_id=item.child_frame
    )
    translation = message.transform.translation
    translation.x, translation.y, translation.z = item.pose.x, item.pose.y, item.z
    message.transform.rotation = yaw_to_msg(item.pose.theta)
    return message


_QUALITIES = {int(quality): quality for quality in Quality}


def readings_from_msg(message: ReadingsMsg) -> Readings:
    """Return the readings of all sensors."""
    return Readings(
        stamp=time_from_msg(message.header.stamp),
        readings=tuple(
            Reading(
                item.name,
                item.value,
                item.unit,
                _QUALITIES.get(item.quality, Quality.BAD),
                item.reason,
            )
            for item in message.readings
        ),
        valid=message.valid and all(item.quality in _QUALITIES for item in message.readings),
    )


def readings_to_msg(readings: Readings) -> ReadingsMsg:
    """Return the readings of all sensors as a message."""
    return ReadingsMsg(
        header=header_to_msg(readings.stamp, "base_link"),
        valid=readings.valid,
        readings=[
            ReadingMsg(
                name=item.name,
                value=item.value,
                unit=item.unit,
                quality=int(item.quality),
                reason=item.reason,
            )
            for item in readings.readings
        ],
    )


CONVERSIONS: tuple[Conversion, ...] = (
    Conversion(LaserScan, scan_from_msg, scan_to_msg),
    Conversion(ImuMsg, imu_from_msg, imu_to_msg),
    Conversion(OdometryMsg, odometry_from_msg, odometry_to_msg),
    Conversion(BatteryState, battery_from_msg, battery_to_msg),
    _scalar(Temperature, "temperature"),
    _scalar(RelativeHumidity, "relative_humidity"),
    _scalar(FluidPressure, "fluid_pressure"),
    Conversion(TFMessage, transforms_from_msg, transforms_to_msg),
    Conversion(ReadingsMsg, readings_from_msg, readings_to_msg),
)
