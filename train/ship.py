"""What comes after the stages: int8, the figures, the gate, and, where it holds, the files that ship and their card."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge.records import LABELS
from train import agreement
from train.also import measured
from train.data import Faces
from train.errors import TrainError
from train.files import replace, save
from train.gate import as_table, figures, judged
from train.load import input_spec_of, predictor
from train.make import Make, commit, versions
from train.recipe import ROOT

BEGIN, END = "<!-- made by {name}: python -m train make writes this part -->", "<!-- end of what make wrote -->"


def finish(work: Make, others: Mapping[str, Path]) -> int:
    """Converts and measures what the recipe ships, prints the gate, and ships it where that holds.

    Raises TrainError, once all of it is written into the recipe's folder, where the gate does not hold.
    """
    from convert.commands import converted

    recipe, ship = work.recipe, work.recipe.ship
    public = work.faces("PublicTest")
    model = work.shipped()
    out = work.out / f"{recipe.name}.tflite"
    made = converted(
        recipe.name, model, input_spec_of(model), work.faces("Training"), public, against=ship.against,
    )  # fmt: skip
    data = f"--data {recipe.faces.file}" + (f" --votes {recipe.votes.file}" if recipe.votes else "")
    target = ship.file or out.as_posix()
    made.write(
        out, f"python -m train evaluate {target} {data} --split saying",
        f"python -m train make {recipe.name} {data} (recipe {recipe.sha256[:12]}, commit {commit()})",
    )  # fmt: skip
    save(model, out.with_suffix(".keras"))
    device = predictor(out)
    also = {name: measured(device, path) for name, path in others.items()}
    rows = judged(recipe.gate, figures(made.result, len(made.content), also), recipe.also)
    card = "\n".join([_head(work), "", as_table(rows), "", *_classes(made.result, also), *_people(public), ""])
    replace(work.out / "card.md", card.encode())
    replace(work.out / "figures.json", (json.dumps({**made.result, "also": also}, indent=1) + "\n").encode())
    print(f"\n{as_table(rows)}\n")
    if failed := [row.name for row in rows if not row.held]:
        raise TrainError(f"the gate does not hold ({', '.join(failed)}): nothing ships; all of it is in {work.out}")
    if not ship.file or work.share < 1:
        why = "the recipe names no file to ship" if not ship.file else "made of a part of the faces"
        print(f"nothing ships ({why}): {out} and {work.out / 'card.md'}")
        return 0
    _ship(work, out, card)
    return 0


def _ship(work: Make, out: Path, card: str) -> None:
    ship = work.recipe.ship
    file = ROOT / ship.file
    text, begin = "", BEGIN.format(name=work.recipe.name)
    if ship.card:  # whatever is wrong with it is to be known before anything is written over
        text = (ROOT / ship.card).read_text(encoding="utf-8")
        if text.count(begin) != 1 or END not in text.split(begin)[1]:
            raise TrainError(f"{ship.card}: lacks the lines {begin} and {END}")
    for suffix in (".keras", ".tflite", ".json"):
        shutil.copyfile(out.with_suffix(suffix), file.with_suffix(suffix))
    if ship.card:
        before, after = text.split(begin)
        replace(ROOT / ship.card, f"{before}{begin}\n{card}{after[after.index(END) :]}".encode())
    print(f"shipped: {ship.file}" + (f", and its part of {ship.card}" if ship.card else ""))


def _head(work: Make) -> str:
    recipe = work.recipe
    said = ", ".join(f"{name} {number}" for name, number in versions().items())
    share = "" if work.share == 1 else f" on {work.share:.0%} of the faces"
    return (
        f"`python -m train make {recipe.name}`{share}, {datetime.now(UTC):%Y-%m-%d}: recipe sha256 `{recipe.sha256}`, "
        f"commit `{commit()}`, {said}. Int8; the two thirds of PublicTest by which nothing was chosen "
        "(`--split saying`)."
    )


def _classes(result: Mapping[str, Any], also: Mapping[str, Any]) -> list[str]:
    """Class by class, against each truth that there is."""
    lines = []
    sets = {"what people see": result["crowd"], "FER-2013's labels": result, **also}
    for name, part in sets.items():
        if not part["n"]:
            continue
        missed = f" ({part['missed']} more without a face that is found)" if part.get("missed") else ""
        lines += [
            f"Against {name}: {part['n']:,} faces{missed}, {part['accuracy'] * 100:.1f} % right, balanced "
            f"{part['balanced_accuracy'] * 100:.1f} %, calibration error {part['ece'] * 100:.1f} %.",
            "", "| | faces | recall | precision | most often taken for |", "|---|---|---|---|---|",
        ]  # fmt: skip
        for index, (label, row) in enumerate(zip(LABELS, part["confusion"], strict=True)):
            each = part["per_class"][label]
            if each["n"]:
                wrong, other = max((count, LABELS[i]) for i, count in enumerate(row) if i != index)
                taken = f"{other} ({wrong} of {each['n']})" if wrong else "–"
                lines.append(
                    f"| {label} | {each['n']} | {each['recall'] * 100:.1f} % | {each['precision'] * 100:.1f} % | {taken} |"
                )
        lines.append("")
    return lines


def _people(public: Faces) -> list[str]:
    """What the crowd's accuracy is to be held against."""
    people = agreement.people(public.votes)
    if not people["n"]:
        return []
    return [
        f"For comparison, on PublicTest: one FER+ voter agrees with the others' majority in {people['voter'] * 100:.1f} %, "
        f"and who knew every face's shares exactly would be right in {people['ceiling'] * 100:.1f} % (`train agreement`)."
    ]
