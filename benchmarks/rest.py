"""Whether a face should be read against its own calm: what a small frown of somebody who never frowns would gain.

`python -m benchmarks.rest --media FOLDER VIDEO...`: five looks a second at the largest face of each video. The face's
calm is the mean of its calm looks in the first third. Each look is read twice: as it is, and with the log odds of each
label against neutral raised by what this calm has less of it than calm faces in general (`edge.mood.baseline.CALM`), up
to LIMIT. Printed: the looks called neutral both ways, and how many of those that `segments.csv` labels are right.
"""

import argparse
import math
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.crop import FRAMES_PER_SECOND, rows
from edge.config import FacesConfig
from edge.mood.baseline import CALM
from edge.records import LABELS
from edge.vision.classifier import Classifier
from edge.vision.faces import FaceFinder
from edge.vision.model import load_model
from edge.vision.preprocess import crop

LIMIT = 1.2
FLOOR = 1e-4
NEUTRAL = LABELS.index("neutral")
Scores = npt.NDArray[np.float64]


def looks(path: Path, classifier: Classifier, finder: FaceFinder) -> list[tuple[float, Scores]]:
    """(seconds, scores [7]) of the largest face, where there is one."""
    capture, found, number = cv2.VideoCapture(str(path)), [], -1
    fps = capture.get(cv2.CAP_PROP_FPS)
    while (read := capture.read())[0]:
        number += 1
        if number % max(1, round(fps / FRAMES_PER_SECOND)) == 0:
            grey = np.asarray(cv2.cvtColor(read[1], cv2.COLOR_BGR2GRAY), np.uint8)
            for box in finder.full(grey)[:1]:
                scores = classifier.classify_crop(crop(grey, box, classifier.input)).scores
                found.append((number / fps, np.array(scores)))
    return found


def odds(scores: Scores) -> Scores:
    """Natural log odds of each label against neutral."""
    return np.asarray(np.log(np.maximum(scores, FLOOR) / max(float(scores[NEUTRAL]), FLOOR)))


def raised(scores: Scores, rest: Scores) -> Scores:
    """The scores read against the calm face `rest`."""
    return np.asarray(scores * np.exp(np.clip(odds(np.array(CALM)) - odds(rest), 0.0, LIMIT)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Whether a face should be read against its own calm.")
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("videos", type=Path, nargs="+")
    arguments = parser.parse_args()
    classifier, finder = Classifier(load_model(None)), FaceFinder(FacesConfig())
    segments = rows(arguments.media / "segments.csv")
    print("| | looks | neutral | neutral, against its rest | labelled right | so, against its rest |")
    print("|---|---|---|---|---|---|")
    for video in arguments.videos:
        found = looks(video, classifier, finder)
        calm = [scores for _, scores in found[: math.ceil(len(found) / 3)] if int(scores.argmax()) == NEUTRAL]
        if not calm:
            print(f"| {video.name} | {len(found)} | no calm look in its first third |")
            continue
        rest = np.mean(calm, axis=0)
        said = [[LABELS[int(each.argmax())] for each in (scores, raised(scores, rest))] for _, scores in found]
        mine = [row for row in segments if row["file"].endswith(video.name) and row["label"] in LABELS]
        cells = [f"{sum(pair[way] == 'neutral' for pair in said)}" for way in (0, 1)]
        right, labelled = [0, 0], 0
        for (t, _), pair in zip(found, said, strict=True):
            for row in mine:
                if float(row["t0"]) <= t <= float(row["t1"]):
                    labelled += 1
                    right = [right[way] + (pair[way] == row["label"]) for way in (0, 1)]
        cells += [f"{count} of {labelled}" for count in right]
        print(f"| {video.name} | {len(found)} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
