"""Which faces are taken for pictures: the tables in docs/alive.md.

    python -m benchmarks.alive [--shared FOLDER]

Pictures: FER-2013 faces hung on a wall, before a camera that is noisy, shakes, exposes anew, or has little light; each
for 70 s. People: every recording at hand, and FER-2013 faces whose heads sway by a few pixels, as breathing does. How
much a face changes is `edge.vision.stillness.difference`, from second to second.
"""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.composed.cutouts import ROOT
from benchmarks.composed.film import Camera, Film, Person, cluttered_wall
from benchmarks.composed.material import Material
from benchmarks.composed.surprise import video
from edge.config import FacesConfig
from edge.records import Frame, Image
from edge.vision.look import Vision
from edge.vision.model import load_model

LOOKS_PER_SECOND = 4.0
SECONDS = 70.0
#: name: camera, and by how many pixels the whole picture trembles.
CAMERAS: dict[str, tuple[Camera, float]] = {
    "a good camera": (Camera(noise=3.0), 0.0),
    "a noisy one": (Camera(noise=8.0), 0.0),
    "one that shakes": (Camera(noise=4.0), 1.5),
    "exposure steps": (Camera(noise=4.0, steps=0.35), 0.0),
    "a third of the light": (Camera(noise=4.0, light=0.33), 0.0),
    "a tenth of the light": (Camera(noise=3.0, light=0.1), 0.0),
}
WIDTHS = (60, 110, 200)
SWAYS = (1.5, 3.0, 6.0)
LABELS = ("neutral", "happy", "sad")


@dataclass
class Watched:
    """Of the faces in one recording: looks, and how many of them were taken for a picture's."""

    looks: int = 0
    pictures: int = 0
    first: float | None = None

    def add(self, frames: Iterable[Frame]) -> "Watched":
        vision, due = Vision(FacesConfig(), load_model(None, 1)), 0.0
        for frame in frames:
            if frame.t < due:
                continue
            due = frame.t + 1 / LOOKS_PER_SECOND - 0.01
            for face in vision.step(frame.grey(), frame.t).faces:
                self.looks += face.confirmed
                self.pictures += face.picture
                if face.picture and self.first is None:
                    self.first = frame.t
        return self


def shaken(film: Film, pixels: float) -> Iterator[Frame]:
    """The film before a camera that trembles: wall and face move alike."""
    for number in range(0, round(film.seconds * 30), 7):
        jump = np.random.default_rng((film.seed, number)).normal(0, pixels, 2)

        def grey(number: int = number, jump: tuple[float, float] = tuple(jump)) -> Image:
            moved = np.array([[1, 0, jump[0]], [0, 1, jump[1]]], np.float32)
            painted = film.paint(number)
            if not pixels:
                return painted
            return np.asarray(cv2.warpAffine(painted, moved, (640, 480), borderMode=cv2.BORDER_REPLICATE), np.uint8)

        yield Frame(number, number / 30, 640, 480, grey, grey)


def main() -> None:
    parser = argparse.ArgumentParser(description="which faces are taken for pictures")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="the folder of recordings")
    parser.add_argument("--each", type=int, default=2, help="FER-2013 faces of each expression (default: 2)")
    arguments = parser.parse_args()
    if not (arguments.shared / "media").is_dir():
        parser.error(f"no recordings in {arguments.shared}; --shared names another folder")
    material = Material(arguments.shared)
    faces = [clip for label in LABELS for clip in material.crowd(label, arguments.each)]
    print("| pictures, on a wall | width | told to be pictures | the latest after |\n|---|---|---|---|")
    for name, (camera, pixels) in CAMERAS.items():
        for width in WIDTHS:
            told = []
            for number, clip in enumerate(faces):
                portrait = Person(((0.0, clip),), width, sway=0.0)
                film = Film(SECONDS, (portrait,), cluttered_wall(number), camera, seed=number)
                told.append(Watched().add(shaken(film, pixels)))
            seen = [one for one in told if one.looks]
            late = [one.first for one in seen if one.first is not None]
            latest = f"{max(late):.0f} s" if late else "–"
            print(f"| {name} | {width} | {len(late)} of {len(seen)} | {latest} |", flush=True)
    print("\n| people | looks at faces | taken for pictures |\n|---|---|---|")
    for path in sorted((arguments.shared / "media" / "videos").iterdir()):
        watched = Watched().add(video(path))
        print(f"| {path.name} | {watched.looks} | {watched.pictures} |", flush=True)
    for sway in SWAYS:
        for width in WIDTHS:
            watched = Watched()
            for number, clip in enumerate(faces):
                person = Person(((0.0, clip),), width, sway=sway * width / 110)
                watched.add(shaken(Film(2 * SECONDS, (person,), cluttered_wall(number), Camera(noise=5.0)), 0.0))
            name = f"heads of {width} px that sway by {sway * width / 110:.1f} px"
            print(f"| {name} | {watched.looks} | {watched.pictures} |", flush=True)


if __name__ == "__main__":
    main()
