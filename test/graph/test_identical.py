"""Two lockstep runs of the whole graph are the same, bit by bit."""

import subprocess
import sys

PROGRAM = """
from robot_system.lockstep.system import Digest, LockstepSystem
system = LockstepSystem("generated:medium:3")
digest = Digest()
system.host.listen(digest)
system.run(6.0)
print(digest.messages, digest.hexdigest())
"""


def test_two_runs_are_identical_bit_by_bit_whatever_the_hash_seed():
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed, "PATH": "", "OPENBLAS_NUM_THREADS": "1"},
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    ]
    count, _ = outputs[0].split()
    assert int(count) > 3_000
    assert outputs[0] == outputs[1]
