"""What a frame costs, beside the plain loop: a full scan of every frame and one inference a face."""

import time
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from edge.cli.recording import Recording, Tally, play
from edge.pipeline import Pipeline
from edge.records import Frame
from edge.vision.cascade import Cascade
from edge.vision.classifier import Classifier

NAIVE_SIZE = (640, 480)
NAIVE_SCALE = 1.3
NAIVE_NEIGHBOURS = 5


@dataclass
class Naive:
    """The loop that most such projects run, on the same model and the same frames."""

    classifier: Classifier
    frames: int = 0
    frames_with_face: int = 0
    cpu_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._cascade = Cascade("haarcascade_frontalface_default.xml")

    def look(self, frame: Frame) -> None:
        colour = frame.bgr()  # decoding stays outside the figure, as on the other side
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


class Shared:
    """Hands each frame of a recording to the plain loop too, so that both see the same in one run."""

    def __init__(self, source: Recording, naive: Naive, most: int | None) -> None:
        self._source, self._naive, self._left = source, naive, most

    def read(self) -> Frame | None:
        if self._left == 0 or (frame := self._source.read()) is None:
            return None
        if self._left is not None:
            self._left -= 1
        self._naive.look(frame)
        return frame


def bench(
    source: Recording, pipeline: Pipeline, classifier: Classifier, rss_mib: float, most: int | None
) -> dict[str, Any]:
    """Plays `source` (at most `most` frames) through both loops; the result as the command line prints it.

    `cpu_ms_…` are of this process, all threads together, decoding left out on both sides; `stages_ms` are means over
    the frames that were looked at, of what `vision.look` says of each (`classify`: crop, quality and inference).
    `frames_with_face` is `Tally`'s, as in `replay`; the plain loop's are those in which it found one, wrongly or not.
    `rss_mib` is what the process held with everything loaded, before the recording began.
    """
    naive, tally = Naive(classifier), Tally()
    for _ in play(Shared(source, naive, most), pipeline, tally):
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
    # CPU over all frames is the analysed ones': their ratio is the share that was analysed.
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
