"""What a frame costs, beside the plain loop: a full scan of every frame and one inference a face."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from edge.cli.recording import Tally, play
from edge.pipeline import Pipeline
from edge.records import Frame
from edge.vision.cascade import Cascade
from edge.vision.classifier import Classifier

NAIVE_SIZE = (640, 480)
NAIVE_SCALE = 1.3
NAIVE_NEIGHBOURS = 5


@dataclass
class PlainLoop:
    """The loop of most such projects, on the same model and the same frames."""

    classifier: Classifier
    frames: int = 0
    frames_with_face: int = 0
    cpu_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._cascade = Cascade("haarcascade_frontalface_default.xml")

    def process(self, frame: Frame) -> None:
        colour = frame.bgr()  # decoding is not measured, as on the other side
        start = time.process_time()
        grey = np.asarray(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY), np.uint8)
        if (frame.width, frame.height) != NAIVE_SIZE:
            grey = np.asarray(cv2.resize(grey, NAIVE_SIZE), np.uint8)
        found = self._cascade.detect(grey, NAIVE_SCALE, NAIVE_NEIGHBOURS, 1, max(grey.shape))
        for box in found:
            self.classifier.classify(grey, box)
        self.cpu_seconds += time.process_time() - start
        self.frames += 1
        self.frames_with_face += len(found) > 0


def bench(frames: Iterator[Frame], pipeline: Pipeline, classifier: Classifier, rss_mib: float) -> dict[str, Any]:
    """Plays `frames` through both loops; the result as the command line prints it.

    `cpu_ms_…` are of this process, all threads together, without decoding; `stages_ms` are means over the analysed
    frames (`classify`: crop, quality and inference). `frames_with_face` is `Tally`'s; the plain loop's are those in
    which it found a face, rightly or not. `rss_mib` is the process's memory with everything loaded.
    """
    naive, tally = PlainLoop(classifier), Tally()

    def run_plain_loop() -> Iterator[Frame]:
        for frame in frames:
            naive.process(frame)
            yield frame

    for _ in play(run_plain_loop(), pipeline, tally):
        pass
    analysed = max(tally.analysed, 1)
    return {
        "frames": tally.frames,
        "seconds": round(tally.seconds, 3),
        "cpu_ms_per_frame": round(tally.cpu_ms_per_frame, 3),
        "cpu_ms_per_analysed_frame": round(tally.cpu_ms_per_analysed_frame, 3),
        "frames_with_face": tally.frames_with_face,
        "full_scan_share": round(tally.scans["full"] / analysed, 4),
        "rss_mib": round(rss_mib, 1),
        "stages_ms": {stage: round(ms / analysed, 3) for stage, ms in sorted(tally.stages_ms.items())},
        "naive": {
            "cpu_ms_per_frame": round(naive.cpu_seconds * 1000 / max(naive.frames, 1), 3),
            "frames_with_face": naive.frames_with_face,
        },
    }


def table(result: dict[str, Any]) -> str:
    """The same for people."""
    naive = result["naive"]
    ours, plain = result["cpu_ms_per_frame"], naive["cpu_ms_per_frame"]
    # All CPU time is spent on analysed frames, so the ratio of the two means is the share that was analysed.
    analysed = result["frames"] * ours / (result["cpu_ms_per_analysed_frame"] or 1)
    rate = analysed / (result["seconds"] or 1)
    stages = ", ".join(f"{name} {ms:.2f}" for name, ms in result["stages_ms"].items())
    return "\n".join(
        [
            f"{result['frames']} frames, {result['seconds']:.1f} s, {rate:.1f} looked at a second",
            "                       Moodcast   full scan of every frame",
            f"CPU ms a frame       {ours:10.2f} {plain:10.2f}   ({plain / ours if ours else 0:.0f} times less)",
            f"CPU ms, if analysed  {result['cpu_ms_per_analysed_frame']:10.2f} {plain:10.2f}",
            f"frames with a face   {result['frames_with_face']:10} {naive['frames_with_face']:10}",
            f"full scans: {result['full_scan_share']:.1%} of the analysed frames; memory {result['rss_mib']:.0f} MiB",
            f"ms per analysed frame, by stage: {stages}",
        ]
    )
