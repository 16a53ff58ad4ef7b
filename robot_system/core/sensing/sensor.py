"""What every sensor is to the node that takes its messages."""

from __future__ import annotations

from typing import Protocol, TypeVar

from robot_system.core.sensing.verdict import Verdict

Message = TypeVar("Message")


class Sensor(Protocol[Message]):
    """Judges one message after the other, and gives it back calibrated and filtered.

    `value` is the one number that its reading shows, NaN before there is any.
    """

    @property
    def value(self) -> float:
        """Return the newest number."""

    def step(self, message: Message) -> tuple[Verdict, Message]:
        """Return the verdict on a message, and what to pass on unless that is bad."""

    def start_anew(self) -> None:
        """Go on after a silence: nothing is compared with what was before it."""
