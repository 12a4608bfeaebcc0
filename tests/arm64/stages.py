"""What each step from a picture to the model's answer gives on this machine: run on both sides by test_arm64.py.

`python -m tests.arm64.stages FOLDER` reads crops.npy there (uint8, number × 48 × 48) and writes stages.npz.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge.picture.decode import read_picture
from edge.records import Box, Image
from edge.vision.cascade import Cascade
from edge.vision.faces import CASCADE, SECOND_CASCADE, reduce
from edge.vision.model import Model, load_model
from edge.vision.preprocess import crop, normalise

EDGE = Path(__file__).resolve().parents[2] / "edge"
#: The portraits, and where each has its face.
PORTRAITS = {"eileen_collins.png": Box(85, 67, 97, 97), "grace_hopper.jpg": Box(27, 112, 215, 215)}
#: By what a picture's sides are multiplied: the detector halves pictures, and fits them to a width.
FACTORS = (0.83, 2 / 3, 0.5, 0.3, 0.25)
Arrays = dict[str, npt.NDArray[np.generic]]


def stages(crops: npt.NDArray[np.uint8]) -> Arrays:
    """What each step gives, by its name and the picture's; `answers` are the model's to `crops`."""
    found: Arrays = {}
    for name in PORTRAITS:
        picture = read_picture(EDGE / "demo" / name)
        grey = grey_of(picture)
        height, width = grey.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), 21.0, 1.0)
        found[f"decoded {name}"], found[f"grey {name}"] = picture, grey
        found[f"turned {name}"] = cv2.warpAffine(grey, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        for cascade in (CASCADE, SECOND_CASCADE):
            hits = sorted((box.x, box.y, box.w) for box in Cascade(cascade).detect(grey, 1.1, 0, 30, height))
            found[f"hits {name} {cascade}"] = np.array(hits)
        for factor in FACTORS:
            found[f"reduced {name} {factor:.2f}"] = reduce(grey, factor)
            found[f"averaged {name} {factor:.2f}"] = reduce(grey, factor, cv2.INTER_AREA)
    model = shipped_model()
    found["answers"] = np.array([answer(model, face) for face in crops])
    return found


def answer(model: Model, face: Image) -> npt.NDArray[np.int16]:
    """The model's seven outputs for a crop, in steps of the output's scale above 0."""
    runtime = model.runtime
    elements = runtime.input.quantise(normalise(face, model.input))
    outputs = runtime.run(elements[np.newaxis, :, :, np.newaxis])[0]
    return np.asarray(np.rint(outputs / runtime.output.scale), np.int16)


def make_crops() -> npt.NDArray[np.uint8]:
    """A hundred crops around the portraits' faces: too large, too small, off the middle."""
    random, made, spec = np.random.default_rng(1), list[Image](), shipped_model().input
    for name, face in PORTRAITS.items():
        grey = grey_of(read_picture(EDGE / "demo" / name))
        for _ in range(50):
            side = int(face.w * random.uniform(0.8, 1.3))
            across, down = (int(moved) for moved in random.integers(-face.w // 6, face.w // 6, 2))
            made.append(crop(grey, Box(face.x + across, face.y + down, side, side), spec))
    return np.array(made)


def grey_of(picture: Image) -> Image:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def shipped_model() -> Model:
    return load_model(EDGE / "models" / "expression.tflite")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    np.savez(folder / "stages.npz", **stages(np.load(folder / "crops.npy")))
