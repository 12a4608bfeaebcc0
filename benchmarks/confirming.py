"""How often a wall is confirmed as a face, and how soon a face is: the table in docs/tracking.md.

    python -m benchmarks.confirming [--shared FOLDER] [--choosing]

Five minutes each of cluttered walls made here (80; choosing: 40 others), with a camera's noise, shake and exposure
steps; and photos of Labeled Faces in the Wild (a fifth of lfw-dev.zip; choosing: another) put before a plain wall for
six seconds, 45 to 230 px wide, in light of three strengths.
"""

import argparse
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from statistics import median

import cv2
import numpy as np

from benchmarks.arguments import parse
from edge.config import FacesConfig
from edge.records import Face, Image
from edge.vision.faces import FaceFinder
from edge.vision.motion import Motion
from edge.vision.tracking import Tracker
from tests.recordings.cutouts import Clip, cut, largest_face
from tests.recordings.film import Camera, Film, Person, cluttered_wall, plain_wall

SHAKEN = Camera(noise=5.0, steps=0.35, shake=1.0, dropped=0.05)
CAME, WENT, SECONDS = 1.0, 7.0, 8.0


def follow(film: Film) -> Iterator[tuple[float, tuple[Face, ...]]]:
    """(seconds, faces) of ten looks a second."""
    config = FacesConfig()
    tracker, motion, due = Tracker(config, FaceFinder(config)), Motion(), 0.0
    for frame in film.frames():
        if frame.t >= due - 1e-3:
            due = 0.1 + (frame.t if frame.t - due > 0.1 else due)
            grey = frame.grey()
            tracks = tracker.update(grey, frame.t, motion.compare(grey, tracker.boxes))
            if tracks.scan == "full":
                motion.set_reference(tracker.boxes)
            yield frame.t, tracks.faces


def count_confirmed(film: Film) -> int:
    """How many tracks were ever confirmed."""
    return len({face.track for _, faces in follow(film) for face in faces if face.confirmed})


def photos(shared: Path, *, choosing: bool) -> Iterator[Image]:
    with zipfile.ZipFile(shared / "data" / "lfw-dev.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        for name in names[0 if choosing else 2 :: 5]:
            data = np.frombuffer(archive.read(name), np.uint8)
            yield np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def clip_of(grey: Image, number: int) -> Clip | None:
    box = largest_face(grey)
    return None if box is None else Clip(str(number), cache(lambda: (cut(grey, box)[np.newaxis], 1.0)))


def come(clip: Clip, random: Random) -> Film:
    """Somebody comes, stays, and goes."""
    camera = Camera(
        random.choice((3.0, 5.0, 7.0)), random.choice((1.0, 0.6, 0.3)), 0.2, 0.5, random.choice((0, 0, 3))
    )  # fmt: skip
    width, x, sway = random.choice((45, 60, 80, 110, 160, 230)), random.uniform(150, 490), random.randrange(99)
    person = Person(((0.0, clip),), width, x, here=((CAME, WENT),), seed=sway)
    return Film(SECONDS, (person,), plain_wall(), camera, random.randrange(1000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--choosing", action="store_true", help="what the worth of a look was chosen on")
    arguments = parse(parser, "data")
    random, seconds, never = Random(1 if arguments.choosing else 2), list[float](), 0
    for number, grey in enumerate(photos(arguments.shared, choosing=arguments.choosing)):
        if clip := clip_of(grey, number):
            found = follow(come(clip, random))
            first = next((t - CAME for t, faces in found if any(face.confirmed for face in faces)), None)
            if first is None:
                never += 1
            else:
                seconds.append(first)
    walls = range(100, 140) if arguments.choosing else range(200, 280)
    false = [count_confirmed(Film(300.0, (), cluttered_wall(seed), SHAKEN, seed % 4)) for seed in walls]
    print("| photos | never confirmed | after: median, of 95 in 100 | walls | confirmed on them |")
    print("|---|---|---|---|---|")
    late = sorted(seconds)[int(0.95 * len(seconds))]
    wrong = f"{sum(false)}, on {sum(map(bool, false))} walls"
    print(f"| {len(seconds) + never} | {never} | {median(seconds):.2f} s, {late:.2f} s | {len(walls)} | {wrong} |")


if __name__ == "__main__":
    main()
