"""Faces to compose recordings of: cut out of photos, of stretches of recordings, and out of FER-2013."""

import csv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

from edge.config import FacesConfig
from edge.records import LABELS, Box, Image
from edge.vision.faces import FaceFinder

#: A cut-out is a square of this side (px) of which the detector's box is the middle FACE_SHARE.
SIDE = 288
FACE_SHARE = 0.55
FACE = round(SIDE * FACE_SHARE)
PORTRAITS = Path(__file__).resolve().parents[2] / "edge" / "demo"
#: The columns of FER+ in the order of LABELS; what is left are contempt, unknown and not a face.
VOTES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")


Pictures = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Clip:
    """A face with what surrounds it, as moving pictures (n, SIDE, SIDE) so many a second; a photo is one picture.

    Loaded when first shown. `load` raises ValueError where there is no face.
    """

    name: str
    load: Callable[[], tuple[Pictures, float]]

    @cached_property
    def _loaded(self) -> tuple[Pictures, float]:
        return self.load()

    def at(self, t: float) -> Image:
        """The picture at `t`: forwards, then backwards, and again, so that nothing jumps."""
        pictures, fps = self._loaded
        last = len(pictures) - 1
        if last <= 0:
            return np.asarray(pictures[0], np.uint8)
        place = round(t * fps) % (2 * last)
        return np.asarray(pictures[min(place, 2 * last - place)], np.uint8)


def head_mask() -> npt.NDArray[np.float32]:
    """(SIDE, SIDE), 1 where the head is, 0 where the wall shows, soft between."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    centre, axes = (SIDE // 2, round(SIDE * 0.52)), (round(SIDE * 0.37), round(SIDE * 0.46))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, (1.0,), -1)
    return cv2.GaussianBlur(mask, (0, 0), SIDE / 60).astype(np.float32)


def cut(grey: Image, face: Box) -> Image:
    """The cut-out around a detector's box; what lies outside the picture repeats its edge."""
    scale = FACE / face.w
    x, y = face.centre
    matrix = np.array([[scale, 0, SIDE / 2 - scale * x], [0, scale, SIDE / 2 - scale * y]], np.float32)
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.warpAffine(grey, matrix, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(small, np.uint8)


def made_to_look(picture: Image, corners: float, brows: float) -> Image:
    """A cut-out whose face has the corners of its mouth lower and the inner ends of its brows higher by so much of its
    side: a little of both is sadness, corners that are higher are a smile."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    across, down = (x - SIDE / 2) / FACE + 0.5, (y - SIDE / 2) / FACE + 0.5

    def around(place: float, height: float, wide: float, high: float) -> npt.NDArray[np.float32]:
        """1 at two places that mirror each other, and less the further away."""
        sides = (((across - each) / wide) ** 2 + ((down - height) / high) ** 2 for each in (place, 1 - place))
        return np.asarray(sum(np.exp(-distance) for distance in sides), np.float32)

    raised = brows * around(0.42, 0.30, 0.09, 0.08) - corners * around(0.34, 0.78, 0.10, 0.09)
    return np.asarray(cv2.remap(picture, x, y + FACE * raised, cv2.INTER_LINEAR), np.uint8)


def largest_face(grey: Image) -> Box | None:
    """Where the daemon's own detector sees the largest face."""
    return next(iter(_finder().scan(grey)), None)


@cache
def _finder() -> FaceFinder:
    return FaceFinder(FacesConfig())


def photo(path: Path) -> tuple[Pictures, float]:
    """The largest face of a photo. Raises ValueError where the detector finds none."""
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    box = None if grey is None else largest_face(np.asarray(grey, np.uint8))
    if grey is None or box is None:
        raise ValueError(f"{path}: no face in it")
    return cut(np.asarray(grey, np.uint8), box)[np.newaxis], 1.0


def stretch(path: Path, start: float, end: float, fps: float = 12.5) -> tuple[Pictures, float]:
    """`start` to `end` seconds of a recording, around where its face is on the whole: its own movements are kept."""
    video = cv2.VideoCapture(str(path))
    rate = video.get(cv2.CAP_PROP_FPS) or 25.0
    every = max(1, round(rate / fps))
    greys: list[Image] = []
    boxes: list[Box] = []
    number = -1
    while video.grab():
        number += 1
        if number % every or not start <= number / rate < end:
            continue
        grey = np.asarray(cv2.cvtColor(video.retrieve()[1], cv2.COLOR_BGR2GRAY), np.uint8)
        greys.append(grey)
        if len(greys) % 4 == 1 and (box := largest_face(grey)) is not None:
            boxes.append(box)
    if not boxes:
        raise ValueError(f"{path}: no face from {start:g} to {end:g} s")
    middle = Box(*(round(median(sides)) for sides in zip(*((b.x, b.y, b.w, b.h) for b in boxes), strict=True)))
    return np.stack([cut(grey, middle) for grey in greys]), rate / every


@dataclass(frozen=True, slots=True)
class CrowdFace:
    """A PublicTest face of FER-2013 on whose expression most of the crowd agreed: `share` of the ten votes."""

    file: str
    label: str
    share: float


def crowd_faces(data: Path, label: str, share: float) -> list[CrowdFace]:
    """The faces that at least `share` of the voters called `label`, in the order of their names."""
    with (data / "ferplus.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    found = []
    for row in rows:
        votes = sum(int(value) for key, value in row.items() if key != "file")
        mine = int(row[VOTES[LABELS.index(label)]])
        if Path(row["file"]).name.startswith("PublicTest") and votes and mine / votes >= share:
            found.append(CrowdFace(row["file"], label, mine / votes))
    return sorted(found, key=lambda face: face.file)


def crowd_face(data: Path, face: CrowdFace) -> tuple[Pictures, float]:
    """A FER-2013 face. It ends at the chin and the brows, so the rest of the head is made up: the edge goes on,
    blurred."""
    return _with_surroundings(read_crowd_face(data, face))[np.newaxis], 1.0


def read_crowd_face(data: Path, face: CrowdFace) -> Image:
    """The face as it is in FER-2013: 48×48 grey."""
    grey = cv2.imdecode(np.frombuffer(_images(data / "fer2013.zip").read(face.file), np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError(f"{face.file} in {data} is no image")
    return np.asarray(grey, np.uint8)


@cache
def _images(path: Path) -> zipfile.ZipFile:
    """Opened once: reading the list of its 32 thousand names takes longer than a face."""
    return zipfile.ZipFile(path)


def _with_surroundings(tight: Image) -> Image:
    side = round(FACE * 1.05)  # FER-2013's crops are about what Haar calls a face
    face = cv2.resize(tight, (side, side), interpolation=cv2.INTER_CUBIC)
    before = (SIDE - side) // 2
    around = cv2.copyMakeBorder(face, *((before, SIDE - side - before) * 2), cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(around, (0, 0), 9).astype(np.float32)
    inner = np.zeros((SIDE, SIDE), np.float32)
    inner[before + 8 : before + side - 8, before + 8 : before + side - 8] = 1.0
    blend = cv2.GaussianBlur(inner, (0, 0), 5)
    return np.asarray(blend * around + (1 - blend) * soft, np.uint8)
