"""What ships, said in one TOML file: data, start weights, stages, what is averaged, the gate. No TensorFlow here."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

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
"""Pixels to which the mobile net enlarges the 48: it first learnt pictures of 224 and is better with larger ones."""
NORM_EPSILON = 1e-5


class Net(NamedTuple):
    """How many widths a net takes, and how it wants its pixels."""

    widths: range
    input: InputSpec


NETS = {
    "edge": Net(range(3, 4), InputSpec(48, 48, 0.5, 0.25)), "mobile": Net(range(1, 14), InputSpec(48, 48, 0.5, 0.25)),
    "seed": Net(range(0), InputSpec(48, 48, 0.0, 1.0)),
}  # fmt: skip
Share = Annotated[float, (0, 1)]
Against = Literal["crowd", "label"]


@dataclass(frozen=True)
class Stage:
    """One training: every choice that makes it. The defaults are those of a net that is trained on."""

    name: Annotated[str, r"[\w-]+"]
    epochs: Annotated[int, (1, 10_000)]
    net: Literal["edge", "mobile", "seed"] = "mobile"
    widths: tuple[int, ...] = ()  # channels of edge's stages or mobile's blocks; empty: the net's own
    side: Annotated[int, (32, 512)] = MOBILE_SIDE
    start: str = ""  # weights or an earlier stage to begin with; empty: nothing
    targets: Literal["crowd", "fer2013", "both"] = "crowd"  # both: two heads on one trunk
    teachers: tuple[str, ...] = ()  # weights or earlier stages; their mean answer to the same pictures is learnt too
    label_teachers: tuple[str, ...] = ()  # with both: those of the label's head, the others are the crowd's
    teach: Share = 0.5  # the lesson's share of the target
    class_weights: Mapping[str, float] = field(default_factory=dict)  # by what being wrong costs: `lessons.py`
    batch: Annotated[int, (1, 65_536)] = 128
    optimizer: Literal["sgd", "adam"] = "sgd"
    rate: Annotated[float, (1e-6, 10)] = 0.02
    warmup: Share = 0.05  # of the stage, in which the rate rises; then it falls as a cosine (sgd) or stays (adam)
    weight_decay: Share = 2.5e-4  # L2 on the kernels
    ema: Annotated[float, (0, 0.99999)] = 0.998  # of the moving average of the weights, which is kept; 0: the weights
    sam: Annotated[float, (0, 10)] = 0.0  # rho of sharpness-aware minimization (Foret et al. 2021), at twice the time
    mixup: Share = 0.0  # alpha
    smoothing: Share = 0.1  # of FER-2013's labels only: the votes are a distribution as they are
    balance: Annotated[float, (0, 10)] = (
        0.2  # tau of the crowd's logit adjustment (Menon et al. 2021), for rare classes
    )
    label_weight: Annotated[float, (0, 10)] = 0.6  # of the label head's loss with both
    augment: Share = 0.5  # strength of blur, compression, light, noise and boxes
    geometry: Share = 1.0  # strength of turning, sizing and moving; where both are 0 not even the flip is left
    seed: Annotated[int, (0, 2**31 - 1)] = 1

    def heads(self) -> tuple[str, ...]:
        return ("crowd", "fer2013") if self.targets == "both" else (self.targets,)

    def references(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.start, *self.teachers, *self.label_teachers)))


@dataclass(frozen=True)
class Source:
    """A file that a recipe names, and what its content hashes to; `blob`: where git has it, if it is no file."""

    sha256: Annotated[str, "[0-9a-f]{64}"]
    file: str = ""
    blob: str = ""


@dataclass(frozen=True)
class Ship:
    """Which stage ships, or which stages' and weights' mean, as which file, and whose truth it is held against."""

    stage: str = ""
    mean: tuple[str, ...] = ()
    file: str = ""
    card: str = ""
    against: Against = "crowd"

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
    known = get_type_hints(kind, include_extras=True)
    values = {key: _value(f"{where}: {key}", value, known[key]) for key, value in _table(where, given, known).items()}
    for each in fields(kind):
        if each.name not in values and each.default is MISSING is each.default_factory:
            raise TrainError(f"{where}: {each.name} is missing")
    return kind(**values)


def _value(where: str, value: Any, hint: Any) -> Any:
    """`value`, checked against the type of its field: a choice, a number in a range, a text, a list, class weights."""
    base, rule = get_origin(hint) or hint, get_args(hint)
    if base is Literal:
        if value not in rule:
            raise TrainError(f"{where} = {value!r}: one of {', '.join(rule)}")
    elif base is Annotated and rule[0] is not str:
        _number(where, value, rule[1], whole=rule[0] is int)
    elif base is Mapping:
        for label, weight in _table(where, value, LABELS).items():
            _number(f"{where}.{label}", weight, (0, 100))
    elif base is tuple:
        right = isinstance(value, list) and all(type(each) is rule[0] for each in value)
        if not right or (rule[0] is int and min(value, default=9) < 9):  # fewer channels than 9 crash oneDNN
            raise TrainError(f"{where}: a list of {'names' if rule[0] is str else 'whole numbers of 9 and more'}")
        return tuple(value)
    elif not isinstance(value, str):
        raise TrainError(f"{where} = {value!r}: a text")
    elif base is Annotated and not re.fullmatch(rule[1], value):
        raise TrainError(f"{where} = {value!r}: must be {rule[1]}")
    return value


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
