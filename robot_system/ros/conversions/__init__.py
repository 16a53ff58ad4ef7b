"""Messages to values and back: the only place where both are known."""

from __future__ import annotations

from robot_system.contract import Topic
from robot_system.ros.conversions import health, motion, perception, sensors
from robot_system.ros.conversions.basics import Conversion

_BY_TYPE: dict[str, Conversion] = {
    conversion.ros_type: conversion
    for module in (sensors, perception, motion, health)
    for conversion in module.CONVERSIONS
}


def conversion_of(topic: Topic) -> Conversion:
    """Return how the messages of a topic become values and back."""
    return _BY_TYPE[topic.ros_type]


__all__ = ["Conversion", "conversion_of"]
