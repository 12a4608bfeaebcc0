"""What a room does to a face, done to PublicTest's, and what the model says then.

`python -m benchmarks.room --data fer2013.zip --votes ferplus.csv [--model FILE]` (requirements-train.txt): the faces on
which a crowd of ten agrees (`train.votes.majority`), as they are and under one hardship at a time. The pixels are 0 to
255, the lengths those of a face of 48 pixels; every hardship is the same for every model. The last tables are about
calm faces: of those that the crowd calls neutral, by how many of the ten do, how many the model calls sad or angry; and
about turned heads: the faces that OpenCV's cascade for profiles finds where the one for frontal faces, which the device
uses, does not.
"""

import argparse
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.records import LABELS
from train.data import load
from train.evaluate import AGREEMENT
from train.load import predictor
from train.votes import majority, strongest_share

Faces = NDArray[np.uint8]
Hardship = Callable[[Faces, np.random.Generator], NDArray[np.float64]]

NEUTRAL = LABELS.index("neutral")


def dark(gain: float, noise: float) -> Hardship:
    """Little light: the sensor's noise stays as it was."""
    return lambda faces, rng: faces * gain + rng.normal(0.0, noise, faces.shape)


def lamp(least: float) -> Hardship:
    """Light from one side, the other getting `least` of it."""
    return lambda faces, _: faces * np.linspace(least, 1.0, faces.shape[2])


def blur(sigma: float) -> Hardship:
    return lambda faces, _: np.stack([cv2.GaussianBlur(face, (0, 0), sigma) for face in faces]).astype(float)


def far(pixels: int) -> Hardship:
    """As the daemon sees a face of so many pixels: made smaller, then larger again."""

    def one(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
        small = cv2.resize(face, (pixels, pixels), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, face.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)

    return lambda faces, _: np.stack([one(face) for face in faces]).astype(float)


def covered(top: float, bottom: float, grey: int) -> Hardship:
    """A bar over the middle four fifths between two heights (shares of the side)."""

    def hide(faces: Faces, _: np.random.Generator) -> NDArray[np.float64]:
        hidden, side = faces.astype(float), faces.shape[1]
        hidden[:, int(top * side) : int(bottom * side), side // 10 : -side // 10] = grey
        return hidden

    return hide


def moved(degrees: float = 0.0, aside: float = 0.0, size: float = 1.0) -> Hardship:
    """Laid over by `degrees`, `aside` by so many pixels, `size` times as large: one way or the other, by the dice."""

    def one(face: NDArray[np.uint8], sign: int) -> NDArray[np.uint8]:
        matrix = cv2.getRotationMatrix2D((23.5, 23.5), sign * degrees, size**sign)
        matrix[0, 2] += sign * aside
        return np.asarray(cv2.warpAffine(face, matrix, (48, 48), borderMode=cv2.BORDER_REFLECT_101), np.uint8)

    def move(faces: Faces, rng: np.random.Generator) -> NDArray[np.float64]:
        signs = rng.choice((-1, 1), len(faces))
        return np.stack([one(face, int(sign)) for face, sign in zip(faces, signs, strict=True)]).astype(float)

    return move


def sent(quality: int) -> Hardship:
    """Compressed as JPEG, the face anywhere on the grid of its 8×8 blocks."""

    def one(face: NDArray[np.uint8], down: int, across: int) -> NDArray[np.uint8]:
        whole = cv2.copyMakeBorder(face, 8 + down, 8, 8 + across, 8, cv2.BORDER_REFLECT_101)
        _, encoded = cv2.imencode(".jpg", whole, (cv2.IMWRITE_JPEG_QUALITY, quality))
        seen = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)
        return seen[8 + down :, 8 + across :][: face.shape[0], : face.shape[1]]

    def send(faces: Faces, rng: np.random.Generator) -> NDArray[np.float64]:
        phases = rng.integers(0, 8, (len(faces), 2))
        return np.stack([one(face, *phase) for face, phase in zip(faces, phases, strict=True)]).astype(float)

    return send


HARDSHIPS: dict[str, Hardship] = {
    "as they are": lambda faces, _: faces.astype(float),
    "a quarter of the light, noise of 3": dark(0.25, 3.0),
    "a tenth of the light, noise of 3": dark(0.1, 3.0),
    "a lamp at one side, a fifth of it at the other": lamp(0.2),
    "out of focus (Gaussian of 1.5 pixels)": blur(1.5),
    "far away: 24 pixels": far(24),
    "far away: 16 pixels": far(16),
    "far away: 12 pixels": far(12),
    "JPEG at a quality of 30": sent(30),
    "JPEG at a quality of 10": sent(10),
    "dark glasses": covered(0.25, 0.45, 30),
    "a hand before the mouth": covered(0.62, 1.0, 140),
    "the box a tenth aside": moved(aside=4.8),
    "the box a tenth too large or small": moved(size=1.1),
    "the head laid over by 15°": moved(degrees=15),
    "the head laid over by 25°": moved(degrees=25),
}


def turned(faces: Faces) -> NDArray[np.int64]:
    """[n] 0: frontal to OpenCV's cascades, 1: a profile only, looking either way, 2: neither (a face fills its picture,
    so it is given a reflected rim)."""
    folder = Path(cv2.__file__).parent / "data"
    frontal, profile = (
        cv2.CascadeClassifier(str(folder / f"haarcascade_{name}.xml")) for name in ("frontalface_alt2", "profileface")
    )

    def kind(face: NDArray[np.uint8]) -> int:
        large = cv2.resize(face, (144, 144), interpolation=cv2.INTER_CUBIC)
        whole = cv2.copyMakeBorder(large, 36, 36, 36, 36, cv2.BORDER_REFLECT_101)

        def hit(cascade: cv2.CascadeClassifier, picture: cv2.typing.MatLike) -> bool:
            return len(cascade.detectMultiScale(picture, 1.1, 3, minSize=(80, 80))) > 0

        if hit(frontal, whole):
            return 0
        return 1 if hit(profile, whole) or hit(profile, whole[:, ::-1].copy()) else 2

    return np.array([kind(face) for face in faces])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--votes", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("edge/models/expression.tflite"))
    arguments = parser.parse_args()

    model = predictor(arguments.model)
    everyone = load(arguments.data, "PublicTest", arguments.votes)
    truth = majority(everyone.votes)
    faces, agreed, truth = everyone.take(truth >= 0), strongest_share(everyone.votes)[truth >= 0], truth[truth >= 0]
    calm = truth == NEUTRAL

    print(f"{model.name}, {len(faces)} faces of PublicTest\n")
    print("| | right | balanced | neutral ones right | neutral ones called sad |\n|---|---|---|---|---|")
    said = {}
    for name, hardship in HARDSHIPS.items():
        seen = np.clip(np.rint(hardship(faces.images, np.random.default_rng(0))), 0, 255).astype(np.uint8)
        guess = said[name] = model.probabilities(seen).argmax(axis=1)
        balanced = np.mean([(guess == truth)[truth == i].mean() for i in np.unique(truth)])
        shares = ((guess == truth).mean(), balanced, (guess[calm] == NEUTRAL).mean())
        sad = (guess[calm] == LABELS.index("sad")).mean()
        print(f"| {name} | " + " | ".join(f"{share:.1%}" for share in (*shares, sad)) + " |")

    print("\n| votes for neutral | faces | right | called sad | called angry |\n|---|---|---|---|---|")
    plain = said["as they are"]
    for low, high in pairwise(AGREEMENT):
        here = calm & (agreed > low) & (agreed <= high)
        others = [(plain[here] == LABELS.index(label)).mean() for label in ("neutral", "sad", "angry")]
        print(f"| over {low:.0%} | {here.sum()} | " + " | ".join(f"{share:.1%}" for share in others) + " |")

    print("\n| found by the cascade for | faces | right | neutral ones right |\n|---|---|---|---|")
    kinds = turned(faces.images)
    for number, kind in enumerate(("frontal faces", "profiles only", "neither")):
        here = kinds == number
        right = [(plain[chosen] == truth[chosen]).mean() for chosen in (here, here & calm)]
        print(f"| {kind} | {here.sum()} | " + " | ".join(f"{share:.1%}" for share in right) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
