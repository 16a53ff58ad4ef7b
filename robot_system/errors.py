"""Errors that a user can do something about; anything else that is raised is a bug."""

from __future__ import annotations


class RobotError(Exception):
    """Base of all: its text is one clear line for the person who runs the robot."""


class ParameterError(RobotError):
    """A parameter is unknown, of the wrong type or out of its bounds."""

    def __init__(self, name: str, value: object, problem: str) -> None:
        super().__init__(f"parameter {name} = {value!r} {problem}")
        self.name = name
        self.value = value
        self.problem = problem


class ConfigurationError(RobotError):
    """A file or an option says something that cannot be followed."""


class WorldError(RobotError):
    """A world file is missing, malformed or cannot be driven in."""
