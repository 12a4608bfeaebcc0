"""How long the daemon takes from its start to the first mood, and where that goes.

python -m benchmarks.start [--json FILE]

First the daemon itself, as a process with its page and without a broker, on a recording in which a person is in view
from the first frame, asked until it names a mood. Then its phases one after the other in a single thread. Wall seconds
hold on an idle machine only; on a busy one the sum of CPU seconds and the recording's own says more.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import cv2

from benchmarks.memory import ROOT, free_port, process
from benchmarks.scenes import FPS, Room
from edge.records import LABELS

GOAL_SECONDS = 2.0
_RECORDED_SECONDS = 6


def record(path: Path) -> None:
    """A video in which the portrait hangs all the time."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (640, 480))
    room = Room()
    for number in range(4 * FPS, (4 + _RECORDED_SECONDS) * FPS):
        writer.write(room.person(number).bgr())
    writer.release()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def daemon(video: Path, home: Path) -> dict[str, float]:
    """Wall and CPU seconds from the start of the process to its page's first answer, and to the first mood there."""
    port = free_port()
    config = home / "config.yaml"
    config.write_text("mqtt: {enabled: false}\ncamera: {loop: true}\n")
    environ = {**os.environ, "HOME": str(home), "MOODCAST_WEB_PORT": str(port), "MOODCAST_WEB_HOST": "127.0.0.1"}
    command = [sys.executable, "-m", "edge", "run", "--source", str(video), "--config", str(config)]
    found: dict[str, float] = {}
    start = time.monotonic()
    with process(command, environ) as running:
        while time.monotonic() - start < 60 and running.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status", timeout=5) as answer:
                    mood = json.load(answer)["mood"]
            except OSError:
                mood = None
            seconds = {"wall": time.monotonic() - start, "cpu": cpu_seconds(running.pid)}
            for event, happened in (("page", mood is not None), ("mood", mood in LABELS)):
                if happened and f"{event}_wall" not in found:
                    found |= {f"{event}_{kind}": round(value, 2) for kind, value in seconds.items()}
            if "mood_wall" in found:
                return found
            time.sleep(0.02)
    raise TimeoutError(f"no mood within a minute, or the daemon ended; by hand: {' '.join(command)}")


def main() -> int:
    parser = argparse.ArgumentParser(description="From the daemon's start to the first mood.")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "person.avi"
        record(video)
        whole = daemon(video, Path(folder))
        environ = {**os.environ, "MOODCAST_STARTED": str(time.monotonic())}
        child = [sys.executable, "-m", "benchmarks.start_phases", str(video)]
        done = subprocess.run(child, cwd=ROOT, env=environ, check=True, capture_output=True, text=True)
    steps: list[tuple[str, float, float]] = json.loads(done.stdout.splitlines()[-1])
    print("| | wall s | CPU s |\n|---|---|---|")
    print(f"| **daemon: page answers** | {whole['page_wall']:.2f} | {whole['page_cpu']:.2f} |")
    print(f"| **daemon: first mood** | {whole['mood_wall']:.2f} | {whole['mood_cpu']:.2f} |")
    for phase, wall, cpu in steps:
        print(f"| {phase} | {wall:.2f} | {cpu:.2f} |")
    if arguments.json:
        result: dict[str, Any] = {"daemon": whole, "phases": steps}
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    print(f"goal: a mood within {GOAL_SECONDS:g} s; {'met' if whole['mood_wall'] <= GOAL_SECONDS else 'not met here'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
