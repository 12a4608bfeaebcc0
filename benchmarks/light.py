"""How many faces are found in little light, of dark and of light skin: the table in docs/light.md.

    python -m benchmarks.light [--shared FOLDER] [--choosing]

Photos of Labeled Faces in the Wild (lfw-dev.zip) before a wall of three shades, darkened, with a sensor's noise of two
grey levels. Without --choosing the half that did not choose the constants of `edge.vision.light`. What is found in
full light counts as a face. Skin is told by the individual typology angle of the cheeks, arctan((L* - 50) / b*)
(Chardon, Cretois, Hourseau, Int. J. Cosmetic Science 1991): below 10° dark, above 30° light. The photo's own light is
in it, so these are dark and light faces rather than people. Empty scenes are cluttered walls made
here and photos without a face.
"""

import argparse
import math
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.arguments import parse
from edge.config import FacesConfig
from edge.records import Box, Image
from edge.vision.faces import FaceFinder
from edge.vision.light import brighten, measure_gain, quieten
from edge.vision.motion import coarse_cells
from tests.recordings.film import cluttered_wall, plain_wall
from tests.recordings.material import Material

LIGHT = (1.0, 0.5, 0.3, 0.2, 0.1, 0.05)
NOISE = 2.0
WALLS = (50, 110, 200)
DARK_SKIN, LIGHT_SKIN = 10.0, 30.0
Prepare = Callable[[Image], Image]


def photos(shared: Path, *, choosing: bool) -> Iterator[Image]:
    """Half of the photos, in colour."""
    with zipfile.ZipFile(shared / "data" / "lfw-dev.zip") as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".jpg") and (zlib.crc32(name.encode()) % 2 == 0) == choosing:
                yield np.asarray(cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_COLOR), np.uint8)


def measure_skin(photo: Image) -> float:
    """The cheeks' individual typology angle, in degrees, of a photo whose face is in the middle."""
    height, width = photo.shape[:2]
    rows = slice(int(0.5 * height), int(0.62 * height))
    sides = (slice(int(0.3 * width), int(0.42 * width)), slice(int(0.58 * width), int(0.7 * width)))
    cheeks = np.concatenate([photo[rows, side].reshape(-1, 3) for side in sides])
    lab = cv2.cvtColor(cheeks[np.newaxis].astype(np.float32) / 255, cv2.COLOR_BGR2Lab)[0]
    return math.degrees(math.atan2(float(np.median(lab[:, 0])) - 50, float(np.median(lab[:, 2]))))


def empty_scenes(shared: Path) -> list[Image]:
    """35 without anybody."""
    pictures = [Material(shared).scenery(f"none_skimage_{name}", 640, 480) for name in ("coffee.png", "rocket.jpg")]
    return [plain_wall(), *pictures, *(cluttered_wall(seed) for seed in range(32))]


def dim(scene: Image, light: float, rng: np.random.Generator) -> Image:
    noisy = scene * light + (rng.normal(0, NOISE, scene.shape) if light < 1 else 0)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def as_it_is(scene: Image) -> Image:
    return scene


def lit(scene: Image) -> Image:
    """As `edge.vision.look` prepares a picture for the cascades."""
    gain = measure_gain(coarse_cells(scene))
    return quieten(brighten(scene, gain), gain)


def sees(finder: FaceFinder, scene: Image, face: Box | None = None) -> bool:
    """Whether both cascades see `face`, or where it is None any."""
    found = [box for box in finder.scan(scene) if face is None or box.overlap(face) > 0.3]
    return any(finder.count_support(scene, box) > 0 for box in found)


def main() -> None:
    parser = argparse.ArgumentParser(description="faces found in little light")
    parser.add_argument("--choosing", action="store_true", help="the half that chose the constants")
    arguments = parse(parser, "data/lfw-dev.zip")
    finder, rng = FaceFinder(FacesConfig()), np.random.default_rng(0)
    found: dict[tuple[str, float, str], list[bool]] = {}
    for number, photo in enumerate(photos(arguments.shared, choosing=arguments.choosing)):
        angle = measure_skin(photo)
        skin = "dark" if angle < DARK_SKIN else "light" if angle > LIGHT_SKIN else "between"
        scene = np.full((480, 640), WALLS[number % len(WALLS)], np.uint8)
        scene[100 : 100 + photo.shape[0], 200 : 200 + photo.shape[1]] = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
        face = next((box for box in finder.scan(scene) if finder.count_support(scene, box) > 0), None)
        if face is None:
            continue
        for light in LIGHT:
            dimmed = dim(scene, light, rng)
            for name, prepare in (("as it is", as_it_is), ("brightened", lit)):
                found.setdefault((name, light, skin), []).append(sees(finder, prepare(dimmed), face))
    print("| light | picture | dark skin | between | light skin |\n|---|---|---|---|---|")
    for light in LIGHT:
        for name in ("as it is", "brightened"):
            cells = [found.get((name, light, skin), []) for skin in ("dark", "between", "light")]
            said = [f"{np.mean(cell):.1%} of {len(cell)}" if cell else "–" for cell in cells]
            print(f"| {light:g} | {name} | {' | '.join(said)} |")
    print("\n| light | empty scenes | with a hit as they are | brightened |\n|---|---|---|---|")
    for light in LIGHT:
        empty = [dim(scene, light, rng) for scene in empty_scenes(arguments.shared)]
        hits = [sum(sees(finder, prepare(scene)) for scene in empty) for prepare in (as_it_is, lit)]
        print(f"| {light:g} | {len(empty)} | {hits[0]} | {hits[1]} |")


if __name__ == "__main__":
    main()
