"""What is counted, run inside the arm64 userland: `python -m benchmarks.arm64.guest`, $MOODCAST_MODEL naming the model.

The recording is the demo's, in code: a portrait swaying before a wall, 640×480 at 30 frames a second, with a sensor's
noise; no file is needed and every run sees the same pixels. Prints a JSON object: `sections`, the name of each counted
stretch in their order, and how the recordings went.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np

from benchmarks.scenes import FPS, Room
from edge.cli.bench import PlainLoop
from edge.config import Config
from edge.mood.expression import ExpressionFilter
from edge.mood.room import RoomMood
from edge.pipeline import build_pipeline
from edge.records import Box
from edge.vision.classifier import Classifier
from edge.vision.faces import FaceFinder
from edge.vision.model import Model, load_model
from edge.vision.motion import Motion
from edge.vision.preprocess import crop
from edge.vision.quality import measure_quality

EMPTY_SECONDS = 20
PERSON_SECONDS = 10
PLAIN_EVERY = 60  # frames of the person's recording; the plain loop does the same to each
REPEATS = 3


class Sections:
    """Counted stretches of the program: the emulator's plugin prints the total at each end."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @contextmanager
    def count(self, name: str) -> Iterator[None]:
        self.names.append(name)
        number = 2 * len(self.names)
        _mark(number)
        yield
        _mark(number + 1)

    def measure(self, name: str, work: Callable[[], object]) -> None:
        """`work`, once to warm up and then a few times."""
        work()
        for _ in range(REPEATS):
            with self.count(name):
                work()


def _mark(number: int) -> None:
    with suppress(OSError):
        os.lseek(-1, number, os.SEEK_SET)


def parts(sections: Sections, model: Model, box: Box) -> None:
    """Each part of a look, alone."""
    config = Config()
    frame = Room().person(4 * FPS)
    grey, finder, motion, classifier = frame.grey(), FaceFinder(config.faces), Motion(), Classifier(model)
    face = crop(grey, box, model.input)
    elements = np.zeros(model.runtime.input.shape, model.runtime.input.dtype)
    motion.compare(grey)
    motion.set_reference()
    sections.measure("nothing", lambda: None)
    sections.measure("full scan", lambda: finder.scan(grey))
    sections.measure("near scan", lambda: finder.find_near(grey, box))
    sections.measure("second opinion", lambda: finder.count_support(grey, box))
    sections.measure("motion", lambda: motion.compare(grey))
    sections.measure("crop", lambda: crop(grey, box, model.input))
    sections.measure("quality", lambda: measure_quality(face, box))
    sections.measure("inference", lambda: model.runtime.run(elements))
    sections.measure("classify", lambda: classifier.classify_crop(face))
    expressions, moods = ExpressionFilter(config.mood), RoomMood(config.mood)
    sections.measure("mood", lambda: moods.update(expressions.update((), 0.0)[0], 0, 0.0))
    bgr = frame.bgr()
    sections.measure("grey", lambda: cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY))


def recording(sections: Sections, model: Model, kind: str) -> dict[str, Any]:
    """Every frame of a recording at its own rate, as `replay` plays it; frames are made outside the count."""
    pipeline, room = build_pipeline(Config(), model, Random(0)), Room()
    frame_of, first, seconds = (room.person, 4, PERSON_SECONDS) if kind == "person" else (room.empty, 10, EMPTY_SECONDS)
    if kind == "empty":  # a room that has been empty for a while
        for number in range(first * FPS):
            frame = frame_of(number)
            if pipeline.due(frame.t):
                pipeline.process(frame, frame.t)
    frames = analysed = with_face = 0
    box = None
    for number in range(first * FPS, (first + seconds) * FPS):
        frame = frame_of(number)
        frames += 1
        with sections.count(f"{kind}: skipped"):
            due = pipeline.due(frame.t)
        if not due:
            with_face += box is not None
            continue
        sections.names[-1] = f"{kind}: due"
        frame.bgr()
        with sections.count(f"{kind}: analysed"):
            reading = pipeline.process(frame, frame.t)
        sections.names[-1] = f"{kind}: {'full' if reading.scan == 'full' else 'near' if reading.faces else 'empty'}"
        analysed += 1
        box = next((face.box for face in reading.faces if face.confirmed), None)
        with_face += box is not None
    full = sections.names.count(f"{kind}: full")
    counted = {"frames": frames, "seconds": seconds, "analysed": analysed, "full_scans": full, "with_face": with_face}
    return {**counted, "box": box and [box.x, box.y, box.w, box.h]}


def plain(sections: Sections, model: Model) -> dict[str, Any]:
    """The plain loop on some frames of the person's recording."""
    naive, room = PlainLoop(Classifier(model)), Room()
    naive.process(room.person(4 * FPS))
    naive.frames = naive.frames_with_face = 0
    for number in range(4 * FPS, (4 + PERSON_SECONDS) * FPS, PLAIN_EVERY):
        frame = room.person(number)
        frame.bgr()
        with sections.count("plain"):
            naive.process(frame)
    return {"frames": naive.frames, "with_face": naive.frames_with_face}


def main() -> None:
    cv2.setNumThreads(1)
    model = load_model(Path(os.environ["MOODCAST_MODEL"]))
    sections = Sections()
    person = recording(sections, model, "person")
    parts(sections, model, Box(*person["box"]))
    result = {
        "model": model.name,
        "person": person,
        "empty": recording(sections, model, "empty"),
        "plain": plain(sections, model),
        "sections": sections.names,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
