"""The daemon's start, step by step in one thread: `python -m benchmarks.start_phases VIDEO`, as benchmarks.start does.

Imports nothing at its top that costs anything, for imports are what it times. $MOODCAST_STARTED is the monotonic clock
at the start of the process. Prints a JSON list of (phase, wall seconds, CPU seconds).
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path


def phases(video: Path) -> Iterator[tuple[str, float, float]]:
    """(phase, wall seconds, CPU seconds) of what the daemon does at its start, in this process."""
    wall, cpu = float(os.environ["MOODCAST_STARTED"]), 0.0

    def lap(phase: str) -> tuple[str, float, float]:
        nonlocal wall, cpu
        before = wall, cpu
        wall, cpu = time.monotonic(), time.process_time()
        return phase, wall - before[0], cpu - before[1]

    yield lap("Python")
    import_module("numpy")
    yield lap("import numpy")
    import_module("edge.cli.commands")
    yield lap("import what every command needs (OpenCV, YAML, …)")
    import_module("edge.app")
    yield lap("import what the daemon needs (MQTT, SQLite, …)")
    import_module("edge.daemon.website")
    yield lap("import the page (Flask, waitress)")
    from random import Random

    from edge.camera.opening import open_source
    from edge.config import load
    from edge.pipeline import build_pipeline
    from edge.records import LABELS
    from edge.vision.model import load_model

    config = load(None, {})
    yield lap("configuration")
    model = load_model(config.model.path or _named_model(), config.model.threads)
    yield lap("model")
    pipeline = build_pipeline(config, model, Random(0))
    yield lap("cascades and pipeline")
    source = open_source(config.camera, str(video))
    frame = source.read()
    assert frame is not None
    frame.grey()
    yield lap("camera (here a video) and first frame")
    first = frame.t
    pipeline.step(frame, frame.t)
    yield lap("first look (a full scan)")
    while (frame := source.read()) is not None:
        if pipeline.due(frame.t) and pipeline.step(frame, frame.t).mood.label in LABELS:
            yield lap(f"looks until a mood is sure ({frame.t - first:.2f} s of the recording, decoding included)")
            break
    source.close()


def _named_model() -> Path | None:
    named = os.environ.get("MOODCAST_MODEL")
    return Path(named) if named else None


if __name__ == "__main__":
    print(json.dumps(list(phases(Path(sys.argv[1])))))
