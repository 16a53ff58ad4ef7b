"""The benchmarks of `robot bench`: each prints what it measured, nothing here is a test.

Only the files of this folder import each other, under the name `bench`; the package that they
measure is the installed one.
"""

BENCHMARKS = {
    "bringup": "from starting `robot up` to all nodes ready, and from stopping it to all gone",
    "latency": "from a raw scan to the command, through the whole chain and for braking",
    "loop": "the control cycle at 100 Hz, and the CPU and memory of every node",
    "lockstep": "how much faster than real time the whole graph runs, and whether runs repeat",
    "sensors": "what a reading costs on its way through the sensors node, and each filter alone",
    "shield": "thousands of episodes with hostile policies: contacts, and what safety costs",
    "scenarios": "the shield in single situations: time to stop, distance left, time to resume",
    "lidar": "one scan through hygiene, segmentation, tracking and metrics, beside DBSCAN",
    "perception": "how right obstacles, velocities and ids are, beside DBSCAN, and on real scans",
    "mutation": "whether the tests of the shield notice small changes in it, and its coverage",
    "recovery": "every fault of the catalogue: detected, safe and ready again after how long",
    "chaos": "random faults on top of each other: contacts, and whether all is well afterwards",
}
"""Name and meaning; each is a module here with `run(settings) -> Report`."""
