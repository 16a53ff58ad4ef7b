"""The ways in which data travels, as rclpy knows them."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from robot_system.contract import Qos


def profile_of(qos: Qos, patience: int = 0) -> QoSProfile:
    """Return the profile for publishers and subscribers alike.

    Who must not miss anything, though it may be kept waiting, has the patience for more messages.
    """
    is_reliable, is_kept, depth = qos.value
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=max(depth, patience),
        reliability=ReliabilityPolicy.RELIABLE if is_reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if is_kept else DurabilityPolicy.VOLATILE,
    )
