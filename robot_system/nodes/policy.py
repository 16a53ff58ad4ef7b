"""The node that decides where to drive next."""

from __future__ import annotations

import hashlib
import math
from collections import deque

import numpy as np

from robot_system import contract
from robot_system.component import Component
from robot_system.contract import Topic
from robot_system.core.geometry import is_sound
from robot_system.core.perception.returns import problem_of
from robot_system.core.policy.base import Decision, Deliberating, Observation, Policy, standstill
from robot_system.core.policy.dynamic_window import DynamicWindow
from robot_system.core.silence import Silence
from robot_system.core.time import Instant, Time, from_seconds
from robot_system.core.values import (
    ActionChunk,
    Goal,
    Health,
    HealthReport,
    Obstacles,
    Odometry,
    Path,
    Scan,
)
from robot_system.policy_parameters import PolicyParameters, policy_settings

GOAL_FRAME = "odom"


class PolicyNode(Component[PolicyParameters]):
    """Publishes a chunk for each pair of scan and obstacles; thinks ahead right after that.

    It thinks then because that is when the next scan is furthest away: no chunk waits for it.

    A chunk that rests on missing or stale input is not valid, and says why. Any `Policy` can be
    put in place of the default one, by overriding `make_policy`.
    """

    name = "policy"
    parameters_type = PolicyParameters
    reads = (contract.SCAN, contract.OBSTACLES, contract.ODOM, contract.GOAL)
    writes = (contract.ACTION_CHUNK, contract.PLAN, contract.EVENTS)

    _silences: dict[Topic, Silence]
    _scans: deque[Scan]
    _early_obstacles: Obstacles | None
    _odometry: Odometry | None
    _goal: Goal | None
    _observation: Observation | None
    _deliberation_due: Time
    _plan_due: Time

    def make_policy(self) -> Policy:
        """Return the policy that decides."""
        return DynamicWindow(policy_settings(self.parameters))

    @classmethod
    def prepare(cls, parameters: PolicyParameters) -> None:
        """Compute the tables of the default policy, which stay in the process."""
        DynamicWindow(policy_settings(parameters))

    def configure(self) -> None:
        """Build the policy."""
        self._policy = policy = self.make_policy()
        self._deliberating = policy if isinstance(policy, Deliberating) else None
        self._hash = hashlib.sha256(policy.fingerprint.encode()).hexdigest()[:12]
        self._forget()

    def activate(self, now: Instant) -> None:
        """Start with nothing observed; the host hands over the newest goal again."""
        self._silences = {
            topic: Silence(topic.name, topic.max_age or math.inf, now)
            for topic in (contract.SCAN, contract.OBSTACLES)
        }
        self._policy.reset()
        self._forget()

    def on_odom(self, odometry: Odometry, now: Instant) -> None:
        """Keep the newest odometry."""
        self._odometry = odometry

    def on_goal(self, goal: Goal, now: Instant) -> None:
        """Take a new goal, unless nobody could drive to it: then the one before stays."""
        if goal == self._goal:
            return
        problem = _problem_of_goal(goal)
        if problem:
            self.event(contract.GOAL_REFUSED, now, problem)
            return
        self._goal = goal
        self.event(contract.GOAL_SET, now, f"x={goal.pose.x:.2f} y={goal.pose.y:.2f}")

    def on_scan(self, scan: Scan, now: Instant) -> None:
        """Keep the scan until its obstacles arrive; they may have come first."""
        self._silences[contract.SCAN].hear(now)
        if self._scans and scan.stamp < self._scans[-1].stamp:
            # The clock was set back: those before are no later than this one.
            self._scans.clear()
        self._scans.append(scan)
        obstacles = self._early_obstacles
        if obstacles is not None and obstacles.stamp == scan.stamp:
            self._early_obstacles = None
            self._decide(scan, obstacles, now)

    def on_obstacles(self, obstacles: Obstacles, now: Instant) -> None:
        """Decide on the scan that these obstacles were found in."""
        self._silences[contract.OBSTACLES].hear(now)
        for scan in self._scans:
            if scan.stamp == obstacles.stamp:
                self._decide(scan, obstacles, now)
                return
        if self._scans and obstacles.stamp < self._scans[0].stamp:
            self._hold_for_late(self._scans[-1], now)
            return
        self._early_obstacles = obstacles

    def _decide(self, scan: Scan, obstacles: Obstacles, now: Instant) -> None:
        self._observation = None
        self._act(scan, obstacles, now)
        self._deliberate(now)

    def _act(self, scan: Scan, obstacles: Obstacles, now: Instant) -> None:
        problem, self._blames = self._problem_of(scan, obstacles)
        if problem:
            self._publish(standstill(self.parameters.steps, problem), scan, now, is_valid=False)
            return
        if self._goal is None or self._odometry is None:
            self._publish(standstill(self.parameters.steps, "no goal"), scan, now)
            return
        self._observation = Observation(scan, obstacles, self._odometry, self._goal)
        self._publish(self._policy.infer(self._observation), scan, now)

    def _hold_for_late(self, scan: Scan, now: Instant) -> None:
        """Hold the robot while obstacles come only after newer scans have replaced theirs."""
        self._observation = None
        self._blames = contract.OBSTACLES.name
        late = standstill(self.parameters.steps, "obstacles come too late for their scans")
        self._publish(late, scan, now, is_valid=False)

    def _deliberate(self, now: Instant) -> None:
        """Think ahead on the newest observation when that is due, and show the plan."""
        observation = self._observation
        if observation is None or self._deliberating is None:
            return
        if now.steady < self._deliberation_due:
            return
        self._deliberation_due = now.steady + from_seconds(1.0 / self.parameters.deliberation_rate)
        self._deliberating.deliberate(observation)
        if now.steady >= self._plan_due:
            self._plan_due = now.steady + from_seconds(1.0 / self.parameters.plan_rate)
            self.publish(contract.PLAN, Path(now.stamp, self._deliberating.plan))

    def health(self, now: Instant) -> HealthReport:
        """Report which input is silent, or else what the last chunk says."""
        for silence in self._silences.values():
            silent = silence.report(now)
            if silent is not None:
                return silent
        facts = (("policy", self._policy.name), ("reason", self._reason))
        if not self._is_valid:
            return HealthReport(Health.DEGRADED, self._reason, facts, self._blames)
        return HealthReport(Health.HEALTHY, facts=facts)

    def _forget(self) -> None:
        # On a busy machine the next scan may be here before the obstacles of the one before.
        self._scans = deque(maxlen=3)
        self._early_obstacles = None
        self._odometry = None
        self._goal = None
        self._observation = None
        self._sequence = 0
        self._deliberation_due = 0
        self._plan_due = 0
        self._reason = "no observation yet"
        self._blames = ""
        self._is_valid = False

    def _problem_of(self, scan: Scan, obstacles: Obstacles) -> tuple[str, str]:
        """Return why nothing can be decided, and the topic that this comes from."""
        problem = problem_of(scan)
        if problem:
            return problem, contract.SCAN.name
        problem = self._problem_of_odometry(scan)
        if problem:
            return problem, contract.ODOM.name
        if not obstacles.valid:
            return "obstacles are not valid", contract.OBSTACLES.name
        return "", ""

    def _problem_of_odometry(self, scan: Scan) -> str:
        if self._odometry is None:
            return "no odometry"
        if not is_sound(self._odometry):
            return "odometry is impossible"
        apart = abs(scan.stamp - self._odometry.stamp)
        if apart > from_seconds(self.parameters.odometry_max_age):
            return "odometry is stale"
        return ""

    def _publish(
        self, decision: Decision, scan: Scan, now: Instant, is_valid: bool = True
    ) -> None:
        is_valid = is_valid and bool(np.isfinite(decision.commands).all())
        if decision.reason == "goal reached" and self._reason != "goal reached":
            self.event(contract.GOAL_REACHED, now)
        self._sequence += 1
        self._reason, self._is_valid = decision.reason, is_valid
        self.publish(
            contract.ACTION_CHUNK,
            ActionChunk(
                stamp=now.stamp,
                sequence=self._sequence,
                policy_id=self._policy.name,
                policy_hash=self._hash,
                observation_stamp=scan.stamp,
                dt=self.parameters.dt,
                commands=decision.commands,
                valid_for=self.parameters.valid_for,
                reason=decision.reason,
                valid=is_valid,
            ),
        )


def _problem_of_goal(goal: Goal) -> str:
    pose = goal.pose
    if not math.isfinite(pose.x + pose.y + pose.theta):
        return f"x={pose.x:g} y={pose.y:g} is not finite"
    if goal.frame not in ("", GOAL_FRAME):
        return f"frame {goal.frame} is not {GOAL_FRAME}"
    return ""
