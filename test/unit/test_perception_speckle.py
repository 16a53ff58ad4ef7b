"""Lone points must come twice; a veil between near and far never counts."""

import dataclasses
import math

import numpy as np

from robot_system.core.perception.quality import QualityMeter, noise_of
from robot_system.core.perception.returns import ScanReader
from robot_system.core.perception.segmentation import SegmentationSettings, segment
from robot_system.core.perception.speckle import SpeckleFilter
from robot_system.core.perception.view import View
from robot_system.core.values import Pose, Scan

BEAMS = 360


def scan_of(changes, base=5.0, angle_min=-math.pi, increment=2.0 * math.pi / BEAMS):
    """A scan of a round room, with other ranges at some beams or (first, beyond) of them."""
    ranges = np.full(BEAMS, base, np.float32)
    for place, value in changes.items():
        first, beyond = place if isinstance(place, tuple) else (place, place + 1)
        ranges[first:beyond] = value
    return Scan(1, angle_min, increment, 0.1, 30.0, ranges)


def kept(speckle, scan):
    returns = ScanReader(Pose()).read(scan)
    after = speckle.step(scan.ranges, returns, segment(returns, SegmentationSettings()))
    return sorted(set(returns.beams.tolist()) - set(after.beams.tolist()))


def test_a_lone_point_counts_from_the_second_scan_on():
    speckle = SpeckleFilter()
    lone = {100: 2.0}
    assert kept(speckle, scan_of(lone)) == [100]
    assert kept(speckle, scan_of({102: 2.1})) == []
    assert kept(speckle, scan_of({200: 2.0})) == [200]
    speckle.reset()
    assert kept(speckle, scan_of({200: 2.0})) == [200]


def test_a_lone_point_is_confirmed_over_the_seam():
    speckle = SpeckleFilter()
    kept(speckle, scan_of({0: 2.0}))
    assert kept(speckle, scan_of({BEAMS - 1: 2.0})) == []


def test_a_veil_is_left_out_however_often_it_comes():
    speckle = SpeckleFilter()
    post_with_veil = {(100, 110): 2.0, 110: 3.0, 111: 4.0, 99: 3.5}
    for _ in range(3):
        gone = kept(speckle, scan_of(post_with_veil))
        assert {99, 110} <= set(gone) <= {99, 110, 111}


def test_two_points_of_a_thin_thing_are_kept():
    assert kept(SpeckleFilter(), scan_of({(100, 102): 2.0})) == []


def test_the_noise_of_ranges_is_measured_and_edges_do_not_matter():
    rng = np.random.default_rng(1)
    scan = scan_of({(100, 120): 2.0, (200, 210): np.inf})
    noisy = (scan.ranges + 0.02 * rng.standard_normal(BEAMS)).astype(np.float32)
    returns = ScanReader(Pose()).read(dataclasses.replace(scan, ranges=noisy))
    assert 0.015 < noise_of(returns) < 0.025


def test_the_rate_is_that_of_the_stamps():
    meter = QualityMeter()
    returns = ScanReader(Pose()).read(scan_of({}))
    assert meter.rate == 0.0
    for step in range(60):
        meter.step(step * 25_000_000, returns)
    assert 39.9 < meter.rate < 40.1


def view_of(scan, base=None, mount=None):
    reader = ScanReader(mount or Pose())
    return View(scan, reader.read(scan), base or Pose(), mount or Pose())


def test_what_is_behind_something_is_hidden():
    view = view_of(scan_of({(170, 190): 2.0}))
    places = np.array([3.0, 1.0, -3.0]), np.zeros(3)
    assert view.hides(*places, np.full(3, 0.2)).tolist() == [True, False, False]


def test_what_is_not_looked_at_is_hidden_in_either_order_of_beams():
    step = math.pi / BEAMS
    for sign in (1.0, -1.0):
        view = view_of(scan_of({}, angle_min=-sign * math.pi / 2, increment=sign * step))
        places = np.array([3.0, -3.0, 0.1]), np.array([0.0, 0.0, 3.0])
        assert view.hides(*places, np.full(3, 0.2)).tolist() == [False, True, False]


def test_broken_beams_hide_and_places_are_those_of_the_odometry():
    view = view_of(scan_of({(170, 190): np.nan}), base=Pose(1.0, 2.0, math.pi / 2))
    places = np.array([1.0, 3.0]), np.array([4.0, 2.0])
    assert view.hides(*places, np.full(2, 0.2)).tolist() == [True, False]
