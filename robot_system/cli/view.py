"""The live view: a snapshot as lines of text."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from robot_system.cli.snapshot import SILENT_AFTER, Snapshot
from robot_system.core.values import Health, Lifecycle, Metrics, Mode, NodeStatus, Severity

RESET, BOLD, DIM = "\x1b[0m", "\x1b[1m", "\x1b[2m"
RED, GREEN, YELLOW, BLUE = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"

_HEALTH_COLOURS = {
    Health.UNKNOWN: DIM,
    Health.HEALTHY: GREEN,
    Health.DEGRADED: YELLOW,
    Health.UNHEALTHY: RED,
}
_MODE_COLOURS = {Mode.RUNNING: GREEN, Mode.DEGRADED: YELLOW, Mode.SAFE_STOP: RED}
_SEVERITY_COLOURS = {Severity.INFO: "", Severity.WARNING: YELLOW}
# The topic whose rate says most of a node's work.
_MAIN_TOPICS = {
    "sim": "scan_raw",
    "sensors": "scan",
    "lidar": "obstacles",
    "policy": "action_chunk",
    "motion": "cmd_vel",
    "telemetry": "metrics",
    "alerts": "alerts",
    "orchestrator": "system_state",
}


def render(snapshot: Snapshot, width: int | None = None) -> list[str]:
    """Return the lines of the view, none wider than asked."""
    parts = [part(snapshot) for part in (_header, _nodes, _robot, _causes, _events)]
    lines = [line for part in parts if part for line in ("", *part)][1:]
    return lines if width is None else [_cut(line, width) for line in lines]


def _header(snapshot: Snapshot) -> list[str]:
    system = snapshot.system
    if system is None:
        return [f"{BOLD}robot_system{RESET}  {snapshot.title}  {DIM}starting{RESET}"]
    silent = _silent("system_state", snapshot.uptime - snapshot.system_heard)
    if silent:
        return [f"{BOLD}robot_system{RESET}  {snapshot.title}  {silent}"]
    colour = _MODE_COLOURS.get(system.mode, YELLOW)
    may = f"{GREEN}may move" if system.is_motion_allowed else f"{RED}may not move"
    mode = f"{colour}{system.mode.name.lower().replace('_', ' ')}{RESET}"
    head = f"{BOLD}robot_system{RESET}  {snapshot.title}  {mode}  {may}{RESET}"
    uptime = f"  {DIM}{snapshot.uptime:6.1f} s{RESET}" if snapshot.uptime else ""
    lines = [head + uptime]
    if system.reason:
        lines.append(f"  {YELLOW}{system.reason}{RESET}")
    return lines


def _silent(topic: str, age: float) -> str:
    return f"{RED}{topic} silent for {age:.1f} s{RESET}" if age > SILENT_AFTER else ""


def _nodes(snapshot: Snapshot) -> list[str]:
    title = f"{'node':13}{'state':14}{'health':11}{'pid':>7}{'tick ms':>9}{'max':>7}{'rate Hz':>9}"
    lines = [f"{DIM}{title}  restarts{RESET}"]
    statuses = list(snapshot.system.nodes) if snapshot.system else []
    names = {status.node for status in statuses}
    lines += [_node(snapshot, status) for status in statuses]
    for name in sorted(set(snapshot.heartbeats) - names):
        beat = snapshot.heartbeats[name]
        own = NodeStatus(
            name, Lifecycle.ACTIVE, beat.state, beat.health, beat.reason, pid=beat.pid
        )
        lines.append(_node(snapshot, own))
    return lines


def _node(snapshot: Snapshot, status: NodeStatus) -> str:
    beat = snapshot.heartbeats.get(status.node)
    colour = _HEALTH_COLOURS[status.health]
    mean = f"{beat.tick_mean * 1e3:.2f}" if beat and beat.ticks else "-"
    longest = f"{beat.tick_max * 1e3:.2f}" if beat and beat.ticks else "-"
    rate = _rate(snapshot.metrics, _MAIN_TOPICS.get(status.node, ""))
    state = status.actual.name.lower()
    restarts = snapshot.restarts.get(status.node, 0)
    line = f"{status.node:13}{state:14}{colour}{status.health.name.lower():11}{RESET}"
    line += f"{status.pid:>7}{mean:>9}{longest:>7}{rate:>9}  {restarts or ''}"
    if status.reason and status.health is not Health.HEALTHY:
        line += f"  {YELLOW}{status.reason}{RESET}"
    if status.action:
        line += f"  {YELLOW}(trying: {status.action}, {status.attempts}. attempt){RESET}"
    return line


def _rate(metrics: Metrics | None, topic: str) -> str:
    for metric in metrics.metrics if metrics else ():
        if metric.name == f"{topic}.rate":
            return f"{metric.mean:.1f}"
    return "-"


def _robot(snapshot: Snapshot) -> list[str]:
    lines = []
    if snapshot.odometry is not None:
        pose, twist = snapshot.odometry.pose, snapshot.odometry.twist
        lines.append(
            f"pose      x {pose.x:7.2f} m   y {pose.y:7.2f} m   heading"
            f" {math.degrees(pose.theta):6.1f} deg   speed {twist.linear:5.2f} m/s"
            f"   turning {twist.angular:5.2f} rad/s"
        )
    if snapshot.goal is not None:
        x, y = snapshot.goal
        lines.append(
            f"goal      x {x:7.2f} m   y {y:7.2f} m   distance {snapshot.goal_distance:5.2f} m"
            f"   reached {snapshot.goals_reached}"
        )
    if snapshot.clearance is not None and snapshot.clearance.valid:
        clearance = snapshot.clearance
        lines.append(
            f"closest   {clearance.closest_distance:5.2f} m at"
            f" {math.degrees(clearance.closest_angle):6.1f} deg"
            f"   valid beams {100.0 * clearance.valid_share:5.1f} %"
        )
    if snapshot.truth is not None:
        touched = snapshot.truth.contacts
        lines.append(f"contacts  {RED if touched else GREEN}{touched}{RESET}")
    return lines


def _causes(snapshot: Snapshot) -> list[str]:
    motion = snapshot.motion
    if motion is None:
        return []
    silent = _silent("motion_state", snapshot.uptime - snapshot.motion_heard)
    if silent:
        return [silent]
    if not motion.causes:
        return [f"{GREEN}nothing holds the robot{RESET}"]
    verb = "holds" if motion.is_stopped else "slows"
    return [
        f"{YELLOW}{cause.name} {verb} the robot{RESET} ({cause.source}) for {cause.age:.1f} s"
        + (f": {cause.detail}" if cause.detail else "")
        + (f" {cause.value:.2f} / {cause.limit:.2f}" if cause.limit else "")
        for cause in motion.causes
    ]


def _events(snapshot: Snapshot) -> list[str]:
    lines = [f"{DIM}recent events{RESET}"] if snapshot.events else []
    for event in snapshot.events:
        colour = _SEVERITY_COLOURS.get(event.severity, RED)
        node = f" {event.node}" if event.node else ""
        lines.append(f"  {colour}{event.name}{RESET}{node} {event.detail}".rstrip())
    return lines


def without_colours(line: str) -> str:
    """Return a line as plain text."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def _cut(line: str, width: int) -> str:
    """Cut a line to a width, not counting its colours."""
    shown, kept, is_escape = 0, [], False
    for character in line:
        if character == "\x1b":
            is_escape = True
        elif is_escape:
            is_escape = character != "m"
        elif shown == width:
            break
        else:
            shown += 1
        kept.append(character)
    return "".join(kept) + RESET


def change_lines(seen: dict[str, str], snapshot: Snapshot) -> Sequence[str]:
    """Return one plain line per change since the last call; `seen` remembers."""
    now: dict[str, str] = {}
    if snapshot.system is not None:
        system = snapshot.system
        now["system"] = f"mode={system.mode.name.lower()} motion={system.is_motion_allowed}"
        for status in system.nodes:
            now[f"node {status.node}"] = (
                f"state={status.actual.name.lower()} health={status.health.name.lower()}"
                f" pid={status.pid}"
            )
    if snapshot.motion is not None:
        held = (
            [cause.name for cause in snapshot.motion.causes] if snapshot.motion.is_stopped else []
        )
        now["held by"] = ",".join(held) or "nothing"
    changed = [f"{key}: {text}" for key, text in now.items() if seen.get(key) != text]
    seen.clear()
    seen.update(now)
    return changed
