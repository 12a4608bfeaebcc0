"""Whose faces the composed recordings show."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import cv2
import numpy as np

from edge.config import FacesConfig
from edge.records import Box, Image
from edge.vision.faces import FaceFinder
from tests.recordings.cutouts import (
    PORTRAITS,
    Clip,
    CrowdFace,
    crowd_face,
    crowd_faces,
    cut,
    made_to_look,
    photo,
    stretch,
)
from tests.recordings.film import Camera, Film, Person, plain_wall

#: name: (recording, from, to) of a stretch in which the face shows one thing. The first three are of segments.csv;
#: the others were told by eye.
STRETCHES: dict[str, tuple[str, float, float]] = {
    "sad woman": ("expr_sad_to_happy_pexels.mp4", 0.0, 2.2),
    "the same, happy": ("expr_sad_to_happy_pexels.mp4", 10.4, 19.6),
    "neutral man": ("expr_neutral_to_happy.mp4", 0.0, 0.5),
    "the same man, happy": ("expr_neutral_to_happy.mp4", 0.8, 2.4),
    "calm man": ("expr_lp_d0.mp4", 0.0, 0.55),
    "calm man, happy": ("expr_lp_d0.mp4", 1.0, 2.6),
    "man with glasses": ("expr_lp_d9.mp4", 0.0, 3.0),
    "man with glasses, happy": ("expr_lp_d9.mp4", 10.4, 12.2),
    "talking man": ("webcam_cap12.mp4", 0.0, 53.0),
}
#: Share of the crowd that must agree on a FER-2013 face.
AGREED = 0.9


@dataclass(frozen=True)
class Material:
    """Faces from the folder of recordings and photos beside the repository; loaded when asked for, and once."""

    shared: Path

    def photo(self, name: str) -> Clip:
        return _photo(self.shared / "media" / "photos" / name)

    def stretch(self, name: str) -> Clip:
        file, start, end = STRETCHES[name]
        return _stretch(self.shared / "media" / "videos" / file, start, end)

    def scenery(self, name: str, width: int, height: int) -> Image:
        """A photo without a face, filling the frame."""
        grey = cv2.imread(str(self.shared / "media" / "photos" / name), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            raise ValueError(f"{name} cannot be read")
        return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

    def crowd(self, label: str, count: int, agreed: float = AGREED) -> Iterator[Clip]:
        """`count` of `everybody` that the detector always finds once pasted (three in four are)."""
        return islice((clip for clip in self.everybody(label, agreed) if is_found(clip)), count)

    def everybody(self, label: str, agreed: float = AGREED) -> Iterator[Clip]:
        """The FER-2013 faces of which at least `agreed` of the crowd said `label`, in an order of chance that is always
        the same."""
        faces = crowd_faces(self.shared / "data", label, agreed)
        Random(1).shuffle(faces)
        return (_fer_clip(self.shared / "data", face) for face in faces)


#: Where the faces of the two portraits are: a face made to look otherwise must not hang on what the detector finds.
PORTRAIT_FACES = {"eileen_collins.png": Box(83, 65, 97, 97), "grace_hopper.jpg": Box(22, 103, 227, 227)}


def portrait(name: str, corners: float = 0.0, brows: float = 0.0) -> Clip:
    """Of the two that ship with the repository: "eileen_collins.png", who smiles, or "grace_hopper.jpg", who is calm
    and can be `made_to_look` otherwise."""
    grey = np.asarray(cv2.imread(str(PORTRAITS / name), cv2.IMREAD_GRAYSCALE), np.uint8)
    clip = Clip(name, lambda: (cut(grey, PORTRAIT_FACES[name])[np.newaxis], 1.0))
    return Clip(name, lambda: (made_to_look(clip.at(0.0), corners, brows)[np.newaxis], 1.0)) if corners else clip


def is_found(clip: Clip, width: int = 150) -> bool:
    """Whether both cascades see the face when it sways before a plain wall, in six of six frames."""
    finder = FaceFinder(FacesConfig())
    film = Film(20.0, (Person(((0.0, clip),), width),), plain_wall(), Camera())
    frames = (film.paint(number) for number in range(0, 600, 100))
    return all(any(finder.count_support(frame, box) > 0 for box in finder.scan(frame)) for frame in frames)


@cache
def _photo(path: Path) -> Clip:
    return Clip(path.stem, lambda: photo(path))


@cache
def _stretch(path: Path, start: float, end: float) -> Clip:
    return Clip(f"{path.stem} {start:g}–{end:g} s", lambda: stretch(path, start, end))


@cache
def _fer_clip(data: Path, face: CrowdFace) -> Clip:
    return Clip(Path(face.file).stem, lambda: crowd_face(data, face))
