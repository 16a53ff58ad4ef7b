"""The alerts that are active, from their first sign until they are cleared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from robot_system.core.alerting.rules import Key
from robot_system.core.time import Instant, Time, from_seconds
from robot_system.core.values import Alert, Severity

NEVER: Time = 1 << 62


@unique
class Phase(Enum):
    """Where an entry is in its life."""

    PENDING = "seen, but not for long enough"
    ACTIVE = "raised"
    CLEARING = "raised, and not seen any more, but not for long enough"
    CLEARED = "cleared, and to be told so"


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a condition must hold to be raised, be gone to be cleared, and be kept unseen (s).

    While nothing else changes, new counts are told every `repeat_time`.
    """

    debounce: float = 0.5
    clear_time: float = 2.0
    stale_time: float = 10.0
    repeat_time: float = 1.0


@dataclass(slots=True)
class Entry:
    """One alert and where it stands; `deadline` is when its phase ends by itself (steady)."""

    key: Key
    severity: Severity
    message: str
    phase: Phase
    raised: Time
    last_seen: Time
    deadline: Time
    count: int = 1

    @property
    def is_visible(self) -> bool:
        """Return whether people are told of it."""
        return self.phase is not Phase.PENDING

    def alert(self) -> Alert:
        """Return what people are told."""
        return Alert(
            self.key.name,
            self.key.node,
            self.severity,
            self.message,
            self.raised,
            self.last_seen,
            self.count,
            self.phase is not Phase.CLEARED,
        )


class AlertBook:
    """Keeps one entry per key, never more than `limit`.

    Events raise at once and are cleared at once; conditions are debounced both ways. When the
    book is full, the least severe entry gives way, the one unseen for longest among equals;
    `left_out` counts those that found no place or lost it.
    """

    def __init__(self, timing: Timing, limit: int) -> None:
        self._debounce = from_seconds(timing.debounce)
        self._clear_time = from_seconds(timing.clear_time)
        self._stale_time = from_seconds(timing.stale_time)
        self._repeat_time = from_seconds(timing.repeat_time)
        self._limit = limit
        self._entries: dict[Key, Entry] = {}
        self._has_changed = True
        self._has_repeated = False
        self._told: Time = -NEVER
        self.left_out = 0

    def raise_event(
        self, key: Key, severity: Severity, message: str, timeout: float, now: Instant
    ) -> None:
        """Raise an alert at once, or count it once more; a time-out of 0 is none."""
        deadline = now.steady + from_seconds(timeout) if timeout > 0.0 else NEVER
        entry = self._entries.get(key)
        if entry is None or entry.phase in (Phase.PENDING, Phase.CLEARED):
            self._add(Entry(key, severity, message, Phase.ACTIVE, now.stamp, now.stamp, deadline))
            return
        self._see(entry, severity, message, now)
        entry.deadline = deadline

    def clear(self, key: Key, now: Instant) -> None:
        """Clear an alert at once, if there is one."""
        entry = self._entries.get(key)
        if entry is not None and entry.phase is not Phase.CLEARED:
            self._clear(entry)

    def observe(
        self, key: Key, severity: Severity, message: str, is_present: bool, now: Instant
    ) -> None:
        """Note whether a condition is present at this time."""
        entry = self._entries.get(key)
        if is_present:
            self._observe_present(entry, key, severity, message, now)
        elif entry is not None and entry.phase is Phase.PENDING:
            del self._entries[key]
        elif entry is not None and entry.phase is Phase.ACTIVE:
            entry.phase = Phase.CLEARING
            entry.deadline = now.steady + self._clear_time

    def is_raised(self, name: str) -> bool:
        """Tell whether there is an alert of a name, of any node."""
        return any(
            key.name == name and entry.phase is Phase.ACTIVE
            for key, entry in self._entries.items()
        )

    def step(self, now: Instant) -> tuple[Alert, ...] | None:
        """Return all alerts, the newly cleared among them, or None when nothing changed."""
        for entry in list(self._entries.values()):
            if now.steady >= entry.deadline:
                self._expire(entry, now)
        is_repeat_due = self._has_repeated and now.steady - self._told >= self._repeat_time
        if not (self._has_changed or is_repeat_due):
            return None
        self._has_changed = self._has_repeated = False
        self._told = now.steady
        alerts = tuple(entry.alert() for entry in self._entries.values() if entry.is_visible)
        self._entries = {
            key: entry for key, entry in self._entries.items() if entry.phase is not Phase.CLEARED
        }
        return alerts

    def _observe_present(
        self, entry: Entry | None, key: Key, severity: Severity, message: str, now: Instant
    ) -> None:
        if entry is None or entry.phase is Phase.CLEARED:
            deadline = now.steady + self._debounce
            self._add(Entry(key, severity, message, Phase.PENDING, now.stamp, now.stamp, deadline))
            return
        if entry.phase is Phase.PENDING:
            entry.severity, entry.message, entry.last_seen = severity, message, now.stamp
            return
        entry.phase = Phase.ACTIVE
        entry.deadline = now.steady + self._stale_time
        self._see(entry, severity, message, now)

    def _see(self, entry: Entry, severity: Severity, message: str, now: Instant) -> None:
        if entry.severity is not severity:
            self._has_changed = True
        entry.severity, entry.message, entry.last_seen = severity, message, now.stamp
        entry.count += 1
        self._has_repeated = True

    def _expire(self, entry: Entry, now: Instant) -> None:
        if entry.phase is Phase.PENDING:
            entry.phase = Phase.ACTIVE
            entry.deadline = now.steady + self._stale_time
            self._has_changed = True
        elif entry.phase is not Phase.CLEARED:
            self._clear(entry)

    def _clear(self, entry: Entry) -> None:
        if entry.phase is Phase.PENDING:
            del self._entries[entry.key]
            return
        entry.phase = Phase.CLEARED
        entry.deadline = NEVER
        self._has_changed = True

    def _add(self, entry: Entry) -> None:
        self._entries.pop(entry.key, None)
        if len(self._entries) >= self._limit:
            self.left_out += 1
            weakest = min(self._entries.values(), key=_strength)
            if _strength(entry) < _strength(weakest):
                return
            del self._entries[weakest.key]
        self._entries[entry.key] = entry
        self._has_changed = self._has_changed or entry.is_visible


def _strength(entry: Entry) -> tuple[bool, Severity, Time]:
    return entry.phase is not Phase.CLEARED, entry.severity, entry.last_seen
