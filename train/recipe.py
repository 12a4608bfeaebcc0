"""What a run is made of: its settings, its targets, its learning rate. No TensorFlow here."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.errors import TrainError
from train.nets import EDGE_WIDTHS, MOBILE_SIDE, MOBILE_WIDTHS
from train.votes import target_mass

RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, math.inf), "batch": (1, math.inf), "evaluate_every": (1, math.inf), "seed": (0, 2**32 - 1),
    "side": (32, 512), "rate": (1e-6, 10.0), "ema": (0.0, 0.99999), "mixup": (0.0, 10.0), "smoothing": (0.0, 1.0),
    "balance": (0.0, 10.0), "augment": (0.0, 1.0), "geometry": (0.0, 1.0), "label_weight": (0.0, 10.0),
    "teach": (0.0, 1.0), "sam": (0.0, 10.0),
}  # fmt: skip
"""From the least to the largest of what a number of the recipe may be."""


@dataclass(frozen=True)
class Recipe:
    """Every choice that makes a run; the defaults are those of `--model edge`."""

    model: str = "edge"
    labels: str = "both"
    """`crowd`, `fer2013`, `mix:0.5` (that share of votes, the rest label), or `both` (two heads on one trunk)."""
    epochs: int = 60
    widths: tuple[int, ...] = EDGE_WIDTHS
    side: int = MOBILE_SIDE
    """To which `mobile` enlarges a face."""
    batch: int = 128
    optimizer: str = "sgd"
    rate: float = 0.1
    warmup: float = 0.05
    """Share of the run in which the rate rises to `rate`; it then falls as a cosine (sgd) or stays (adam)."""
    weight_decay: float = 2.5e-4
    """L2 on the kernels."""
    ema: float = 0.999
    """The weights that are evaluated and saved are this moving average; 0 turns it off."""
    smoothing: float = 0.1
    """Label smoothing, of FER-2013's labels only: the votes are a distribution as they are."""
    mixup: float = 0.2
    """Alpha of the Beta distribution; half of each batch is mixed. 0 turns it off."""
    balance: float = 0.3
    """Tau of the logit adjustment (Menon et al. 2021) of the crowd's head, so that rare classes are not shy."""
    label_weight: float = 0.6
    """Weight of the fer2013 head's loss beside the crowd's, with `--labels both`."""
    augment: float = 0.5
    """Strength of blur, compression, light, noise and boxes; 0: none."""
    geometry: float = 1.0
    """Strength of turning, sizing and moving; 0: none but the flip. Nothing is augmented where both are 0."""
    teachers: tuple[str, ...] = ()
    """Files of models whose mean the first head learns beside its targets."""
    label_teachers: tuple[str, ...] = ()
    """The same for the fer2013 head of `--labels both`."""
    teach: float = 0.5
    """The teachers' share of the targets, where there are teachers."""
    sam: float = 0.0
    """Rho of sharpness-aware minimization (Foret et al. 2021): each step takes the slope of where, within so far of the
    weights, the loss is highest; twice the work. 0 turns it off."""
    precision: str = "float32"
    """Keras's policy for the trunk; `train/machine.py` knows which pays."""
    seed: int = 1
    evaluate_every: int = 5

    def __post_init__(self) -> None:
        """Raises TrainError naming the option for a number outside its range, and for widths of another net."""
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                allowed = f"at least {least:g}" if most == math.inf else f"from {least:g} to {most:.10g}"
                raise TrainError(f"--{name.replace('_', '-')} {value}: {allowed}")
        if self.model == "edge" and len(self.widths) != len(EDGE_WIDTHS):
            raise TrainError(f"--widths: the edge net has {len(EDGE_WIDTHS)} stages, not {len(self.widths)}")
        if self.model == "mobile" and not 1 <= len(self.widths) <= len(MOBILE_WIDTHS):
            raise TrainError(f"--widths: the mobile net has up to {len(MOBILE_WIDTHS)} blocks, not {len(self.widths)}")

    def heads(self) -> tuple[str, ...]:
        """The heads' names; raises TrainError for labels that are none of the four."""
        if self.labels == "both":
            return ("crowd", "fer2013")
        if self.labels in ("crowd", "fer2013"):
            return (self.labels,)
        if self.labels.startswith("mix:"):
            self.mix()
            return ("mix",)
        raise TrainError(f"--labels {self.labels!r}: fer2013, crowd, mix:SHARE or both")

    def mix(self) -> float:
        """The share of the votes in `mix:SHARE`."""
        try:
            share = float(self.labels.removeprefix("mix:"))
        except ValueError:
            share = math.nan
        if not 0.0 <= share <= 1.0:
            raise TrainError(f"--labels {self.labels!r}: the share of votes after mix: is a number from 0 to 1")
        return share

    def taught_by(self) -> dict[str, tuple[str, ...]]:
        """For each head that has some its teachers' files; raises TrainError for teachers without a head."""
        heads = self.heads()
        if self.label_teachers and heads != ("crowd", "fer2013"):
            raise TrainError("--label-teacher goes with --labels both: a head that is alone has --teacher")
        both = zip(heads, (self.teachers, self.label_teachers), strict=False)
        return {head: files for head, files in both if files}

    def loss_weight(self, head: str) -> float:
        return self.label_weight if self.labels == "both" and head == "fer2013" else 1.0


def mobile_recipe(recipe: Recipe) -> Recipe:
    """For a net that has learnt faces elsewhere: a gentler rate, and no mixup in so few epochs."""
    return replace(
        recipe, model="mobile", widths=MOBILE_WIDTHS, rate=0.02, ema=0.995, mixup=0.0, augment=0.4, geometry=0.8,
    )  # fmt: skip


def seed_recipe(recipe: Recipe) -> Recipe:
    """As the system that Moodcast replaces was trained: Adam, plain cross-entropy on the labels, no augmentation."""
    return replace(
        recipe, model="seed", labels="fer2013" if recipe.labels == "both" else recipe.labels, optimizer="adam",
        rate=1e-3, warmup=0.0, weight_decay=0.0, ema=0.0, smoothing=0.0, mixup=0.0, balance=0.0, augment=0.0,
        geometry=0.0,
    )  # fmt: skip


def recipe_for(model: str, labels: str = "both") -> Recipe:
    """The defaults of the net of that name."""
    recipe = Recipe(labels=labels)
    return {"edge": recipe, "mobile": mobile_recipe(recipe), "seed": seed_recipe(recipe)}[model]


def targets(recipe: Recipe, faces: Faces) -> dict[str, Array]:
    """For each head float32 [n, 7]: the wanted distribution times the face's weight (a row of zeros counts nothing)."""
    hard = np.eye(len(LABELS), dtype=np.float32)[faces.labels]
    label = hard * (1.0 - recipe.smoothing) + recipe.smoothing / len(LABELS)
    if recipe.labels == "fer2013":
        return {"fer2013": label}
    crowd = target_mass(faces.votes)
    if not crowd.any():
        raise TrainError(f"--labels {recipe.labels} learns from FER+ votes, and there are none: give --votes CSV")
    if recipe.labels == "crowd":
        return {"crowd": crowd}
    if recipe.labels == "both":
        return {"crowd": crowd, "fer2013": label}
    # A face without votes keeps its whole label.
    share = recipe.mix() * crowd.sum(axis=1, keepdims=True)
    wanted = crowd / np.maximum(crowd.sum(axis=1, keepdims=True), 1e-9)
    return {"mix": (share * wanted + (1.0 - share) * label).astype(np.float32)}


def priors(recipe: Recipe, wanted: dict[str, Array]) -> dict[str, Array]:
    """For each head the float32 [7] that is added to its logits inside the loss: tau · log(prior); zeros if none."""
    result = {}
    for head, mass in wanted.items():
        share = mass.sum(axis=0) / mass.sum()
        tau = 0.0 if head == "fer2013" else recipe.balance
        result[head] = (tau * np.log(np.maximum(share, 1e-6))).astype(np.float32)
    return result


def rate_at(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of step `step` of `steps` in the whole run."""
    warm = int(recipe.warmup * steps)
    if step < warm:
        return recipe.rate * (step + 1) / warm
    if recipe.optimizer == "adam":
        return recipe.rate
    return recipe.rate * 0.5 * (1.0 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
