"""The systems that are compared, each run in a process and a Python of its own by benchmarks.replaced_system.

`python -m benchmarks.contenders NAME [VIDEO]` reads a number from stdin, looks at that many frames more, and prints a
JSON line of what all frames so far came to; so on until there is nothing to read. Frames are decoded, and brought to
fit 640×480, outside the figures. What a contender needs is imported by its own function.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
#: Seconds on the recording's clock and a colour frame -> whether it was looked at, and how many frames more have had a
#: face, as far as the contender knows by now.
Loop = Callable[[float, Picture], tuple[bool, int]]

SIZE = (640, 480)
ROOM_SECONDS = 10


def moodcast() -> Loop:
    """The pipeline at its own pace: it decides which frames it looks at."""
    import os
    from random import Random

    from edge.camera.pixels import frame_of_bgr
    from edge.cli.recording import Tally
    from edge.config import Config
    from edge.pipeline import build_pipeline
    from edge.vision.model import load_model

    pipeline = build_pipeline(Config(), load_model(_named_model(os.environ)), Random(0))
    tally = Tally()

    def look(t: float, picture: Picture) -> tuple[bool, int]:
        due, before = pipeline.due(t), tally.frames_with_face
        frame = frame_of_bgr(t, picture)
        tally.count(frame, pipeline.process(frame, t) if due else None, 0.0)
        return due, tally.frames_with_face - before

    return look


def plain() -> Loop:
    """A full scan of every frame and one inference a face, with Moodcast's own model."""
    import os

    from edge.camera.pixels import frame_of_bgr
    from edge.cli.bench import PlainLoop
    from edge.vision.classifier import Classifier
    from edge.vision.model import load_model

    naive = PlainLoop(Classifier(load_model(_named_model(os.environ))))

    def look(t: float, picture: Picture) -> tuple[bool, int]:
        before = naive.frames_with_face
        naive.process(frame_of_bgr(t, picture))
        return True, naive.frames_with_face - before

    return look


def replaced() -> Loop:
    """The system Moodcast replaces: a full scan of every frame, then its four-block CNN through Keras' `predict`.

    Its weights are random: cost does not depend on them.
    """
    import keras
    from keras import layers

    blocks: list[Any] = []
    for filters in (128, 256, 512, 512):
        blocks += [layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D(2), layers.Dropout(0.4)]
    for units, share in ((512, 0.4), (256, 0.3)):
        blocks += [layers.Dense(units, activation="relu"), layers.Dropout(share)]
    blocks.insert(12, layers.Flatten())
    model = keras.Sequential([layers.Input((48, 48, 1)), *blocks, layers.Dense(7, activation="softmax")])
    cascades = Path(cv2.__file__).parent / "data"
    cascade = cv2.CascadeClassifier(str(cascades / "haarcascade_frontalface_default.xml"))
    model.predict(np.zeros((1, 48, 48, 1), np.float32), verbose=0)  # tracing is no part of a frame

    def look(t: float, picture: Picture) -> tuple[bool, int]:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        found = cascade.detectMultiScale(grey, 1.3, 5)
        for x, y, w, h in found:
            face = cv2.resize(grey[y : y + h, x : x + w], (48, 48)).reshape(1, 48, 48, 1) / 255.0
            model.predict(face, verbose=0)
        return True, len(found) > 0

    return look


def fer() -> Loop:
    """PyPI `fer` as its documentation uses it."""
    detector = import_module("fer.fer").FER()
    detector.detect_emotions(np.zeros((480, 640, 3), np.uint8))
    return lambda t, picture: (True, bool(detector.detect_emotions(picture)))


CONTENDERS: dict[str, Callable[[], Loop]] = {"moodcast": moodcast, "plain": plain, "replaced": replaced, "fer": fer}


def _named_model(environ: Any) -> Path | None:
    named = environ.get("MOODCAST_MODEL")
    return Path(named) if named else None


def pictures(video: str | None) -> Iterator[tuple[float, Picture]]:
    """(seconds, colour frame that fits 640×480) of a recording; without one the demo's portrait with noise."""
    if video is None:
        from benchmarks.scenes import FPS, Room

        room = Room()
        for number in range(4 * FPS, (4 + ROOM_SECONDS) * FPS):
            yield number / FPS, room.person(number).bgr()
        return
    capture = cv2.VideoCapture(video)
    fps = capture.get(cv2.CAP_PROP_FPS) or 30.0
    number = 0
    while True:
        ok, picture = capture.read()
        if not ok:
            return
        factor = min(SIZE[0] / picture.shape[1], SIZE[1] / picture.shape[0])
        if factor < 1:
            picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        yield number / fps, np.asarray(picture, np.uint8)
        number += 1


def rss_mib() -> float:
    """What this process holds."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main() -> None:
    cv2.setNumThreads(1)
    look = CONTENDERS[sys.argv[1]]()
    recording = pictures(sys.argv[2] if len(sys.argv) > 2 else None)
    frames = analysed = with_face = 0
    cpu, seconds = 0.0, 0.0
    for line in sys.stdin:
        for _ in range(int(line)):
            following = next(recording, None)
            if following is None:
                break
            start = time.process_time()
            looked, seen = look(*following)
            cpu += time.process_time() - start
            seconds = following[0]
            frames += 1
            analysed += looked
            with_face += seen
        said = {"frames": frames, "analysed": analysed, "frames_with_face": with_face, "t": seconds}
        print("contender " + json.dumps({**said, "cpu_seconds": cpu, "rss_mib": rss_mib()}), flush=True)


if __name__ == "__main__":
    main()
