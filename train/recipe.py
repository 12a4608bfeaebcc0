"""What ships, said in one TOML file: data, start weights, stages, what is averaged, the gate. No TensorFlow here."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from edge.records import LABELS
from edge.vision.preprocess import InputSpec
from train.errors import TrainError
from train.gate import FIGURES, figure_of

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "train" / "recipes"
MOST_STAGES = 5
EDGE_WIDTHS = (32, 96, 176)
MOBILE_WIDTHS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
MOBILE_SIDE = 144
"""Pixels to which the mobile net itself enlarges the 48: it was born at 224 and sees more at its own scale."""
NORM_EPSILON = 1e-5


class Net(NamedTuple):
    """How many widths a net takes, and how it wants its pixels."""

    widths: range
    input: InputSpec


NETS = {
    "edge": Net(range(3, 4), InputSpec(48, 48, 0.5, 0.25)), "mobile": Net(range(1, 14), InputSpec(48, 48, 0.5, 0.25)),
    "seed": Net(range(0), InputSpec(48, 48, 0.0, 1.0)),
}  # fmt: skip
RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, 10_000), "batch": (1, 65_536), "seed": (0, 2**31 - 1), "side": (32, 512),
    "rate": (1e-6, 10), "warmup": (0, 1), "weight_decay": (0, 1), "ema": (0, 0.99999), "sam": (0, 10), "mixup": (0, 1),
    "smoothing": (0, 1), "balance": (0, 10), "augment": (0, 1), "geometry": (0, 1), "label_weight": (0, 10),
    "teach": (0, 1),
}  # fmt: skip
"""From the least to the largest of what a number of a stage may be."""
FORMS = {"name": (r"[\w-]+", "letters, digits, - and _"), "sha256": (r"[0-9a-f]{64}", "64 digits of 0-9a-f")}
CHOICES = {
    "net": tuple(NETS), "optimizer": ("sgd", "adam"), "targets": ("crowd", "fer2013", "both"),
    "against": ("crowd", "label"),
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """One training: every choice that makes it. The defaults are those of a net that is trained on."""

    name: str
    epochs: int
    net: str = "mobile"
    widths: tuple[int, ...] = ()  # channels of edge's stages or mobile's blocks; empty: the net's own
    side: int = MOBILE_SIDE
    start: str = ""  # weights or an earlier stage to begin with; empty: nothing
    targets: str = "crowd"  # or fer2013, or both (two heads on one trunk)
    teachers: tuple[str, ...] = ()  # weights or earlier stages whose mean answer is learnt beside the targets
    label_teachers: tuple[str, ...] = ()  # with both: those of the label's head, the others are the crowd's
    teach: float = 0.5  # the lesson's share of the target
    class_weights: Mapping[str, float] = field(default_factory=dict)  # by what being wrong costs: `targets.weighed`
    batch: int = 128
    optimizer: str = "sgd"
    rate: float = 0.02
    warmup: float = 0.05  # share of the stage in which the rate rises; then it falls as a cosine (sgd) or stays (adam)
    weight_decay: float = 2.5e-4  # L2 on the kernels
    ema: float = 0.998  # the moving average of the weights is what is kept; 0: the weights themselves
    sam: float = 0.0  # rho of sharpness-aware minimization (Foret et al. 2021), at twice the time
    mixup: float = 0.0  # alpha
    smoothing: float = 0.1  # of FER-2013's labels only: the votes are a distribution as they are
    balance: float = 0.2  # tau of the crowd's logit adjustment (Menon et al. 2021), so that rare classes are not shy
    label_weight: float = 0.6  # of the label head's loss with both
    augment: float = 0.5  # strength of blur, compression, light, noise and boxes
    geometry: float = 1.0  # strength of turning, sizing and moving; where both are 0 not even the flip is left
    seed: int = 1

    def heads(self) -> tuple[str, ...]:
        return ("crowd", "fer2013") if self.targets == "both" else (self.targets,)

    def references(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.start, *self.teachers, *self.label_teachers)))


@dataclass(frozen=True)
class Source:
    """A file that a recipe names, and what its content hashes to; `blob`: where git has it, if it is no file."""

    sha256: str
    file: str = ""
    blob: str = ""


@dataclass(frozen=True)
class Ship:
    """Which stage ships, or which stages' and weights' mean, as which file, and whose truth it is held against."""

    stage: str = ""
    mean: tuple[str, ...] = ()
    file: str = ""
    card: str = ""
    against: str = "crowd"

    def models(self) -> tuple[str, ...]:
        return self.mean or (self.stage,)


@dataclass(frozen=True)
class Recipe:
    name: str
    sha256: str
    data: dict[str, Source]
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
        return _recipe(path.stem, hashlib.sha256(content).hexdigest(), tomllib.loads(content.decode("utf-8-sig")))
    except FileNotFoundError as error:
        known = ", ".join(sorted(found.stem for found in RECIPES.glob("*.toml")))
        raise TrainError(f"{path}: no such recipe (there are {known}; another's path ends in .toml)") from error
    except OSError as error:
        raise TrainError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise TrainError(f"{path}: not TOML ({error})") from error
    except TrainError as error:
        raise TrainError(f"{path}: {error}") from error


def _recipe(name: str, sha256: str, table: dict[str, Any]) -> Recipe:
    _table("the recipe", table, ("data", "weights", "also", "stage", "ship", "gate"))
    data, weights, also = (
        {each: _made(Source, f"{key}.{each}", source) for each, source in _table(key, table.get(key, {})).items()}
        for key in ("data", "weights", "also")
    )
    if "faces" not in _table("data", data, ("faces", "votes")):
        raise TrainError('data: faces = { file = "…", sha256 = "…" } is missing')
    for each, source in (data | weights | also).items():
        if not source.file and not source.blob:
            raise TrainError(f"{each}: file is missing")
    given = table.get("stage")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_STAGES:
        raise TrainError(f"stage: one to {MOST_STAGES} of [[stage]]")
    stages: dict[str, Stage] = {}
    for number, each in enumerate(given, 1):
        stage = _stage(f"stage {number}", each, weights, stages)
        stages[stage.name] = stage
    ship: Ship = _made(Ship, "ship", table.get("ship"))
    if bool(ship.stage) == bool(ship.mean):
        raise TrainError('ship: either stage = "NAME" or mean = ["NAME", "NAME"]')
    if not ship.file.endswith(".tflite") and ship.file:
        raise TrainError("ship: file: its name ends in .tflite")
    for reference in ship.models():
        _refers("ship", reference, weights, stages)
    gate = _table("gate", table.get("gate", {}))
    for key, value in gate.items():
        figure = figure_of(key)
        if figure not in FIGURES and figure.partition(" ")[0] not in also:
            raise TrainError(f"gate: no figure {key!r}{_nearest(figure, FIGURES)}")
        _number(f"gate: {key!r}", value, (0, 1e9))
    return Recipe(name, sha256, data, weights, also, tuple(stages.values()), ship, gate)


def _stage(where: str, given: Any, weights: Mapping[str, Source], before: Mapping[str, Stage]) -> Stage:
    stage: Stage = _made(Stage, where, given)
    if stage.name in before or stage.name in weights:
        raise TrainError(f"{where}: name {stage.name!r} is taken")
    where = f"stage {stage.name}"
    if stage.label_teachers and stage.targets != "both":
        raise TrainError(f'{where}: label_teachers: only with targets = "both"; else teachers are all there are')
    if stage.widths and len(stage.widths) not in NETS[stage.net].widths:
        raise TrainError(f"{where}: widths: the {stage.net} net does not take {len(stage.widths)}")
    for reference in stage.references():
        _refers(where, reference, weights, before)
    return stage


def _made(kind: type[Any], where: str, given: Any) -> Any:
    """A Source, Stage or Ship of the values in a table. Raises TrainError naming the key."""
    known = {each.name: each for each in fields(kind)}
    values = dict(_table(where, given, known))
    for key, value in values.items():
        what = f"{where}: {key}"
        if key in RANGES:
            _number(what, value, RANGES[key], whole=known[key].type == "int")
        elif key == "class_weights":
            for label, weight in _table(what, value, LABELS).items():
                _number(f"{what}.{label}", weight, (0, 100))
        elif str(known[key].type).startswith("tuple"):
            right = isinstance(value, list) and all(type(each) is (int if key == "widths" else str) for each in value)
            if not right or (key == "widths" and min(value, default=9) < 9):  # fewer channels than 9 crash oneDNN
                raise TrainError(f"{what}: a list of {'whole numbers of 9 and more' if key == 'widths' else 'names'}")
            values[key] = tuple(value)
        elif not isinstance(value, str) or value not in CHOICES.get(key, [value]):
            raise TrainError(
                f"{what} = {value!r}: {'one of ' + ', '.join(CHOICES[key]) if key in CHOICES else 'a text'}"
            )
        elif key in FORMS and not re.fullmatch(FORMS[key][0], value):
            raise TrainError(f"{what} = {value!r}: {FORMS[key][1]}")
    for key, each in known.items():
        if key not in values and each.default is MISSING is each.default_factory:
            raise TrainError(f"{where}: {key} is missing")
    return kind(**values)


def _refers(where: str, reference: str, weights: Mapping[str, Source], stages: Mapping[str, Stage]) -> None:
    """TrainError unless `reference` is weights, an earlier stage, or a head of one (STAGE.HEAD)."""
    name, _, head = reference.partition(".")
    if name not in weights and name not in stages:
        raise TrainError(f"{where}: no weights or earlier stage {name!r}{_nearest(name, (*weights, *stages))}")
    if head and (name in weights or head not in stages[name].heads()):
        raise TrainError(f"{where}: {reference!r}: {name} has no head {head}")


def _table(where: str, value: Any, known: Iterable[str] | None = None) -> dict[str, Any]:
    """`value`, a table of no other keys than those `known`; of any, where none are given."""
    if not isinstance(value, dict):
        raise TrainError(f"{where}: {'missing' if value is None else 'a table of keys and values'}")
    if known is not None and (unknown := [key for key in value if key not in known]):
        raise TrainError(f"{where}: unknown key {unknown[0]!r}{_nearest(unknown[0], known)}")
    return value


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _number(where: str, value: Any, between: tuple[float, float], whole: bool = False) -> None:
    right = type(value) is int or (type(value) is float and not whole)
    if not right or not between[0] <= value <= between[1]:
        kind = "a whole number" if whole else "a number"
        raise TrainError(f"{where} = {value!r}: {kind} from {between[0]:g} to {between[1]:.10g}")
