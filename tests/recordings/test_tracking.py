"""The goal of tracking on real recordings: a face is known wherever a full scan of that frame finds one."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config import FacesConfig
from edge.records import Face, Image
from edge.vision.cascade import Cascade
from edge.vision.faces import SAME, FaceFinder
from edge.vision.motion import Motion
from edge.vision.tracking import Tracker

pytestmark = pytest.mark.bench

FPS = 10.0


def frames(path: Path) -> Iterator[tuple[float, Image]]:
    """(seconds, grey) of every frame of a recording, resized to fit 640×480."""
    capture = cv2.VideoCapture(str(path))
    fps, number = capture.get(cv2.CAP_PROP_FPS) or 30.0, 0
    while (read := capture.read())[0]:
        grey = cv2.cvtColor(read[1], cv2.COLOR_BGR2GRAY)
        factor = min(640 / grey.shape[1], 480 / grey.shape[0])
        method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        yield number / fps, np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=method), np.uint8)
        number += 1


def follow(path: Path) -> Counter[str]:
    """Counts of frames: in which a full scan at full resolution finds a face (`found`), of these those in which one is
    tracked, and those in which a confirmed one is in the same place (`placed`); of looks, ten a second, and of their
    full scans. Between two looks is known what was known at the last."""
    naive, tracker, motion = (
        Cascade("haarcascade_frontalface_default.xml"), Tracker(FacesConfig(), FaceFinder(FacesConfig())), Motion()
    )  # fmt: skip
    counts: Counter[str] = Counter()
    faces: tuple[Face, ...] = ()
    due = 0.0
    for now, grey in frames(path):
        found = naive.detect(grey, 1.3, 5, 24, min(grey.shape))
        if now >= due - 1e-3:
            due = 1 / FPS + (now if now - due > 1 / FPS else due)
            tracks = tracker.update(grey, now, motion.compare(grey, tracker.boxes))
            if tracks.scan == "full":
                motion.set_reference(tracker.boxes)
            counts["looks"] += 1
            counts["full scans"] += tracks.scan == "full"
            faces = tracks.faces
        if found:
            counts["found"] += 1
            counts["tracked"] += bool(faces)
            counts["placed"] += any(face.confirmed and face.box.overlap(box) > SAME for face in faces for box in found)
    return counts


def test_at_98_of_100_moments_at_which_a_full_scan_finds_a_face_one_is_tracked(shared: Path) -> None:
    recordings = [path for path in sorted((shared / "media" / "videos").iterdir()) if path.name[0] != "."]
    assert recordings
    for path in recordings:
        counts = follow(path)
        print(path.name, dict(counts))
        assert counts["tracked"] >= 0.98 * counts["found"], path.name
        assert counts["full scans"] < 0.5 * counts["looks"], path.name
