"""What ships, said in one TOML file: data, start weights, stages, what is averaged, and the gate. No TensorFlow here."""

from __future__ import annotations

import difflib
import hashlib
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from edge.records import LABELS
from train.errors import TrainError
from train.gate import FIGURES, figure_of
from train.nets import MOBILE_SIDE, NETS, WIDTHS

ROOT = Path(__file__).resolve().parent.parent
RECIPES = Path(__file__).resolve().parent / "recipes"
MOST_STAGES = 5
RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, 10_000), "batch": (1, 65_536), "average_last": (1, 1000), "seed": (0, 2**31 - 1), "side": (32, 512),
    "rate": (1e-6, 10), "warmup": (0, 1), "weight_decay": (0, 1), "ema": (0, 0.99999), "sam": (0, 10), "mixup": (0, 1),
    "smoothing": (0, 1), "balance": (0, 10), "augment": (0, 1), "geometry": (0, 1), "label_weight": (0, 10),
    "teach": (0, 1), "label_share": (0, 1),
}  # fmt: skip
"""From the least to the largest of what a number of a stage may be."""
CHOICES = {
    "net": NETS, "optimizer": ("sgd", "adam"), "lesson_mean": ("arithmetic", "geometric"),
    "precision": ("float32", "mixed_bfloat16"),
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """One training: every choice that makes it. The defaults are those of a net that is trained on."""

    name: str
    epochs: int
    net: str = "mobile"
    widths: tuple[int, ...] = ()
    """Channels of the edge net's stages or the mobile net's blocks; empty: the net's own."""
    side: int = MOBILE_SIDE
    """Pixels to which the mobile net enlarges a face."""
    start: str = ""
    """Weights or an earlier stage to begin with; empty: nothing."""
    targets: str = "crowd"
    """`crowd`, `fer2013`, `mix:0.5` (that share of votes, the rest label), or `both` (two heads on one trunk)."""
    teachers: tuple[str, ...] = ()
    """Weights or earlier stages whose mean answer the (first) head learns beside its targets."""
    label_teachers: tuple[str, ...] = ()
    """Teachers of FER-2013's labels: the second head's of `both`, else `label_share` of the lesson."""
    label_share: float = 0.0
    lesson_mean: str = "arithmetic"
    teach: float = 0.5
    """The lesson's share of the target."""
    class_weights: Mapping[str, float] = field(default_factory=dict)
    """What being wrong costs, by label (1 where none is given): a face's loss times the mean over its target."""
    batch: int = 128
    optimizer: str = "sgd"
    rate: float = 0.02
    warmup: float = 0.05
    """Share of the stage in which the rate rises; it then falls as a cosine (sgd) or stays (adam)."""
    weight_decay: float = 2.5e-4
    """L2 on the kernels."""
    ema: float = 0.998
    """The moving average of the weights is what is kept; 0: the weights themselves."""
    sam: float = 0.0
    """Rho of sharpness-aware minimization (Foret et al. 2021), at twice the time; 0: none."""
    mixup: float = 0.0
    """Alpha of mixup; 0: none."""
    smoothing: float = 0.1
    """Label smoothing, of FER-2013's labels only: the votes are a distribution as they are."""
    balance: float = 0.2
    """Tau of the logit adjustment (Menon et al. 2021) of the crowd's head, so that rare classes are not shy."""
    label_weight: float = 0.6
    """Weight of the label head's loss with `both`."""
    augment: float = 0.5
    """Strength of blur, compression, light, noise and boxes."""
    geometry: float = 1.0
    """Strength of turning, sizing and moving; nothing is done to a face where both are 0."""
    precision: str = "float32"
    seed: int = 1
    average_last: int = 1
    """The stage's weights are the mean of those after its last so many epochs."""

    def heads(self) -> tuple[str, ...]:
        return ("crowd", "fer2013") if self.targets == "both" else (self.targets.partition(":")[0],)

    def mix(self) -> float:
        """The share of the votes in `mix:SHARE`."""
        return float(self.targets.partition(":")[2])

    def references(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.start, *self.teachers, *self.label_teachers)))


@dataclass(frozen=True)
class Source:
    """A file that a recipe names, and what its content hashes to; `blob`: where git has it, if it is no file."""

    file: str
    sha256: str
    blob: str = ""


@dataclass(frozen=True)
class Ship:
    """Which stages' mean ships, as which file, and whose truth its conversion is held against."""

    models: tuple[str, ...]
    file: str = ""
    card: str = ""
    against: str = "crowd"


@dataclass(frozen=True)
class Recipe:
    name: str
    sha256: str
    faces: Source
    votes: Source | None
    weights: dict[str, Source]
    also: dict[str, Source]
    stages: tuple[Stage, ...]
    ship: Ship
    gate: dict[str, float]


def read(given: str) -> Recipe:
    """The recipe of that name in train/recipes, or of that path. Raises TrainError naming file, key and problem."""
    path = Path(given) if given.endswith(".toml") else RECIPES / f"{given}.toml"
    try:
        content = path.read_bytes()
        table = tomllib.loads(content.decode("utf-8-sig"))
    except FileNotFoundError as error:
        known = ", ".join(sorted(found.stem for found in RECIPES.glob("*.toml")))
        raise TrainError(f"{path}: no such recipe (there are {known}; another's path ends in .toml)") from error
    except OSError as error:
        raise TrainError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise TrainError(f"{path}: not TOML ({error})") from error
    try:
        return _recipe(path.stem, hashlib.sha256(content).hexdigest(), table)
    except TrainError as error:
        raise TrainError(f"{path}: {error}") from error


def _recipe(name: str, sha256: str, table: dict[str, Any]) -> Recipe:
    _known("the recipe", table, ("data", "weights", "also", "stage", "ship", "gate"))
    data, gate = _table("data", table.get("data")), _table("gate", table.get("gate", {}))
    _known("data", data, ("faces", "votes"))
    weights = {
        key: _source(f"weights.{key}", value) for key, value in _table("weights", table.get("weights", {})).items()
    }
    also = {key: _source(f"also.{key}", value) for key, value in _table("also", table.get("also", {})).items()}
    given = table.get("stage")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_STAGES:
        raise TrainError(f"stage: one to {MOST_STAGES} of [[stage]]")
    stages: dict[str, Stage] = {}
    for number, each in enumerate(given, 1):
        stage = _stage(f"stage {number}", _table(f"stage {number}", each))
        if stage.name in stages or stage.name in weights:
            raise TrainError(f"stage {number}: name {stage.name!r} is taken")
        for reference in stage.references():
            _refers(f"stage {stage.name}", reference, weights, stages)
        stages[stage.name] = stage
    ship = _ship(_table("ship", table.get("ship")))
    for reference in ship.models:
        _refers("ship", reference, weights, stages)
    for key, value in gate.items():
        figure = figure_of(key)
        if figure not in FIGURES and not any(figure.startswith(f"{name} ") for name in also):
            raise TrainError(f"gate: no figure {key!r}{_nearest(figure, FIGURES)}")
        _number(f"gate: {key!r}", value, 0, math.inf)
    return Recipe(
        name, sha256, _source("data.faces", data.get("faces")),
        _source("data.votes", data["votes"]) if "votes" in data else None,
        weights, also, tuple(stages.values()), ship, {key: float(value) for key, value in gate.items()},
    )  # fmt: skip


def _stage(where: str, table: dict[str, Any]) -> Stage:
    known = {each.name: each for each in fields(Stage)}
    _known(where, table, known)
    for key in ("name", "epochs"):
        if key not in table:
            raise TrainError(f"{where}: has no {key}")
    if not isinstance(table["name"], str) or not re.fullmatch(r"[A-Za-z0-9_-]+", table["name"]):
        raise TrainError(f"{where}: name {table['name']!r}: letters, digits, - and _")
    where, values = f"stage {table['name']}", dict(table)
    for key, value in table.items():
        what = f"{where}: {key}"
        if key in RANGES:
            _number(what, value, *RANGES[key], whole=known[key].type == "int")
            values[key] = int(value) if known[key].type == "int" else float(value)
        elif key in CHOICES and value not in CHOICES[key]:
            raise TrainError(f"{what} = {value!r}: one of {', '.join(CHOICES[key])}")
        elif key in ("teachers", "label_teachers"):
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise TrainError(f"{what}: a list of names")
            values[key] = tuple(value)
        elif key == "class_weights":
            _known(what, _table(what, value), LABELS)
            for label, weight in value.items():
                _number(f"{what}.{label}", weight, 0, 100)
        elif key == "widths":
            if not isinstance(value, list) or not all(type(each) is int and each >= 9 for each in value):
                raise TrainError(f"{what}: a list of whole numbers of 9 and more")
            values[key] = tuple(value)
        elif key in ("start", "targets") and not isinstance(value, str):
            raise TrainError(f"{what} = {value!r}: a string")
    stage = Stage(**values)
    shares = re.fullmatch(r"mix:(\d*\.?\d+)", stage.targets)
    if stage.targets not in ("crowd", "fer2013", "both") and not (shares and float(shares[1]) <= 1):
        raise TrainError(f"{where}: targets = {stage.targets!r}: crowd, fer2013, both, or mix:SHARE of votes")
    least, most = WIDTHS[stage.net]
    if stage.widths and not least <= len(stage.widths) <= most:
        raise TrainError(f"{where}: widths: the {stage.net} net has {most}, not {len(stage.widths)}")
    if stage.net == "seed" and stage.targets == "both":
        raise TrainError(f"{where}: targets: the seed net has one head, not both")
    return stage


def _ship(table: dict[str, Any]) -> Ship:
    _known("ship", table, ("stage", "mean", "file", "card", "against"))
    if ("stage" in table) == ("mean" in table):
        raise TrainError('ship: either stage = "NAME" or mean = ["NAME", "NAME"]')
    models = table.get("mean", [table.get("stage")])
    if not isinstance(models, list) or not models or not all(isinstance(each, str) for each in models):
        raise TrainError("ship: names of stages are strings")
    for key in ("file", "card"):
        if not isinstance(table.get(key, ""), str):
            raise TrainError(f"ship: {key}: a path")
    if not str(table.get("file", ".tflite")).endswith(".tflite"):
        raise TrainError("ship: file: its name ends in .tflite")
    if table.get("against", "crowd") not in ("crowd", "label"):
        raise TrainError(f"ship: against = {table['against']!r}: crowd or label")
    return Ship(tuple(models), **{key: table[key] for key in ("file", "card", "against") if key in table})


def _source(where: str, table: Any) -> Source:
    table = _table(where, table)
    _known(where, table, ("file", "sha256", "blob"))
    if not all(isinstance(value, str) for value in table.values()) or not ("file" in table or "blob" in table):
        raise TrainError(f'{where}: file = "…" and sha256 = "…"')
    if not re.fullmatch(r"[0-9a-f]{64}", table.get("sha256", "")):
        raise TrainError(f"{where}: sha256: 64 digits of 0-9a-f")
    return Source(table.get("file", ""), table["sha256"], table.get("blob", ""))


def _refers(where: str, reference: str, weights: Mapping[str, Source], stages: Mapping[str, Stage]) -> None:
    """TrainError unless `reference` is weights, an earlier stage, or a head of one (STAGE.HEAD)."""
    name, _, head = reference.partition(".")
    if name not in weights and name not in stages:
        raise TrainError(f"{where}: no weights or earlier stage {name!r}{_nearest(name, (*weights, *stages))}")
    if head and (name in weights or head not in stages[name].heads()):
        raise TrainError(f"{where}: {reference!r}: {name} has no head {head}")


def _table(where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TrainError(f"{where}: {'missing' if value is None else 'a table of keys and values'}")
    return value


def _known(where: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    for key in table:
        if key not in known:
            raise TrainError(f"{where}: unknown key {key!r}{_nearest(key, known)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _number(where: str, value: Any, least: float, most: float, whole: bool = False) -> None:
    right = type(value) is int or (type(value) is float and not whole)
    if not right or not least <= value <= most:
        kind = "a whole number" if whole else "a number"
        raise TrainError(f"{where} = {value!r}: {kind} from {least:g} to {most:.10g}")
