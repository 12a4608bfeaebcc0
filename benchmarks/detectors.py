"""What the detector's parameters were chosen by: recall, false hits and CPU time of the ways to scan.

Run as `python -m benchmarks.detectors MEDIA`, a folder with `videos/` and `photos/`. Faces are what a full-resolution
scan (haarcascade_frontalface_default, scale 1.3, 5 neighbours) finds in about twenty frames of each video. Empty scenes
are those frames with every face painted grey, parts of the photos named none_*, and made-up clutter and noise. Times
are CPU milliseconds a scene of this machine: compare them with each other only.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

import cv2
import numpy as np

from benchmarks.composed.film import Camera, Film, cluttered_wall
from benchmarks.tracking import SUFFIXES, frames
from edge.config import FacesConfig
from edge.records import Box, Image
from edge.vision.cascade import Cascade
from edge.vision.faces import (
    CASCADE,
    SAME,
    SECOND_CASCADE,
    SECOND_RANGE,
    FaceFinder,
    around,
    counted_around,
    reduced,
)

DEFAULT = "haarcascade_frontalface_default.xml"
Detector = Callable[[Image], list[Box]]


@dataclass(frozen=True)
class Scene:
    """A frame, naive's faces in it, and one of naive's faces of three frames before that is still there."""

    grey: Image
    faces: list[Box]
    before: Box | None


def faces_of(folder: Path) -> list[Scene]:
    naive, scenes = Cascade(DEFAULT), []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES:
            continue
        recording = [grey for _, grey in frames(path)]
        for number in range(3, len(recording), max(1, len(recording) // 20)):
            now, then = (naive.detect(recording[at], 1.3, 5, 24, 480) for at in (number, number - 3))
            kept = [box for box in then if any(box.overlap(other) > SAME for other in now)]
            scenes.append(Scene(recording[number], now, kept[0] if kept else None))
    return scenes


def empty_scenes(scenes: list[Scene], photos: Path) -> list[Image]:
    rng = np.random.default_rng(1)
    empty = []
    for scene in scenes:
        if scene.faces:
            grey = scene.grey.copy()
            for box in scene.faces:
                box.grown(0.4).clipped(grey.shape[1], grey.shape[0]).cut(grey)[:] = 128
            empty.append(grey)
    for path in sorted(photos.glob("none_*")):
        grey = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
        for _ in range(25):
            h = int(grey.shape[0] * rng.uniform(0.5, 1))
            w = min(grey.shape[1], h * 4 // 3)
            y, x = int(rng.integers(0, grey.shape[0] - h + 1)), int(rng.integers(0, grey.shape[1] - w + 1))
            part = cv2.resize(grey[y : y + h, x : x + w], (640, 480)) * rng.uniform(0.5, 1.2)
            empty.append(np.clip(part + rng.normal(0, 4, part.shape), 0, 255).astype(np.uint8))
    return empty + [clutter(rng) for _ in range(100)] + [cloud(rng) for _ in range(100)]


def clutter(rng: np.random.Generator) -> Image:
    scene = np.full((480, 640), int(rng.integers(60, 200)), np.uint8)
    for _ in range(int(rng.integers(5, 60))):
        x, y, w, h, shade = (int(value) for value in rng.integers([0, 0, 5, 5, 0], [640, 480, 160, 160, 255]))
        if rng.random() < 0.6:
            cv2.rectangle(scene, (x, y), (x + w, y + h), (shade,), -1)
        else:
            cv2.ellipse(scene, (x, y), (w // 2, h // 2), 0, 0, 360, (shade,), -1)
    blurred = cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(0.5, 3)))
    return np.clip(blurred + rng.normal(0, 4, scene.shape), 0, 255).astype(np.uint8)


def cloud(rng: np.random.Generator) -> Image:
    """Noise whose amplitude falls with frequency, as in pictures of the world."""
    waves = np.fft.rfft2(rng.normal(size=(480, 640)))
    frequency = np.hypot(np.fft.fftfreq(480)[:, None], np.fft.rfftfreq(640)[None])
    frequency[0, 0] = 1
    picture = np.fft.irfft2(waves / frequency ** rng.uniform(0.6, 1.8), s=(480, 640))
    return np.asarray(np.clip(128 + picture / picture.std() * 40, 0, 255), np.uint8)


def plain(cascade: Cascade, scale: float) -> Detector:
    """One scan of the frame at a width of 320, all sizes."""

    def detect(grey: Image) -> list[Box]:
        factor = 320 / grey.shape[1]
        small = reduced(grey, factor)
        hits = cascade.detect(small, scale, 2, round(0.12 * small.shape[0]), min(small.shape))
        return [hit.scaled(1 / factor) for hit in hits]

    return detect


def laid(grey: Image, box: Box) -> Image:
    """The frame turned by 25 degrees about a face in it: the head of somebody who has sunk to one side."""
    turn = cv2.getRotationMatrix2D(box.centre, 25.0, 1.0)
    return np.asarray(cv2.warpAffine(grey, turn, grey.shape[::-1], borderMode=cv2.BORDER_REPLICATE), np.uint8)


def scans(scenes: list[Scene], empty: list[Image]) -> None:
    finder, first, naive = FaceFinder(FacesConfig()), Cascade(CASCADE), Cascade(DEFAULT)
    ways: dict[str, Detector] = {
        "default, full resolution, 1.3, 5": lambda grey: naive.detect(grey, 1.3, 5, 24, 480),
        "default, 320 wide, 1.2, 2": plain(naive, 1.2),
        "alt2, 320 wide, 1.2, 2": plain(first, 1.2),
        "FaceFinder.full": finder.full,
        "FaceFinder.tilted": finder.tilted,
    }
    with_face = [scene for scene in scenes if scene.faces]
    print(f"\n{len(with_face)} frames with a face, {len(empty)} empty scenes\n")
    print("| scan | faces found | laid by 25° | false hits | CPU ms |\n|---|---|---|---|---|")
    aside = [laid(scene.grey, scene.faces[0]) for scene in with_face]
    for name, detect in ways.items():
        start = thread_time()
        found = [detect(scene.grey) for scene in with_face]
        spent = thread_time() - start
        hits = sum(any(a.overlap(b) > SAME for a in f for b in s.faces) for f, s in zip(found, with_face, strict=True))
        false = sum(len(detect(grey)) for grey in empty)
        turned = sum(
            any(box.overlap(scene.faces[0]) > SAME for box in detect(grey))
            for grey, scene in zip(aside, with_face, strict=True)
        )
        shares = " | ".join(f"{100 * count / len(with_face):.1f} %" for count in (hits, turned))
        print(f"| {name} | {shares} | {false} | {1e3 * spent / len(with_face):.1f} |", flush=True)


def near_looks(scenes: list[Scene]) -> None:
    known = [(scene, scene.before) for scene in scenes if scene.before is not None]
    print(f"\n{len(known)} faces known from three frames before\n")
    print("| near look: cascade, face's side | found again | CPU ms |\n|---|---|---|")
    for name, side in ((DEFAULT, 40), (DEFAULT, 32), (CASCADE, 40), (CASCADE, 30), (CASCADE, 48), (SECOND_CASCADE, 40)):
        cascade, hits, start = Cascade(name), 0, thread_time()
        for scene, box in known:
            found = around(cascade, scene.grey, box, side, neighbours=1, size_range=1.25)
            hits += any(hit.overlap(face) > SAME for hit in found for face in scene.faces)
        spent = 1e3 * (thread_time() - start) / len(known)
        short = name.removeprefix("haarcascade_frontalface_").removesuffix(".xml")
        print(f"| {short}, {side} px | {100 * hits / len(known):.1f} % | {spent:.2f} |", flush=True)


def second_opinions(scenes: list[Scene], empty: list[Image]) -> None:
    first, second = plain(Cascade(CASCADE), 1.1), Cascade(SECOND_CASCADE)
    true = [(s.grey, b) for s in scenes for b in first(s.grey) if any(b.overlap(f) > SAME for f in s.faces)]
    false = [(grey, box) for grey in empty for box in first(grey)]
    print(f"\n{len(true)} true and {len(false)} false hits of alt2 at 320 wide, 1.1, 2\n")
    print("| second opinion: alt around the hit | true kept | false kept |\n|---|---|---|")
    for neighbours in (1, 2, 3, 4):
        kept = [
            sum(
                any(h.overlap(box) > SAME for h in around(second, grey, box, 40, neighbours, SECOND_RANGE))
                for grey, box in looks
            )
            for looks in (true, false)
        ]
        print(f"| 40 px, {neighbours} | {100 * kept[0] / len(true):.1f} % | {kept[1]} |", flush=True)


def walls() -> list[Image]:
    """A hundred cluttered walls, and many moments of the one on which both cascades see a face now and then."""
    camera = Camera(noise=5.0, steps=0.35, shake=1.0)
    hundred = [Film(10.0, (), cluttered_wall(seed), camera, seed).paint(31) for seed in range(100)]
    hard = Film(300.0, (), cluttered_wall(3), camera)
    return hundred + [hard.paint(number) for number in range(1, 9000, 60)]


def supports(scenes: list[Scene], empty: list[Image]) -> None:
    finder, cascades = FaceFinder(FacesConfig()), (Cascade(CASCADE), Cascade(SECOND_CASCADE))

    def hits(grey: Image, box: Box, *tilts: float) -> tuple[int, ...]:
        """The most raw hits of either cascade at `box` in the picture turned by one of `tilts`."""
        return tuple(
            max(
                count * (hit.overlap(box) > SAME)
                for tilt in tilts
                for hit, count in [(box, 0), *counted_around(cascade, grey, box, 40, 1, SECOND_RANGE, tilt)]
            )
            for cascade in cascades
        )

    true = [(s.grey, box) for s in scenes if s.before is not None and (box := finder.near(s.grey, s.before))]
    aside = [(laid(grey, box), box) for grey, box in true]
    false = [(grey, box) for grey in [*empty, *walls()] for box in finder.full(grey)]
    columns = {
        "true": [hits(grey, box, 0.0) for grey, box in true],
        "laid by 25°": [hits(grey, box, 0.0) for grey, box in aside],
        "laid, turned": [hits(grey, box, -21.0, 21.0) for grey, box in aside],
        "false": [hits(grey, box, 0.0) for grey, box in false],
        "false, turned": [hits(grey, box, -21.0, 21.0) for grey, box in false],
    }
    print(f"\n{len(true)} known faces, {len(false)} false hits: raw hits that agree, 40 px wide, alt2 / alt\n")
    print(f"| at least | {' | '.join(columns)} |\n|---{'|---' * len(columns)}|")
    for least in (2, 4, 6, 8, 12, 16):
        kept = [[sum(n >= least for n in side) for side in zip(*each, strict=True)] for each in columns.values()]
        print(f"| {least} | {' | '.join(f'{first} / {second}' for first, second in kept)} |")


def agreeing(scenes: list[Scene], empty: list[Image]) -> None:
    first = Cascade(CASCADE)

    def counts(grey: Image, faces: list[Box] | None) -> list[int]:
        hits = first.counted(grey, 1.1, 3, 30, min(grey.shape))
        return [count for box, count in hits if faces is None or any(box.overlap(face) > SAME for face in faces)]

    true = [count for scene in scenes[::2] for count in counts(scene.grey, scene.faces)]
    false = [count for grey in empty[::2] for count in counts(grey, None)]
    print("\nalt2 at full resolution, 1.1, 3, as photos are scanned: raw hits that agree\n")
    print("| at least | of the true | of the false |\n|---|---|---|")
    for least in (4, 6, 8, 10, 15):
        kept = [sum(count >= least for count in each) for each in (true, false)]
        print(f"| {least} | {kept[0]} of {len(true)} | {kept[1]} of {len(false)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description="Recall, false hits and CPU time of the ways to scan.")
    parser.add_argument("media", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    scenes = faces_of(arguments.media / "videos")
    empty = empty_scenes(scenes, arguments.media / "photos")
    scans(scenes, empty)
    near_looks(scenes)
    second_opinions(scenes, empty)
    supports(scenes, empty)
    agreeing(scenes, empty)


if __name__ == "__main__":
    main()
