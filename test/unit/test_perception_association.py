"""Ids stay with obstacles that stay."""

import numpy as np

from robot_system.core.perception.association import Associator


def test_ids_stay_with_obstacles_whatever_their_order():
    associator = Associator(0.4)
    first = associator.ids_of(np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]))
    second = associator.ids_of(np.array([[4.1, 0.0], [0.1, 0.1], [2.0, 0.1]]))
    assert second.tolist() == [first[2], first[0], first[1]]


def test_ids_are_unique_and_never_used_again():
    associator = Associator(0.4)
    seen = set(associator.ids_of(np.array([[0.0, 0.0], [0.1, 0.0], [5.0, 5.0]])).tolist())
    assert len(seen) == 3
    associator.ids_of(np.zeros((0, 2)))
    again = set(associator.ids_of(np.array([[0.0, 0.0]])).tolist())
    assert not seen & again


def test_two_obstacles_do_not_share_the_id_of_one():
    associator = Associator(0.4)
    associator.ids_of(np.array([[0.0, 0.0]]))
    split = associator.ids_of(np.array([[0.05, 0.0], [-0.1, 0.0]]))
    assert len(set(split.tolist())) == 2
    assert split[0] == 1


def test_reset_starts_anew():
    associator = Associator(0.4)
    associator.ids_of(np.array([[0.0, 0.0], [1.0, 0.0]]))
    associator.reset()
    assert associator.ids_of(np.array([[3.0, 0.0]])).tolist() == [1]
