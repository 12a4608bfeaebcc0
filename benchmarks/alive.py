"""Which faces are taken for pictures: the tables in docs/alive.md.

    python -m benchmarks.alive [--shared FOLDER] [--choose] [--plain]

Pictures: FER-2013 faces hung on a wall, before a camera that is noisy, shakes, exposes anew, or has little light; each
until it is told, or for a minute after its face was seen first. People: every recording at hand, and FER-2013 faces
whose heads sway by a few pixels, as breathing does. `--choose` takes other faces and other walls, and no recordings:
what is chosen is chosen on those, so that the rest can judge. `--plain` hangs them on walls that show nothing.
"""

import argparse
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from benchmarks.arguments import parse
from edge.camera.opening import open_source
from edge.config import CameraConfig, FacesConfig
from edge.records import Box, Frame, Image
from edge.vision.faces import SAME
from edge.vision.look import Vision
from edge.vision.model import load_model
from tests.recordings.cutouts import Clip
from tests.recordings.film import HEIGHT, WIDTH, Camera, Film, Person, cluttered_wall, plain_wall
from tests.recordings.material import Material

LOOKS_PER_SECOND = 4.0
#: A picture is to be told within so long from the first look at it, and that comes within as long again.
IN_TIME = 60.0
SWAYING_SECONDS = 140.0
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

    def add(self, frames: Iterable[Frame]) -> "Watched":
        for _, box, picture in looks_at(frames):
            self.looks += box is not None
            self.pictures += picture
        return self


def looks_at(frames: Iterable[Frame]) -> Iterator[tuple[float, Box | None, bool]]:
    """Of every face at every look: when, where if it is confirmed, and whether it is taken for a picture's."""
    vision, due = Vision(FacesConfig(), load_model(None, 1)), 0.0
    for frame in frames:
        if frame.t < due:
            continue
        due = frame.t + 1 / LOOKS_PER_SECOND - 0.01
        for face in vision.look(frame.grey(), frame.t).faces:
            yield frame.t, face.box if face.confirmed else None, face.picture


def told_after(film: Film, pixels: float, portrait: Box) -> float | None:
    """Seconds from the first look at the portrait until it is told to be a picture; infinite where that takes more than
    IN_TIME, None where it is not seen, or so late that the film is over before. What else is taken for a face on a
    cluttered wall does not count."""
    began: float | None = None
    for t, box, picture in looks_at(shaken(film, pixels)):
        if began is not None and t - began > IN_TIME:
            break
        if box is None or box.overlap(portrait) <= SAME:
            continue
        began = t if began is None else began
        if picture:
            return t - began
    return None if began is None or film.seconds - began < IN_TIME else math.inf


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

        yield Frame(number / 30, 640, 480, grey, grey)


def recorded(path: Path) -> Iterator[Frame]:
    """The frames of a recording."""
    source = open_source(CameraConfig(), str(path))
    while (frame := source.read()) is not None:
        yield frame
    source.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="which faces are taken for pictures")
    parser.add_argument("--each", type=int, default=2, help="FER-2013 faces of each expression (default: 2)")
    parser.add_argument("--choose", action="store_true", help="the faces after those, twice as many, on other walls")
    parser.add_argument("--plain", action="store_true", help="before a plain wall, and no recordings")
    arguments = parse(parser)
    first, last = (arguments.each, 3 * arguments.each) if arguments.choose else (0, arguments.each)
    material = Material(arguments.shared)
    faces: list[Clip] = []
    for label in LABELS:
        faces += islice(material.crowd(label, last), first, last)
    walls = range(100 if arguments.choose else 0, 1000)

    def hung_on(number: int) -> Image:
        return plain_wall() if arguments.plain else cluttered_wall(number)

    print("| pictures, on a wall | width | told to be pictures | the latest after |\n|---|---|---|---|")
    for name, (camera, pixels) in CAMERAS.items():
        for width in WIDTHS:
            place = Box((WIDTH - width) // 2, (HEIGHT - width) // 2, width, width)
            times = []
            for number, clip in zip(walls, faces, strict=False):
                portrait = Person(((0.0, clip),), width, sway=0.0)
                film = Film(2 * IN_TIME, (portrait,), hung_on(number), camera, seed=number)
                times.append(told_after(film, pixels, place))
            seen = [time for time in times if time is not None]
            told = [time for time in seen if time <= IN_TIME]
            latest = f"{max(told):.0f} s" if told else "–"
            print(f"| {name} | {width} | {len(told)} of {len(seen)} | {latest} |", flush=True)
    print("\n| people | looks at faces | taken for pictures |\n|---|---|---|")
    recordings = () if arguments.choose or arguments.plain else (arguments.shared / "media" / "videos").iterdir()
    for path in sorted(recordings):
        watched = Watched().add(recorded(path))
        print(f"| {path.name} | {watched.looks} | {watched.pictures} |", flush=True)
    for sway in SWAYS:
        for width in WIDTHS:
            watched = Watched()
            for number, clip in zip(walls, faces, strict=False):
                person = Person(((0.0, clip),), width, sway=sway * width / 110)
                watched.add(shaken(Film(SWAYING_SECONDS, (person,), hung_on(number), Camera(noise=5.0)), 0.0))
            name = f"heads of {width} px that sway by {sway * width / 110:.1f} px"
            print(f"| {name} | {watched.looks} | {watched.pictures} |", flush=True)


if __name__ == "__main__":
    main()
