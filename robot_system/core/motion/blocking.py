"""When it is worth to go on where something is in the way, and when it is not."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.time import Instant
from robot_system.core.values import StopCause, Twist

# What an obstacle leaves of a motion is not worth it below this: it would creep up (m/s, rad/s).
CREEP, TURN_CREEP = 0.05, 0.15
# What held a stand must have been away for so long before it goes on the same way (s).
SETTLED = 0.25
# What was in the way so recently (s) must leave so much more than creeping.
FRESH, MORE = 1.0, 2.5


@dataclass(frozen=True, slots=True)
class Block:
    """When something was in the way last, and when it held a stand; which way, and what it was.

    Scans are noisy: without this memory a base at the end of its way would start and stop.
    """

    last: Instant
    held: Instant
    way: Twist
    causes: tuple[StopCause, ...]

    def is_same_way(self, target: Twist) -> bool:
        """Tell whether a motion leads the way that was blocked: ahead or back, left or right."""
        way = self.way
        return (
            bool(self.causes)
            and way.linear * target.linear >= 0.0
            and way.angular * target.angular >= 0.0
            and (way.linear == 0.0) == (target.linear == 0.0)
        )


NEVER = Block(Instant(0, 0), Instant(0, 0), Twist(), ())


def is_slow_motion(twist: Twist) -> bool:
    """Tell whether a motion is slower than creeping."""
    return abs(twist.linear) < CREEP and abs(twist.angular) < TURN_CREEP


def slowest(twist: Twist, times: float) -> Twist:
    """Return the slowest motion of this kind that is worth to begin, the whole if slower."""
    size = max(abs(twist.linear) / CREEP, abs(twist.angular) / TURN_CREEP) / times
    if size <= 1.0:
        return twist
    return Twist(twist.linear / size, twist.angular / size)
