"""Tells where a node hangs, and ends what nobody else would end; it needs no thread of Python."""

from __future__ import annotations

import faulthandler
import time

# A callback longer than this is told with its traceback (s). The orchestrator ends other nodes
# soon after it, and itself is ended by this, since nobody watches it.
TOLD_AFTER, ENDED_AFTER = 0.35, 0.5
# While everything starts at once a process may be kept from working for longer (s).
STARTING, STARTING_PATIENCE = 5.0, 3.0
# A node that was told to stop has this long to do so (s).
LAST_PATIENCE = 5.0
# How often it is told that all is well (s).
PERIOD = 0.1


class Watchdog:
    """Has to be told regularly that the node goes on; a fatal one ends the process otherwise."""

    def __init__(self, is_fatal: bool) -> None:
        self._is_fatal = is_fatal
        self._due = 0.0
        self._started = time.monotonic()

    def tell(self) -> None:
        """Tell that the node goes on."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + PERIOD
        patience = ENDED_AFTER if self._is_fatal else TOLD_AFTER
        if now - self._started < STARTING:
            patience = STARTING_PATIENCE
        patience += PERIOD
        faulthandler.dump_traceback_later(patience, exit=self._is_fatal, file=2)

    def end(self) -> None:
        """Let the process end, by itself or else by force: leaving the graph may hang."""
        faulthandler.dump_traceback_later(LAST_PATIENCE, exit=True, file=2)

    def stop(self) -> None:
        """Watch no more."""
        faulthandler.cancel_dump_traceback_later()
