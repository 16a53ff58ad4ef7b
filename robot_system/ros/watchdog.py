"""Tells where a node hangs, and ends what nobody else would end; it needs no thread of Python."""

from __future__ import annotations

import faulthandler
import signal
import time

from robot_system import priority

# A callback longer than this is told with its traceback (s). The orchestrator ends other nodes
# soon after it, and itself is ended by this, since nobody watches it.
TOLD_AFTER, ENDED_AFTER = 0.35, 0.5
# One that works for so long meanwhile (s of the processor) does not only wait for its turn.
WORKED = 0.2
# While everything starts at once a process may be kept from working for longer; that is over
# when nothing has kept it for longer than a hitch in all of this time (s).
STARTING_PATIENCE, HITCH, CALM = 3.0, 0.25, 1.0
# A node that was told to stop has this long to do so (s).
LAST_PATIENCE = 5.0
# How often it is told that all is well (s).
PERIOD = 0.1


class Watchdog:
    """Has to be told regularly that the node goes on; a fatal one ends the process otherwise.

    The kernel ends an endless loop sooner: in real time it would keep others from its core, and in
    a fatal one it can not be taken for a machine that stood still.
    """

    def __init__(self, is_fatal: bool) -> None:
        self._is_fatal = is_fatal
        self._due = 0.0
        self._calm_since = self._told = time.monotonic()
        priority.limit_realtime()
        for number in (signal.SIGXCPU, signal.SIGPROF):
            faulthandler.register(number, file=2, all_threads=False, chain=True)

    def tell(self) -> None:
        """Tell that the node goes on."""
        now = time.monotonic()
        self._told, before = now, self._told
        if now - before > HITCH and self._is_starting(before):
            self._calm_since = now
        if self._is_fatal:
            # At every call: all threads of the process count.
            work = STARTING_PATIENCE if self._is_starting(now) else WORKED
            signal.setitimer(signal.ITIMER_PROF, work)
        if now < self._due:
            return
        self._due = now + PERIOD
        patience = ENDED_AFTER if self._is_fatal else TOLD_AFTER
        if self._is_starting(now):
            patience = STARTING_PATIENCE
        faulthandler.dump_traceback_later(patience + PERIOD, exit=self._is_fatal, file=2)

    def _is_starting(self, now: float) -> bool:
        return now - self._calm_since < CALM

    def end(self) -> None:
        """Let the process end, by itself or else by force: leaving the graph may hang."""
        self.stop()
        faulthandler.dump_traceback_later(LAST_PATIENCE, exit=True, file=2)

    def stop(self) -> None:
        """Watch no more."""
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        faulthandler.cancel_dump_traceback_later()
