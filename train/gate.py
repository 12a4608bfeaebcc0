"""The gate: the figures a model must have before it ships, and the table that says whether it has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from edge.records import LABELS
from train.metrics import WHOLE

AT_MOST = " at most"
FIGURES = (
    *(f"{against} {name}" for against in ("crowd", "label") for name in WHOLE),
    *(f"{label} {name}" for label in LABELS for name in ("recall", "precision")),
    *(f"{label} called {other}" for label in LABELS for other in LABELS if label != other),
    "bytes",
)
"""What a recipe's gate may name, beside the figures of its other pictures (`NAME accuracy`, `NAME sad recall`)."""


@dataclass(frozen=True)
class Row:
    """One line of the gate; `value` is None where it was not measured, which holds where it `may` be so."""

    name: str
    wanted: float
    value: float | None
    may: bool = False

    @property
    def held(self) -> bool:
        if self.value is None:
            return self.may
        return self.value <= self.wanted if self.name.endswith(AT_MOST) else self.value >= self.wanted


def figure_of(key: str) -> str:
    """`neutral called sad at most` → the figure that it bounds."""
    return key.removesuffix(AT_MOST)


def figures(result: Mapping[str, Any], size: int, also: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Every figure by its name: of `evaluate`'s result (classes: against the crowd, else the label), of the other
    pictures' scores by the name of their set, and the file's bytes."""
    parts = {"crowd ": result["crowd"], "label ": result, **{f"{name} ": part for name, part in also.items()}}
    found = {"bytes": float(size)}
    for before, part in parts.items():
        if part["n"]:
            found |= {f"{before}{name}": part[key] for name, key in WHOLE.items()}
    main = "crowd " if result["crowd"]["n"] else "label "
    for before, part in {"": parts[main], **{f"{name} ": part for name, part in also.items()}}.items():
        for label, row in zip(LABELS, part["confusion"], strict=True):
            if sum(row):
                found |= {f"{before}{label} {name}": part["per_class"][label][name] for name in ("recall", "precision")}
                found |= {f"{before}{label} called {other}": n / sum(row) for other, n in zip(LABELS, row, strict=True)}
    return found


def judged(gate: Mapping[str, float], found: Mapping[str, float], also: Collection[str] = ()) -> list[Row]:
    """A row for each figure of the gate; those of the sets `also` need not have been measured."""
    return [Row(name, wanted, found.get(figure_of(name)), name.split()[0] in also) for name, wanted in gate.items()]


def as_table(rows: list[Row]) -> str:
    """Markdown."""
    lines = ["| gate | wanted | measured | |", "|---|---|---|---|"]
    for row in rows:
        sign = "≤" if row.name.endswith(AT_MOST) else "≥"
        said = "not measured" if row.value is None else _shown(row.name, row.value)
        verdict = "**no**" if not row.held else "" if row.value is None else "yes"
        lines.append(f"| {figure_of(row.name)} | {sign} {_shown(row.name, row.wanted)} | {said} | {verdict} |")
    return "\n".join(lines)


def _shown(name: str, value: float) -> str:
    return f"{value:,.0f}" if figure_of(name) == "bytes" else f"{value * 100:.1f} %"
