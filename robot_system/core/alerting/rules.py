"""Which events raise an alert, and what clears it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from robot_system.core.values import Event, Severity


@dataclass(frozen=True, slots=True)
class EventRule:
    """One event that raises an alert until another one heals it, or until its time is over (s).

    Where it `has_subject`, the first word of its detail tells apart alerts of the same name and
    node. A time-out of 0 is none.
    """

    name: str
    healed_by: tuple[str, ...] = ()
    timeout: float = 0.0
    has_subject: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What makes two alerts the same one."""

    name: str
    node: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What an event does: raise an alert with a time-out (s, 0 = none), or clear some, or both."""

    raised: Key | None = None
    timeout: float = 0.0
    cleared: tuple[Key, ...] = ()


NOTHING = Reaction()


class EventRules:
    """The table of rules, ready to be asked.

    An event without a rule raises an alert when it is at least a warning, for the default
    time; one that heals others raises none.
    """

    def __init__(self, rules: Sequence[EventRule], default_timeout: float) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._default_timeout = default_timeout
        self._heals: dict[str, list[EventRule]] = {}
        for rule in rules:
            for name in rule.healed_by:
                self._heals.setdefault(name, []).append(rule)

    def reaction(self, event: Event) -> Reaction:
        """Return what an event does."""
        rule = self._rules.get(event.name)
        healed = self._heals.get(event.name, ())
        cleared = tuple(
            Key(one.name, event.node, _subject(event) if one.has_subject else "") for one in healed
        )
        if rule is not None:
            raised = Key(event.name, event.node, _subject(event) if rule.has_subject else "")
            return Reaction(raised, rule.timeout, cleared)
        if healed or event.severity < Severity.WARNING:
            return Reaction(cleared=cleared) if cleared else NOTHING
        return Reaction(Key(event.name, event.node), self._default_timeout)


def _subject(event: Event) -> str:
    words = event.detail.split(maxsplit=1)
    return words[0].rstrip(":") if words else ""
