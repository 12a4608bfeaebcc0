"""What a model says of faces on a device's own media, class by class.

Run on a folder of labelled media (as `benchmarks/crop.py` describes it) as
`python -m benchmarks.media --media FOLDER [MODEL.tflite ...]`. Printed for each class: photos right of all, and the
video frames right of all, five a second; one look at a time, before anything is smoothed.
"""

import argparse
from collections import Counter
from pathlib import Path

import cv2

from benchmarks.crop import photo_looks, video_looks
from edge.config import FacesConfig
from edge.records import LABELS
from edge.vision.classifier import Classifier
from edge.vision.faces import FaceFinder
from edge.vision.model import load_model
from edge.vision.photo import Photos
from edge.vision.preprocess import crop


def main() -> None:
    parser = argparse.ArgumentParser(description="What a model says of a device's own media, class by class.")
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("models", type=Path, nargs="*", metavar="MODEL.tflite", help="(default: the shipped one)")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    models = [load_model(path) for path in arguments.models or [None]]
    looks = [
        [(label, grey, box) for _, label, grey, box in found]
        for found in (
            photo_looks(arguments.media, Photos(models[0])),
            video_looks(arguments.media, FaceFinder(FacesConfig())),
        )
    ]
    for model in models:
        classifier = Classifier(model)
        right, seen = [Counter[str](), Counter[str]()], [Counter[str](), Counter[str]()]
        for kind, found in enumerate(looks):
            for label, grey, box in found:
                seen[kind][label] += 1
                right[kind][label] += classifier.classify_crop(crop(grey, box, model.input)).label == label
        print(f"model {model.name}")
        print("| | photos right | video frames right |\n|---|---|---|")
        for label in LABELS:
            cells = [f"{right[kind][label]} of {seen[kind][label]}" if seen[kind][label] else "–" for kind in (0, 1)]
            print(f"| {label} | {' | '.join(cells)} |")
        totals = [f"{right[kind].total()} of {seen[kind].total()}" for kind in (0, 1)]
        print(f"| all | {' | '.join(totals)} |\n")


if __name__ == "__main__":
    main()
