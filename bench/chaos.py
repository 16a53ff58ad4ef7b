"""Random faults, several at once, while the robot drives: what the single rows do not show.

The same seed gives the same faults in the same order; what they meet is never quite the same.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bench.fault_run import Bed
from bench.processes import stolen_seconds
from bench.recovery import STOLEN
from bench.report import Limit, Report, Settings, describe_machine, median
from robot_system.errors import RobotError
from robot_system.faults.catalogue import FAULTS, Fault, Means, Recovery

STORMS = 30
# So many faults come at once, or nearly so.
FAULTS_OF_A_STORM = (1, 2, 2, 3, 3, 4)
# The longest until the next fault, and until all of them end (s).
NEXT, CALM = 0.8, 1.5
# Who is not ready again after this long counts as not healed (s).
PATIENCE = 12.0
# A process owner gives up what dies more often than this in a minute: that is no recovery.
DEATHS = 3
DEADLY = frozenset({"crash", "hang", "stuck_callback"})
LIMITS = {
    "contacts": Limit(at_most=0.0),
    "unhealed": Limit(at_most=0.0),
    "ready_s_median": Limit(at_most=0.5),
}
POSSIBLE = tuple(
    row
    for row in FAULTS
    if row.recovery in (Recovery.FROM_START, Recovery.FROM_END) and row.means is not Means.TOGETHER
)


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault, and the seconds until what comes next."""

    row: Fault
    target: str
    pause: float

    def __str__(self) -> str:
        return f"{self.row.name} {self.target}".rstrip()


@dataclass(frozen=True, slots=True)
class Storm:
    """Faults that come one after the other and end together; some need a new system."""

    blows: tuple[Blow, ...]
    needs_new_system: bool = False

    def __str__(self) -> str:
        return ", ".join(map(str, self.blows))


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What came of a storm; `ready` is NaN when the robot did not drive again.

    `done` is how many of the faults could be done, `stolen` what the host took meanwhile.
    """

    done: int
    ready: float
    contacts: int
    ends_in: str
    stolen: float

    @property
    def has_healed(self) -> bool:
        """Tell whether the robot drove again."""
        return math.isfinite(self.ready)


def storms(seed: int) -> Iterator[Storm]:
    """Draw storms for ever. None makes a node die more often than its owner may start it."""
    chance = random.Random(seed)
    deaths: Counter[str] = Counter()
    was_clock_moved = False
    while True:
        blows = []
        for _ in range(chance.choice(FAULTS_OF_A_STORM)):
            row = chance.choice(POSSIBLE)
            target = chance.choice(row.targets) if row.targets else ""
            blows.append(Blow(row, target, chance.uniform(0.0, NEXT)))
        blows[-1] = replace(blows[-1], pause=chance.uniform(0.0, CALM))
        dying = Counter(blow.target for blow in blows if blow.row.name in DEADLY)
        # The time of a clock that was moved is still in the stamps of what was kept.
        is_spent = was_clock_moved or max((deaths + dying).values(), default=0) > DEATHS
        if is_spent:
            deaths.clear()
        deaths += dying
        was_clock_moved = any(blow.row.kind == "clock" for blow in blows)
        yield Storm(tuple(blows), is_spent)


def run(settings: Settings) -> Report:
    """Let storms come over a driving robot, one after the other."""
    machine = describe_machine()
    count = settings.runs or STORMS
    rows = []
    with StormBed(settings.say) as bed:
        for number, storm in zip(range(1, count + 1), storms(settings.seed), strict=False):
            settings.say(f"storm {number} of {count}: {storm}")
            outcome = bed.weather(storm)
            rows.append(
                {"faults": str(storm), "done": outcome.done, "ready_s": outcome.ready,
                 "heals": outcome.has_healed, "contacts": outcome.contacts,
                 "ends_in": outcome.ends_in, "stolen_s": outcome.stolen}
            )  # fmt: skip
            settings.say(
                f"  ready {outcome.ready:.3f} s after their end, {outcome.ends_in},"
                f" contacts {outcome.contacts}, {outcome.stolen:.2f} s stolen by the host"
            )
    ready = [row["ready_s"] if row["heals"] else math.inf for row in rows]
    calm = [one for one, row in zip(ready, rows, strict=True) if row["stolen_s"] < STOLEN]
    figures = {
        "storms": count,
        "seed": settings.seed,
        "faults": sum(row["done"] for row in rows),
        "contacts": sum(row["contacts"] for row in rows),
        "unhealed": sum(not row["heals"] for row in rows),
        "ready_s_median": median(ready),
        "ready_s_worst": max(ready),
        "undisturbed": len(calm),
        "ready_s_worst_undisturbed": max(calm, default=math.nan),
        "stolen_s": sum(row["stolen_s"] for row in rows),
    }
    return Report("chaos", machine, count, figures, LIMITS, rows)


class StormBed(Bed):
    """A driving system that storms come over."""

    def weather(self, storm: Storm) -> Aftermath:
        """Do the faults of a storm, and see what comes of it."""
        if storm.needs_new_system:
            self.close()
        self.prepare()
        watch, before = self._watch, self._watch.contacts
        watch.begin()
        stolen = stolen_seconds()
        done = 0
        for blow in storm.blows:
            try:
                self._injector.begin(blow.row, blow.target)
                done += 1
            except RobotError as error:
                # Mostly what it is to be done to is being started again.
                self._say(f"  not done: {blow}: {error}")
            watch.spin(blow.pause)
        since = self._injector.end()
        is_over = watch.spin_until(lambda: self._is_over(since), PATIENCE)
        ready = watch.ready_since if is_over and self._is_up else None
        contacts = watch.contacts_since(before)
        outcome = Aftermath(
            done,
            math.nan if ready is None else max(0.0, ready - since),
            contacts,
            watch.mode.name.lower() if watch.mode is not None else "unknown",
            stolen_seconds() - stolen,
        )
        if ready is None or contacts:
            self._say(f"  not ready: {watch.missing}; {watch.reason}")
            for heard, event in watch.records.events[-20:]:
                self._say(
                    f"    {heard - since:.2f} {event.name} {event.node} {event.detail[:100]}"
                )
            self.close()
        return outcome
