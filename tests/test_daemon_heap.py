"""Large blocks go back to the system when they are freed, whatever was allocated after them."""

import os
import subprocess
import sys
from pathlib import Path

CHURN = """
import sys
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
if sys.argv[1] == "returned":
    from edge.daemon.heap import return_large_blocks
    return_large_blocks()
before, kept = resident(), []
for _ in range(8):
    large = [bytearray(b"x") * (20 << 20) for _ in range(2)]
    kept.append(bytearray(b"x") * 100_000)  # lies behind them
    del large
print(resident() - before)
"""


def left_behind(how: str, root: Path) -> float:
    """MiB resident after large blocks have come and gone."""
    environ = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", CHURN, how]
    return float(subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout)


def test_large_blocks_leave_nothing_behind(root: Path) -> None:
    assert left_behind("returned", root) < 15
