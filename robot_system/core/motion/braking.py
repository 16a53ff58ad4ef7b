"""How much of a motion still leaves room to stop before something in the way."""

from __future__ import annotations

import math

from robot_system.core.motion.footprint import Footprint, time_to_contact, travel_of
from robot_system.core.motion.limits import MotionLimits, stopping_time
from robot_system.core.values import FloatArray, Twist


def needed_room(
    twist: Twist, footprint: Footprint, margin: float, limits: MotionLimits, reaction: float
) -> float:
    """Return the radius around the base within which nothing may be for a twist to be free."""
    horizon = reaction + 0.5 * stopping_time(twist, limits)
    return footprint.radius + margin + travel_of(footprint, margin, twist, horizon)


def free_share(
    twist: Twist,
    points: FloatArray,
    footprint: Footprint,
    margin: float,
    limits: MotionLimits,
    reaction: float,
) -> float:
    """Return the share of a twist, 0 to 1, from which the base can stop before every point.

    At a share f of the twist the base goes on for the reaction time and then brakes: it covers
    f * reaction + f**2 * stopping / 2 of the way that the full twist covers per second.
    """
    stopping = stopping_time(twist, limits)
    contact = time_to_contact(footprint, margin, points, twist, reaction + 0.5 * stopping)
    if math.isinf(contact):
        return 1.0
    return min(1.0, (math.sqrt(reaction**2 + 2.0 * stopping * contact) - reaction) / stopping)
