"""Whether a face should be turned upright or given other contrast before the model sees it.

`python -m benchmarks.preparation --media FOLDER --data fer2013.zip --votes ferplus.csv [--model FILE.tflite]`
(requirements-edge.txt and requirements-train.txt in one venv). Every preparation is given the same boxes: those of the
media (`benchmarks.crop` says what is in the folder and how it counts) and PublicTest's faces on which a crowd of ten
agrees, which are crops already, in full light and in a tenth of it. Where eyes are asked for and not both are found,
the face stays as it is. The model was trained on faces as they are: what is measured is what a preparation does to it,
not to one trained on prepared faces.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.crop import photo_looks, video_looks
from benchmarks.room import dark
from edge.config import FacesConfig
from edge.records import LABELS, Box, Image
from edge.vision.faces import FaceFinder
from edge.vision.model import load_model
from edge.vision.photo import Photos
from edge.vision.preprocess import InputSpec, crop
from train.data import load
from train.load import Predictor, predictor
from train.votes import majority

LARGE = InputSpec(144, 144, 0.0, 1.0)
"""The crop in which eyes are looked for: OpenCV's eye cascade wants them 20 pixels wide."""
SMALL = InputSpec(48, 48, 0.0, 1.0)
Eyes = tuple[tuple[float, float], tuple[float, float]]
Prepared = Callable[[Image, Image], Image]


@dataclass(frozen=True)
class Look:
    """A face as the model is shown it, and as large as the eyes' cascade wants it, cut at the same place."""

    name: str
    label: int
    face: Image
    large: Image


class EyeFinder:
    """OpenCV's `haarcascade_eye` on the upper part of a face, and which two of its hits are the eyes."""

    def __init__(self) -> None:
        self._cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_eye.xml"))

    def find(self, large: Image) -> Eyes | None:
        """The middles (x, y) of the left and the right one in the picture, shares of its side; None without both."""
        side = LARGE.width
        hits = self._cascade.detectMultiScale(large[: side * 3 // 5], 1.1, 4, minSize=(18, 18), maxSize=(60, 60))
        middles = [((x + w / 2) / side, (y + h / 2) / side, int(w)) for x, y, w, h in hits]
        left = max((hit for hit in middles if hit[0] < 0.5), key=lambda hit: hit[2], default=None)
        right = max((hit for hit in middles if hit[0] >= 0.5), key=lambda hit: hit[2], default=None)
        if left is None or right is None or right[0] - left[0] < 0.25 or abs(right[1] - left[1]) > 0.25:
            return None
        return left[:2], right[:2]


def turned(eyes: EyeFinder, usual: Eyes | None) -> Prepared:
    """Upright by the line through the eyes; with `usual` they are moved there, the face sized to fit."""

    def prepare(face: Image, large: Image) -> Image:
        found = eyes.find(large)
        return face if found is None else warped(large, similarity(found, usual))

    return prepare


def similarity(eyes: Eyes, usual: Eyes | None) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """[2, 3] for `cv2.warpAffine` on LARGE: the eyes become level about their middle, or go to their `usual` places."""
    (left, right), side = np.array(eyes), LARGE.width
    across = right - left
    wanted = np.array(usual[1]) - np.array(usual[0]) if usual else np.array([np.hypot(*across), 0.0])
    middle = (left + right) / 2
    target = np.mean(usual, axis=0) if usual else middle
    turn = complex(*wanted) / complex(*across)
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.column_stack([linear, (target - linear @ middle) * side])


def warped(large: Image, matrix: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Image:
    """SMALL of what lies there after `matrix`."""
    moved = cv2.warpAffine(large, matrix, (LARGE.width, LARGE.height), borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(cv2.resize(moved, (SMALL.width, SMALL.height), interpolation=cv2.INTER_AREA), np.uint8)


def stretched(mean: float, spread: float) -> Prepared:
    """Each face is given this mean and standard deviation."""

    def prepare(face: Image, _: Image) -> Image:
        levels = (face - face.mean()) / max(float(face.std()), 1.0) * spread + mean
        return np.asarray(np.clip(np.rint(levels), 0, 255), np.uint8)

    return prepare


def preparations(finder: EyeFinder, faces: list[Look]) -> dict[str, Prepared]:
    """By name; what is usual is measured on `faces`."""
    local = cv2.createCLAHE(2.0, (4, 4))
    places = np.median([eyes for look in faces if (eyes := finder.find(look.large)) is not None], axis=0)
    usual: Eyes = (tuple(places[0]), tuple(places[1]))
    pixels = np.stack([look.face for look in faces]).reshape(len(faces), -1)
    mean, spread = float(pixels.mean()), float(pixels.std(axis=1).mean())
    return {
        "as they are": lambda face, _: face,
        "large and small again, nothing moved": lambda _, large: warped(large, np.eye(2, 3)),
        "turned upright by the eyes": turned(finder, None),
        "the eyes moved to their usual places": turned(finder, usual),
        "histogram equalised": lambda face, _: np.asarray(cv2.equalizeHist(face), np.uint8),
        "histogram equalised in 4×4 tiles (CLAHE, limit 2)": lambda face, _: np.asarray(local.apply(face), np.uint8),
        f"mean {mean:.0f} and spread {spread:.0f}, PublicTest's own": stretched(mean, spread),
    }


def public_test(data: Path, votes: Path) -> list[Look]:
    everyone = load(data, "PublicTest", votes, progress=True)
    truth = majority(everyone.votes)
    faces = everyone.take(truth >= 0).images
    return [Look("", int(label), face, enlarged(face)) for label, face in zip(truth[truth >= 0], faces, strict=True)]


def enlarged(face: Image) -> Image:
    return np.asarray(cv2.resize(face, (LARGE.width, LARGE.height), interpolation=cv2.INTER_CUBIC), np.uint8)


def darkened(looks: list[Look]) -> list[Look]:
    """In a tenth of the light, as `benchmarks.room` has it."""
    seen = dark(0.1, 3.0)(np.stack([look.face for look in looks]), np.random.default_rng(0))
    faces = np.clip(np.rint(seen), 0, 255).astype(np.uint8)
    return [Look(look.name, look.label, face, enlarged(face)) for look, face in zip(looks, faces, strict=True)]


def media_looks(media: Path, model: Path) -> tuple[list[Look], list[Look]]:
    def look(name: str, label: str, grey: Image, box: Box) -> Look:
        return Look(name, LABELS.index(label), crop(grey, box, SMALL), crop(grey, box, LARGE))

    stills = [look(*found) for found in photo_looks(media, Photos(load_model(model)))]
    return stills, [look(*found) for found in video_looks(media, FaceFinder(FacesConfig()))]


def scores(model: Predictor, looks: list[Look], prepare: Prepared) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """[n]: the probability of the right label, negative where another one is higher."""
    said = model.probabilities(np.stack([prepare(look.face, look.large) for look in looks]))
    truth = np.array([look.label for look in looks])
    mine = said[np.arange(len(looks)), truth]
    return np.where(said.argmax(axis=1) == truth, mine, -mine)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--votes", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("edge/models/expression.tflite"))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model = predictor(arguments.model)
    faces = public_test(arguments.data, arguments.votes)
    night = darkened(faces)
    calm = np.array([look.label for look in faces]) == LABELS.index("neutral")
    stills, moving = media_looks(arguments.media, arguments.model)
    names = np.array([look.name for look in moving])

    finder = EyeFinder()
    print(f"{model.name}; {len(stills)} photos, {len(moving)} video frames, {len(faces)} faces of PublicTest")
    groups = {
        "the photos and frames": [*stills, *moving],
        "PublicTest's faces": faces,
        "these in a tenth of the light": night,
    }
    for name, looks in groups.items():
        found = sum(finder.find(look.large) is not None for look in looks)
        print(f"both eyes are found in {found / len(looks):.1%} of {name}")
    print()
    print("| | photos right | video frames right | mean log probability | PublicTest | neutral ones right ", end="")
    print("| in a tenth of the light | neutral ones right |\n|---|---|---|---|---|---|---|---|")
    for name, prepare in preparations(finder, faces).items():
        of_stills, of_moving = scores(model, stills, prepare), scores(model, moving, prepare)
        by_segment = [of_moving[names == segment] for segment in np.unique(names)]
        video = np.mean([(segment > 0).mean() for segment in by_segment])
        logs = [np.log(np.maximum(np.abs(part), 1e-3)) for part in (*of_stills[:, None], *by_segment)]
        by_day, by_night = scores(model, faces, prepare) > 0, scores(model, night, prepare) > 0
        shares = (by_day.mean(), by_day[calm].mean(), by_night.mean(), by_night[calm].mean())
        log = np.mean([part.mean() for part in logs])
        row = (f"{(of_stills > 0).sum()}", f"{video:.3f}", f"{log:.3f}", *(f"{share:.1%}" for share in shares))
        print(f"| {name} | " + " | ".join(row) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
