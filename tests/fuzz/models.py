"""The JSON beside a model, bent: what it says must fit the model, or it is refused in a line."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from edge.errors import ModelError
from edge.vision.model import SHIPPED, load_model
from tests.fuzz.outcome import Broken, Row
from tests.fuzz.pictures import mutated

FULL, SMALL = 4_000, 100
_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 10**400, float("nan"), "x", "\x9b", [], {}, [[]], {"height": 48}, ["happy"] * 7, 144, 0.0,
    "a" * 999,
)  # fmt: skip


def fuzz(random: Random, count: int, folder: Path) -> Iterator[Row]:
    model, card = folder / "model.tflite", folder / "model.json"
    shutil.copy(SHIPPED, model)
    text = SHIPPED.with_suffix(".json").read_text(encoding="utf-8")
    taken = 0
    for number in range(count):
        data = mutated(random, text.encode()) if random.randrange(2) else _changed(random, text)
        card.write_bytes(data)
        try:
            load_model(model)
            taken += 1
        except ModelError as error:
            line = str(error)
            if not line.isprintable() or len(line) > 600:
                raise Broken(f"card {number} gets a line of {len(line)} characters: {line[:200]!a}") from error
        except Exception as error:
            raise Broken(f"card {number} is a {type(error).__name__}: {error}; {data[:500]!r}") from error
    yield Row("models' JSON, bent", count, f"each taken ({taken:,}) or refused in a line")


def _changed(random: Random, text: str) -> bytes:
    card = json.loads(text)
    place = card
    for _ in range(random.choice((0, 0, 1))):
        inner = [value for value in place.values() if isinstance(value, dict)]
        place = random.choice(inner) if inner else place
    for _ in range(random.choice((1, 2))):
        key = random.choice([*place, "more"])
        if random.randrange(4):
            place[key] = random.choice(_VALUES)
        else:
            place.pop(key, None)
    return json.dumps(card).encode()
