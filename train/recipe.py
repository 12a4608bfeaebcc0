"""What ships, said in one TOML file: data, start weights, stages, what is averaged, the gate. No TensorFlow here."""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

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
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Factor: TypeAlias = Annotated[float, Field(ge=0, le=10)]
Label: TypeAlias = Annotated[str, Field(pattern=f"^({'|'.join(LABELS)})$")]
Against: TypeAlias = Literal["crowd", "label"]
STRICT = ConfigDict(extra="forbid", strict=True)
"""A key that is not known is a mistake, and nothing is read as something else than what it is."""


@with_config(STRICT)
@dataclass(frozen=True)
class Stage:
    """One training: every choice that makes it. The defaults are those of a net that is trained on."""

    name: Annotated[str, Field(pattern=r"^[\w-]+$")]
    epochs: Annotated[int, Field(ge=1, le=10_000)]
    net: Literal["edge", "mobile", "seed"] = "mobile"
    # Channels of edge's stages or mobile's blocks; empty: the net's own. Fewer than 9 crash oneDNN.
    widths: tuple[Annotated[int, Field(ge=9)], ...] = ()
    side: Annotated[int, Field(ge=32, le=512)] = MOBILE_SIDE
    start: str = ""  # weights or an earlier stage to begin with; empty: nothing
    targets: Literal["crowd", "fer2013", "both"] = "crowd"  # both: two heads on one trunk
    teachers: tuple[str, ...] = ()  # weights or earlier stages; their mean answer to the same pictures is learnt too
    label_teachers: tuple[str, ...] = ()  # with both: those of the label's head, the others are the crowd's
    teach: Share = 0.5  # the lesson's share of the target
    # By what being wrong about a class costs: `lessons.py`.
    class_weights: Mapping[Label, Annotated[float, Field(ge=0, le=100)]] = field(default_factory=dict)
    batch: Annotated[int, Field(ge=1, le=65_536)] = 128
    optimizer: Literal["sgd", "adam"] = "sgd"
    rate: Annotated[float, Field(ge=1e-6, le=10)] = 0.02
    warmup: Share = 0.05  # of the stage, in which the rate rises; then it falls as a cosine (sgd) or stays (adam)
    weight_decay: Share = 2.5e-4  # L2 on the kernels
    # Of the moving average of the weights, which is kept; 0: the weights.
    ema: Annotated[float, Field(ge=0, le=0.99999)] = 0.998
    sam: Factor = 0.0  # rho of sharpness-aware minimization (Foret et al. 2021), at twice the time
    mixup: Share = 0.0  # alpha
    smoothing: Share = 0.1  # of FER-2013's labels only: the votes are a distribution as they are
    balance: Factor = 0.2  # tau of the crowd's logit adjustment (Menon et al. 2021), for rare classes
    label_weight: Factor = 0.6  # of the label head's loss with both
    augment: Share = 0.5  # strength of blur, compression, light, noise and boxes
    geometry: Share = 1.0  # strength of turning, sizing and moving; where both are 0 not even the flip is left
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1

    def heads(self) -> tuple[str, ...]:
        return ("crowd", "fer2013") if self.targets == "both" else (self.targets,)

    def references(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.start, *self.teachers, *self.label_teachers)))


@with_config(STRICT)
@dataclass(frozen=True)
class Source:
    """A file that a recipe names, and what its content hashes to; `blob`: where git has it, if it is no file."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    file: str = ""
    blob: str = ""

    def __post_init__(self) -> None:
        if not self.file and not self.blob:
            raise ValueError("file is missing")


@with_config(STRICT)
@dataclass(frozen=True)
class Ship:
    """Which stage ships, or which stages' and weights' mean, as which file, and whose truth it is held against."""

    stage: str = ""
    mean: tuple[str, ...] = ()
    file: Annotated[str, Field(pattern=r"^(.+\.tflite)?$")] = ""
    card: str = ""
    against: Against = "crowd"

    def __post_init__(self) -> None:
        if bool(self.stage) == bool(self.mean):
            raise ValueError('either stage = "NAME" or mean = ["NAME", "NAME"]')

    def models(self) -> tuple[str, ...]:
        return self.mean or (self.stage,)


@with_config(STRICT)
@dataclass(frozen=True)
class Recipe:
    """What a recipe's file says, as it says it; `name` and `sha256` are the file's."""

    data: dict[Literal["faces", "votes"], Source]
    stages: Annotated[tuple[Stage, ...], Field(alias="stage", min_length=1, max_length=MOST_STAGES)]
    ship: Ship
    weights: dict[str, Source] = field(default_factory=dict)
    also: dict[str, Source] = field(default_factory=dict)
    gate: dict[str, Annotated[float, Field(ge=0, le=1e9)]] = field(default_factory=dict)
    name: str = ""
    sha256: str = ""


def read(given: str) -> Recipe:
    """The recipe of that name in train/recipes, or of that path. Raises TrainError naming file, key and problem."""
    path = Path(given) if given.endswith(".toml") else RECIPES / f"{given}.toml"
    try:
        content = path.read_bytes()
        table = tomllib.loads(content.decode("utf-8-sig"))
        if stray := {"name", "sha256"} & table.keys():
            raise TrainError(f"{stray.pop()}: no such key")
        of_file = {"name": path.stem, "sha256": hashlib.sha256(content).hexdigest()}
        # As JSON, whose lists may be tuples where TOML's may not.
        recipe: Recipe = TypeAdapter(Recipe).validate_json(json.dumps(table | of_file, default=str))
        _check(recipe)
        return recipe
    except FileNotFoundError as error:
        known = ", ".join(sorted(found.stem for found in RECIPES.glob("*.toml")))
        raise TrainError(f"{path}: no such recipe (there are {known}; another's path ends in .toml)") from error
    except OSError as error:
        raise TrainError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise TrainError(f"{path}: {_first(error)}") from error
    except ValueError as error:
        raise TrainError(f"{path}: not TOML ({error})") from error
    except TrainError as error:
        raise TrainError(f"{path}: {error}") from error


def _first(error: ValidationError) -> str:
    """Where the first problem is, what stands there, and what is wrong with it, in one line."""
    unknown = "unexpected_keyword_argument"
    problem = min(error.errors(), key=lambda each: each["type"] != unknown)  # or a mistyped key is called missing
    where = [f"{part + 1}" if isinstance(part, int) else part for part in problem["loc"] if part != "[key]"]
    at, given = ": ".join(where).replace("stage: ", "stage ") or "the recipe", problem["input"]
    said = f" = {given!r}" if isinstance(given, str | int | float) else ""
    if problem["type"] == unknown:
        known = [name for kind in (Ship, Source, Stage) for name in kind.__annotations__]
        known += ["data", "weights", "also", "stage", "ship", "gate"]
        return f"{at}: no such key{_nearest(where[-1], known)}"
    return f"{at}{said}: {problem['msg'].removeprefix('Value error, ')}"


def _check(recipe: Recipe) -> None:
    """Raises TrainError where parts that are each right do not go together."""
    if "faces" not in recipe.data:
        raise TrainError('data: faces = { file = "…", sha256 = "…" } is missing')
    stages: dict[str, Stage] = {}
    for stage in recipe.stages:
        where = f"stage {stage.name}"
        if stage.name in stages or stage.name in recipe.weights:
            raise TrainError(f"{where}: the name is taken")
        if stage.label_teachers and stage.targets != "both":
            raise TrainError(f'{where}: label_teachers: only with targets = "both"; else teachers are all there are')
        if stage.widths and len(stage.widths) not in NETS[stage.net].widths:
            raise TrainError(f"{where}: widths: the {stage.net} net does not take {len(stage.widths)}")
        for reference in stage.references():
            _refers(where, reference, recipe.weights, stages)
        stages[stage.name] = stage
    for reference in recipe.ship.models():
        _refers("ship", reference, recipe.weights, stages)
    for key in recipe.gate:
        figure = figure_of(key)
        if figure not in FIGURES and figure.partition(" ")[0] not in recipe.also:
            raise TrainError(f"gate: no figure {key!r}{_nearest(figure, FIGURES)}")


def _refers(where: str, reference: str, weights: Mapping[str, Source], stages: Mapping[str, Stage]) -> None:
    """TrainError unless `reference` is weights, an earlier stage, or a head of one (STAGE.HEAD)."""
    name, _, head = reference.partition(".")
    if name not in weights and name not in stages:
        raise TrainError(f"{where}: no weights or earlier stage {name!r}{_nearest(name, (*weights, *stages))}")
    if head and (name in weights or head not in stages[name].heads()):
        raise TrainError(f"{where}: {reference!r}: {name} has no head {head}")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
