"""What an empty room costs at the default settings: the share of one core that Moodcast takes there.

python -m benchmarks.empty_room [--seconds 60] [--json FILE]

Two answers. The pipeline on a recording of an empty wall with a sensor's noise, a minute of it once it has been empty
for ten seconds, and beside it in the same run the plain loop on a frame of every second of it. Then the whole daemon,
page and MQTT client included, for as long, on pictures of that wall: everything but what the camera itself takes.
CPU time of this machine over real (or recorded) time: a slower CPU takes a larger share, in the proportion that the
plain loop shows. Contention makes CPU time longer too.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import cv2

from benchmarks.memory import free_port, mosquitto, process, reach
from benchmarks.scenes import FPS, Room
from benchmarks.start import cpu_seconds
from edge.cli.bench import Naive
from edge.config import Config
from edge.pipeline import build_pipeline
from edge.vision.classifier import Classifier
from edge.vision.model import load_model

GOAL_SHARE = 0.01
SETTLE_SECONDS = 10


def pipeline_alone(seconds: int, model_path: Path | None) -> dict[str, float]:
    """Shares of a core (CPU seconds a second of recording) of the pipeline and of the plain loop; looks a second."""
    pipeline = build_pipeline(Config(), load_model(model_path), Random(0))
    naive, room = Naive(Classifier(load_model(model_path))), Room()
    looks, cpu = 0, 0.0
    for number in range((SETTLE_SECONDS + seconds) * FPS):
        settled = number >= SETTLE_SECONDS * FPS
        frame = room.empty(number)
        start = time.process_time()
        due = pipeline.due(frame.t)
        cpu += (time.process_time() - start) * settled
        if due:
            frame.bgr()  # painted outside the figure
            start = time.process_time()
            pipeline.step(frame, frame.t)
            cpu += (time.process_time() - start) * settled
            looks += settled
        if settled and number % FPS == 0:
            naive.look(frame)
    return {
        "share": round(cpu / seconds, 5),
        "looks_per_second": round(looks / seconds, 2),
        "plain_share": round(naive.cpu_seconds / naive.frames * FPS, 3),
    }


def whole_daemon(seconds: int) -> float:
    """The daemon's CPU seconds per second in front of a wall, once it has settled."""
    with tempfile.TemporaryDirectory() as folder:
        home, port, broker_port = Path(folder), free_port(), free_port()
        wall = home / "wall"
        wall.mkdir()
        room = Room()
        for number in range(4):
            cv2.imwrite(str(wall / f"{number}.jpg"), room.empty(number).bgr())
        config = home / "config.yaml"
        config.write_text("camera: {loop: true}\n")
        local = {"HOME": folder, "MOODCAST_WEB_HOST": "127.0.0.1", "MOODCAST_MQTT_HOST": "127.0.0.1"}
        environ = {**os.environ, **local, "MOODCAST_WEB_PORT": str(port), "MOODCAST_MQTT_PORT": str(broker_port)}
        command = [sys.executable, "-m", "edge", "run", "--source", str(wall), "--config", str(config)]
        with mosquitto(broker_port, environ), process(command, environ) as daemon:
            reach(f"http://127.0.0.1:{port}/healthz")
            time.sleep(SETTLE_SECONDS)
            before, start = cpu_seconds(daemon.pid), time.monotonic()
            time.sleep(seconds)
            return round((cpu_seconds(daemon.pid) - before) / (time.monotonic() - start), 5)


def main() -> int:
    parser = argparse.ArgumentParser(description="What an empty room costs.")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    named = os.environ.get("MOODCAST_MODEL")
    found = pipeline_alone(arguments.seconds, Path(named) if named else None)
    found["daemon_share"] = whole_daemon(arguments.seconds)
    print("| an empty room | of one core |\n|---|---|")
    print(f"| the pipeline, {found['looks_per_second']} looks a second | {found['share']:.2%} |")
    print(f"| the whole daemon, without the camera | {found['daemon_share']:.2%} |")
    print(f"| the plain loop, {FPS} frames a second | {found['plain_share']:.0%} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    met = found["daemon_share"] < GOAL_SHARE
    print(f"goal: less than {GOAL_SHARE:.0%} of a core; {'met' if met else 'missed'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
