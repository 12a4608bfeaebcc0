"""Tiny stages and recipes, for the tests of train."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from train.recipe import Stage

# oneDNN (TensorFlow 2.21) crashes in the gradient of convolutions with eight channels: 9 is as tiny as it gets.
TINY = Stage(
    "tiny", 2, net="mobile", widths=(9, 9), side=32, batch=7, rate=0.05, ema=0.9, augment=0.3, geometry=0.3, seed=3
)


def tiny(**choices: Any) -> Stage:
    return replace(TINY, **choices)


def recipe_file(folder: Path, data: Path, votes: Path, more: str = "", gate: str = "") -> Path:
    """A recipe of one tiny stage (`more`: what else it says, and further stages) that ships into the folder."""
    path = folder / "tiny.toml"
    path.write_text(f'''
[data]
faces = {{ file = "{data.name}.zip", sha256 = "{"0" * 64}" }}
votes = {{ file = "{votes.name}", sha256 = "{hashlib.sha256(votes.read_bytes()).hexdigest()}" }}

[[stage]]
name = "tiny"
widths = [9, 9]
side = 32
batch = 49
epochs = 2
rate = 0.05
ema = 0.8
augment = 0.0
geometry = 0.0
{more}

[ship]
stage = "tiny"
file = "{folder / "shipped.tflite"}"
card = "{folder / "CARD.md"}"

[gate]
{gate}
''')
    return path
