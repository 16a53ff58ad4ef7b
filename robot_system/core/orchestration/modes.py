"""The mode of the whole: it always follows from the states of the nodes and a person's wishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from robot_system.core.orchestration.plan import Plan
from robot_system.core.orchestration.policy import Resort
from robot_system.core.orchestration.record import NodeRecord
from robot_system.core.values import Health, Lifecycle, Mode

# What a person may ask for; all other modes come of what happens.
TARGETS = (Mode.STOPPED, Mode.STANDBY, Mode.RUNNING)


@dataclass(slots=True)
class Wishes:
    """What a person wants, until a person wants something else."""

    target: Mode = Mode.RUNNING
    stopped: set[str] = field(default_factory=set)
    disabled: set[str] = field(default_factory=set)


def derived_mode(
    records: Mapping[str, NodeRecord], plan: Plan, wishes: Wishes, is_shutting_down: bool
) -> Mode:
    """Return the mode.

    It is a safe stop while something is wrong with a node that the asked mode needs, and standby
    while all such nodes are only on their way.
    """
    if is_shutting_down or wishes.target is Mode.STOPPED:
        if not any(record.actual is Lifecycle.ACTIVE for record in records.values()):
            return Mode.STOPPED
        return Mode.SHUTDOWN if is_shutting_down else Mode.STANDBY
    if wishes.target is Mode.RUNNING and may_move(records, plan):
        wanted = [record for record in records.values() if not record.is_disabled]
        return Mode.RUNNING if all(item.is_ready for item in wanted) else Mode.DEGRADED
    if any(
        record.is_in_trouble and _is_needed(record, plan, wishes) for record in records.values()
    ):
        return Mode.SAFE_STOP
    is_heard = any(record.heartbeat is not None for record in records.values())
    return Mode.STANDBY if is_heard else Mode.STOPPED


def _is_needed(record: NodeRecord, plan: Plan, wishes: Wishes) -> bool:
    """Tell whether the mode that was asked for can not be without a node."""
    if record.recovery.given_up and record.policy.resort is Resort.SAFE_STOP:
        return True
    is_at_work = wishes.target is Mode.RUNNING or plan.works_in_standby(record.name)
    return is_at_work and plan.is_needed_to_move(record.name)


def may_move(records: Mapping[str, NodeRecord], plan: Plan) -> bool:
    """Tell whether all that moving needs is at work, and no person is asked for."""
    for name, record in records.items():
        if plan.is_needed_to_move(name) and (record.is_disabled or not record.is_at_work):
            return False
        if record.recovery.given_up and record.policy.resort is Resort.SAFE_STOP:
            return False
    return True


def health_of(mode: Mode) -> Health:
    """Return how well the whole does its work in a mode."""
    return {
        Mode.RUNNING: Health.HEALTHY,
        Mode.DEGRADED: Health.DEGRADED,
        Mode.SAFE_STOP: Health.UNHEALTHY,
    }.get(mode, Health.UNKNOWN)


def why(
    records: Mapping[str, NodeRecord], plan: Plan, wishes: Wishes, is_shutting_down: bool
) -> str:
    """Return in words why the whole is not running; empty when it is.

    Who is only down because of another, or because nobody wants it up, is not named.
    """
    if is_shutting_down:
        return "shutting down"
    causes = (
        [] if wishes.target is Mode.RUNNING else [f"{wishes.target.name.lower()} was asked for"]
    )
    causes += [
        f"{record.name}: {record.reason or record.actual.name.lower()}"
        for record in records.values()
        if not record.is_ready
        and not _is_rightly_down(record, plan, wishes)
        and not waits_for(record, records, plan)
    ]
    return "; ".join(causes)


def waits_for(record: NodeRecord, records: Mapping[str, NodeRecord], plan: Plan) -> str:
    """Return the node that has to be there before this one, which is well, can be active."""
    if record.is_silent or record.problem or record.recovery.given_up:
        return ""
    missing = (need for need in plan.needs(record.name) if not records[need].is_there)
    return next(missing, "")


def _is_rightly_down(record: NodeRecord, plan: Plan, wishes: Wishes) -> bool:
    if wishes.target is Mode.STOPPED:
        return True
    if record.is_disabled and record.policy.resort is Resort.DEGRADED:
        return True
    is_idle = wishes.target is Mode.STANDBY and not plan.works_in_standby(record.name)
    is_down = record.is_resting or (is_idle and record.actual is Lifecycle.INACTIVE)
    return is_down and not record.is_silent and not record.recovery.given_up
