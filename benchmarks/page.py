"""How soon the page answers: `python -m benchmarks.page`. The median of so many answers of a daemon whose camera is off
and that has a month of history: a change every six minutes, and every quarter of an hour. On a machine with other work
the figures are that work's too.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from edge.outputs.history import History
from edge.past import HistoryEntry, Quarter
from edge.records import ABSENT, LABELS
from tests.broker.mosquitto import free_port

PHOTO = Path(__file__).resolve().parent.parent / "edge" / "demo" / "grace_hopper.jpg"
PATHS = (
    "/",
    "/?span=month",
    "/day",
    "/day?span=week",
    "/day?span=month",
    "/wall",
    "/health",
    "/settings",
    "/api/status",
)
_MONTH_SECONDS, _CHANGE_SECONDS, _QUARTER_SECONDS = 30 * 86400.0, 360.0, 900.0


def fill(file: Path) -> int:
    """Writes a month of changes and quarters; returns how many changes."""
    history, now, moods = History(file, 40.0), time.time(), (*LABELS, ABSENT)
    count = int(_MONTH_SECONDS / _CHANGE_SECONDS)
    for number in range(count):
        at = now - (count - number) * _CHANGE_SECONDS
        history.add(HistoryEntry(at, moods[number % 8], moods[number % 8 - 1], 0.6, 1, None))
        if number % 500 == 0:
            history.flush()
    for number in range(int(_MONTH_SECONDS / _QUARTER_SECONDS)):
        history.add_quarter(Quarter((now // 900 - number) * _QUARTER_SECONDS, (60.0,) * len(LABELS)))
    history.close()
    return count


def seconds(request: urllib.request.Request | str) -> float:
    """Until the whole answer is here."""
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description="How soon the page answers with a month of history.")
    parser.add_argument("--count", type=int, default=20, help="answers of each kind")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        changes = fill(folder / "history.db")
        config = folder / "config.yaml"
        config.write_text(
            f"camera: {{locked_off: true}}\nmqtt: {{enabled: false}}\nweb: {{host: 127.0.0.1, port: {port}}}\n"
            f"history: {{path: {folder / 'history.db'}, days: 40}}\n"
        )
        command = [sys.executable, "-m", "edge", "run", "--source", "demo", "--config", str(config)]
        daemon = subprocess.Popen(command, env=os.environ | {"STATE_DIRECTORY": name}, stderr=subprocess.DEVNULL)
        try:
            home = f"http://127.0.0.1:{port}"
            wait_for(f"{home}/healthz")
            print(f"{changes} changes; median and longest of {args.count} answers, in ms")
            photo = urllib.request.Request(f"{home}/api/photo", PHOTO.read_bytes(), {"Content-Type": "image/jpeg"})
            for what, request in [(path, home + path) for path in PATHS] + [("a photo", photo)]:
                seconds(request)  # the first compiles templates, or starts the photo's process
                took = []
                for _ in range(args.count):
                    time.sleep(0.3)  # fewer at once than one visitor may ask for
                    took.append(1000 * seconds(request))
                print(f"{what:16} {statistics.median(took):7.1f} {max(took):7.1f}", flush=True)
        finally:
            daemon.terminate()
            daemon.wait(20)


def wait_for(address: str) -> None:
    while True:
        try:
            seconds(address)
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)


if __name__ == "__main__":
    main()
