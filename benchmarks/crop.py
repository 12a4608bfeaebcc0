"""Which crop around the detector's box a model reads best.

Run on a folder of labelled media as `python -m benchmarks.crop --media FOLDER [--model FILE.tflite]`. FOLDER has
`index.csv` (columns file, label: the photos whose label is one of the seven) and `segments.csv` (file, t0, t1, label:
labelled seconds of videos). Every crop sees the same detector boxes; the largest face counts. Printed for each crop:
photos right of all, share of the labelled video frames right (the mean over the segments, so that a long one does not
outweigh the rest), and the mean log probability of the right label over both, photos and segments counting alike.
"""

import argparse
import csv
import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from edge.config import FacesConfig
from edge.picture import read_picture
from edge.records import LABELS, Box, Image
from edge.vision.classifier import Classifier
from edge.vision.faces import FaceFinder
from edge.vision.model import load_model
from edge.vision.photo import Photos
from edge.vision.preprocess import crop

MARGINS = (-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2)
LIFTS = (-0.08, -0.04, 0.0, 0.04, 0.08)
FRAMES_PER_SECOND = 5.0


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def photo_looks(media: Path, photos: Photos) -> Iterator[tuple[str, str, Image, Box]]:
    """(name, label, grey, box) of the largest face of each labelled photo."""
    for row in rows(media / "index.csv"):
        path = media / row["file"]
        if row["label"] not in LABELS or path.suffix.lower() not in {".jpg", ".jpeg", ".png"}:
            continue
        grey = np.asarray(cv2.cvtColor(read_picture(path), cv2.COLOR_BGR2GRAY), np.uint8)
        boxes = photos.find(grey)
        if boxes:
            yield row["file"], row["label"], grey, boxes[0]
        else:
            print(f"no face found: {row['file']}")


def video_looks(media: Path, finder: FaceFinder) -> Iterator[tuple[str, str, Image, Box]]:
    """(segment, label, grey, box) of the largest face of FRAMES_PER_SECOND frames of each labelled segment."""
    segments = [row for row in rows(media / "segments.csv") if row["label"] in LABELS]
    for name in sorted({row["file"] for row in segments}):
        mine = [(float(row["t0"]), float(row["t1"]), row["label"]) for row in segments if row["file"] == name]
        capture = cv2.VideoCapture(str(media / name))
        fps = capture.get(cv2.CAP_PROP_FPS)
        number = -1
        while True:
            ok, picture = capture.read()
            number += 1
            if not ok:
                break
            if number % max(1, round(fps / FRAMES_PER_SECOND)):
                continue
            t = number / fps
            for t0, t1, label in mine:
                if t0 <= t <= t1:
                    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
                    boxes = finder.full(grey)
                    if boxes:
                        yield f"{name} {t0:g}-{t1:g}", label, grey, boxes[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="Which crop around the detector's box a model reads best.")
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=None)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model = load_model(arguments.model)
    classifier = Classifier(model)
    stills = list(photo_looks(arguments.media, Photos(model)))
    moving = list(video_looks(arguments.media, FaceFinder(FacesConfig())))
    print(f"model {model.name}; {len(stills)} photos, {len(moving)} video frames")
    print("| margin | lift | photos right | video frames right | mean log probability |")
    print("|---|---|---|---|---|")
    for margin in MARGINS:
        for lift in LIFTS:
            right: dict[str, list[bool]] = defaultdict(list)
            logs: dict[str, list[float]] = defaultdict(list)
            for name, label, grey, box in (*stills, *moving):
                said = classifier.classify_crop(crop(grey, box, model.input, margin, lift))
                right[name].append(said.label == label)
                logs[name].append(math.log(max(said.scores[LABELS.index(label)], 1e-3)))
            photos_right = sum(right[name][0] for name, *_ in stills)
            segments = [name for name in right if name not in {name for name, *_ in stills}]
            video = float(np.mean([np.mean(right[name]) for name in segments])) if segments else math.nan
            log = float(np.mean([np.mean(values) for values in logs.values()]))
            print(f"| {margin:+.2f} | {lift:+.2f} | {photos_right} | {video:.3f} | {log:.3f} |", flush=True)


if __name__ == "__main__":
    main()
