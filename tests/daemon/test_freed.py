"""Large blocks go back to the system when they are freed, whatever was allocated after them."""

import os
import subprocess
import sys
from pathlib import Path

CHURN = """
from edge.daemon.memory import set_up_memory
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
set_up_memory()
before, kept = resident(), []
for _ in range(8):
    large = [bytearray(b"x") * (20 << 20) for _ in range(2)]
    kept.append(bytearray(b"x") * 100_000)  # lies behind them
    del large
print(resident() - before)
"""


def test_large_blocks_leave_nothing_behind(root: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", CHURN]
    left = float(subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout)
    assert left < 15, "MiB; without it they are 40"
