"""What the vision tests share: real portraits before made-up walls, and models with something wrong about them."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.records import Box, Image

ROOT = Path(__file__).resolve().parents[2]
PORTRAITS = ("eileen_collins.png", "grace_hopper.jpg")


def portrait(name: str = PORTRAITS[0]) -> Image:
    """A real person's portrait, grey."""
    picture = cv2.imread(str(ROOT / "edge" / "demo" / name), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def wall(seed: int = 1, level: int = 150, width: int = 640, height: int = 480) -> Image:
    """An empty wall as a camera sees it: light falls off to one side, and the sensor is noisy."""
    rng = np.random.default_rng(seed)
    light = np.linspace(level + 20, level - 20, width)[np.newaxis, :]
    return np.clip(light + rng.normal(0, 3, (height, width)), 0, 255).astype(np.uint8)


def texture(seed: int, width: int = 640, height: int = 480) -> Image:
    """Clutter without a face: boxes and discs of every grey, blurred, with noise."""
    rng = np.random.default_rng(seed)
    scene = np.full((height, width), int(rng.integers(60, 200)), np.uint8)
    for _ in range(60):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        w, h, shade = (int(value) for value in rng.integers(5, [140, 140, 255]))
        if rng.random() < 0.5:
            cv2.rectangle(scene, (x, y), (x + w, y + h), shade, -1)
        else:
            cv2.ellipse(scene, (x, y), (w // 2 + 1, h // 2 + 1), 0, 0, 360, (shade,), -1)
    noisy = cv2.GaussianBlur(scene, (0, 0), 1.5) + rng.normal(0, 3, scene.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def hung(scene: Image, picture: Image, x: int, y: int, width: int) -> Image:
    """`scene` with `picture` hung into it at x, y, scaled to `width`; what leaves the scene is cut off."""
    factor = width / picture.shape[1]
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    place = Box(x, y, small.shape[1], small.shape[0])
    seen = place.clipped(scene.shape[1], scene.shape[0])
    result = scene.copy()
    seen.cut(result)[:] = seen.moved(-x, -y).cut(np.asarray(small, np.uint8))
    return result


def room(seed: int, x: int = 200, y: int = 60, width: int = 300, name: str = PORTRAITS[0]) -> Image:
    """A person before a wall; another `seed` is another moment's noise."""
    return hung(wall(seed), portrait(name), x, y, width)


def broken_model(folder: Path, source: Path, content: bytes | None = None, **changes: Any) -> Path:
    """A copy of the model `source` in `folder`: other `content`, and `changes` in its JSON (None takes a key away)."""
    path = folder / "expression.tflite"
    path.write_bytes(source.read_bytes() if content is None else content)
    card = json.loads(source.with_suffix(".json").read_text(encoding="utf-8")) | changes
    kept = {key: value for key, value in card.items() if value is not None}
    path.with_suffix(".json").write_text(json.dumps(kept), encoding="utf-8")
    return path
