"""How well faces are followed, and at what cost, against a full scan of every frame.

Run as `python -m benchmarks.tracking FOLDER [--fps 10]` on a folder of recordings, each brought to fit 640×480. The
naive side scans every frame at full resolution (haarcascade_frontalface_default, scale 1.3, 5 neighbours); ours
analyses --fps frames a second and knows of the frames between only what it knew last. Printed for each recording:
frames; frames in which naive finds a face; the share of those at which a face is tracked (confirmed or not yet); the
share at which a confirmed face lies on one of naive's boxes (overlap 0.3); full scans of analysed frames; CPU
milliseconds a frame analysed by either; the share of naive's CPU time for the whole recording. Detection only.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from time import thread_time

import cv2
import numpy as np

from edge.config import FacesConfig
from edge.records import Box, Face, Image
from edge.vision.cascade import Cascade
from edge.vision.faces import SAME, FaceFinder
from edge.vision.motion import Motion
from edge.vision.tracking import Tracker

SUFFIXES = {".mp4", ".mov", ".mkv", ".avi", ".gif", ".webm"}


def frames(path: Path) -> Iterator[tuple[float, Image]]:
    """(seconds, grey) of every frame of a recording, resized to fit 640×480."""
    capture = cv2.VideoCapture(str(path))
    fps = capture.get(cv2.CAP_PROP_FPS) or 30.0
    number = 0
    while True:
        ok, picture = capture.read()
        if not ok:
            return
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        factor = min(640 / grey.shape[1], 480 / grey.shape[0])
        if abs(factor - 1) > 0.01:
            method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
            grey = np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=method), np.uint8)
        yield number / fps, grey
        number += 1


def measure(path: Path, fps: float) -> dict[str, float]:
    """The sums of one recording."""
    naive = Cascade("haarcascade_frontalface_default.xml")
    tracker, motion = Tracker(FacesConfig(), FaceFinder(FacesConfig())), Motion()
    sums = dict.fromkeys(("frames", "found", "tracked", "placed", "analysed", "full", "naive_s", "ours_s"), 0.0)
    faces: tuple[Face, ...] = ()
    due = 0.0
    for now, grey in frames(path):
        start = thread_time()
        found: list[Box] = naive.detect(grey, 1.3, 5, 24, min(grey.shape))
        sums["naive_s"] += thread_time() - start
        sums["frames"] += 1
        if now >= due - 1e-3:
            due = now + 1 / fps if now - due > 1 / fps else due + 1 / fps
            start = thread_time()
            tracks = tracker.step(grey, now, motion.look(grey, tracker.boxes))
            if tracks.scan == "full":
                motion.settle(tracker.boxes)
            sums["ours_s"] += thread_time() - start
            sums["analysed"] += 1
            sums["full"] += tracks.scan == "full"
            faces = tracks.faces
        if found:
            sums["found"] += 1
            sums["tracked"] += bool(faces)
            sums["placed"] += any(face.confirmed and face.box.overlap(box) > SAME for face in faces for box in found)
    return sums


def row(name: str, sums: dict[str, float]) -> str:
    found = max(1.0, sums["found"])
    return (
        f"| {name} | {sums['frames']:.0f} | {sums['found']:.0f} | {100 * sums['tracked'] / found:.1f} %"
        f" | {100 * sums['placed'] / found:.1f} % | {sums['full']:.0f} of {sums['analysed']:.0f}"
        f" | {1e3 * sums['naive_s'] / sums['frames']:.1f} | {1e3 * sums['ours_s'] / sums['analysed']:.2f}"
        f" | {100 * sums['ours_s'] / sums['naive_s']:.1f} % |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="How well faces are followed, and at what cost.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fps", type=float, default=10.0)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    print(
        "| recording | frames | naive finds | tracked | confirmed, in place | full scans | naive ms | ours ms | CPU |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    total: dict[str, float] = {}
    for path in sorted(arguments.folder.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            sums = measure(path, arguments.fps)
            total = {key: total.get(key, 0.0) + value for key, value in sums.items()}
            print(row(path.name, sums), flush=True)
    if total:
        print(row("all", total))


if __name__ == "__main__":
    main()
