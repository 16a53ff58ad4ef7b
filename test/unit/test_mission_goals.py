from robot_system.core.mission.goals import ARRIVED, GoalSequence
from robot_system.core.values import Odometry, Pose, Twist


def at(x, speed=0.0):
    return Odometry(0, Pose(x, 0.0), Twist(speed))


def test_gives_the_goals_in_turn_and_ends():
    goals = GoalSequence([(1.0, 0.0), (2.0, 0.0)], is_endless=False)
    assert goals.current == Pose(1.0, 0.0)
    assert goals.update(at(1.0))
    assert goals.current == Pose(2.0, 0.0)
    assert goals.update(at(2.0))
    assert goals.current is None
    assert not goals.update(at(2.0))


def test_an_endless_sequence_begins_again():
    goals = GoalSequence([(1.0, 0.0)], is_endless=True)
    assert goals.update(at(1.0))
    assert goals.current == Pose(1.0, 0.0)


def test_passing_by_is_not_arriving():
    goals = GoalSequence([(1.0, 0.0)], is_endless=False)
    assert not goals.update(at(1.0, speed=0.5))
    assert not goals.update(at(1.0 + ARRIVED + 0.01))
    assert goals.update(at(1.0 + ARRIVED - 0.01))


def test_without_goals_there_is_none():
    goals = GoalSequence([], is_endless=True)
    assert goals.current is None
    assert goals.distance(at(3.0)) == 0.0
