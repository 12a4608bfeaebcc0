"""The gate: the figures a model must have before it ships, and the table that says whether it has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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


def judged(gate: Mapping[str, float], found: Mapping[str, float], also: Collection[str] = ()) -> tuple[str, list[str]]:
    """The gate as a table in Markdown, and its keys that do not hold.

    A figure that was not measured does not hold, unless it is one of the sets `also`.
    """
    lines, failed = ["| gate | wanted | measured | |", "|---|---|---|---|"], []
    for key, wanted in gate.items():
        name, at_most = figure_of(key), key.endswith(AT_MOST)
        value = found.get(name)
        if value is None:
            held, said, verdict = name.split()[0] in also, "not measured", ""
        else:
            held, said, verdict = value <= wanted if at_most else value >= wanted, _shown(name, value), "yes"
        failed += [] if held else [key]
        lines.append(
            f"| {name} | {'≤' if at_most else '≥'} {_shown(name, wanted)} | {said} | {verdict if held else '**no**'} |"
        )
    return "\n".join(lines), failed


def _shown(name: str, value: float) -> str:
    return f"{value:,.0f}" if name == "bytes" else f"{value * 100:.1f} %"
