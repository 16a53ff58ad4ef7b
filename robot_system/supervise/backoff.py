"""When to start a process again that died."""

from __future__ import annotations

import random
from collections import deque

from robot_system.graph import RestartPolicy

# What the process of a node ends with when it can not run as it was told to.
EXIT_USAGE = 2


class Backoff:
    """Waits longer from death to death, and gives up when a window sees too many of them."""

    def __init__(self, policy: RestartPolicy, jitter: random.Random) -> None:
        self._policy = policy
        self._jitter = jitter
        self._deaths: deque[float] = deque()

    def died(self, now: float, exit_code: int | None = None) -> float | None:
        """Return the seconds to wait before the next start, or None to give up.

        The first death of a window is answered at once: a single crash should cost no time. A
        process that can not run as it was told to would end in the same way again.
        """
        if exit_code == EXIT_USAGE:
            return None
        policy = self._policy
        while self._deaths and self._deaths[0] < now - policy.window:
            self._deaths.popleft()
        self._deaths.append(now)
        count = len(self._deaths)
        if count > policy.budget:
            return None
        if count == 1:
            return 0.0
        wait = min(policy.backoff * 2.0 ** (count - 2), policy.backoff_max)
        return wait * self._jitter.uniform(0.75, 1.25)

    def clear(self) -> None:
        """Forget all deaths: a person has looked at it."""
        self._deaths.clear()
