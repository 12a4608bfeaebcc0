"""What comes after the stages: int8, the figures, the gate, and, where it holds, the files that ship and their card."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from convert.commands import converted
from edge.records import LABELS
from train import agreement
from train.also import measured
from train.errors import TrainError
from train.files import replace, save
from train.gate import as_table, figures, judged
from train.load import input_spec_of, predictor
from train.make import Make, versions
from train.recipe import ROOT

BEGIN, END = "<!-- made: {name} -->", "<!-- end of made -->"


def finish(work: Make) -> int:
    """Converts and measures what the recipe ships, prints the gate, and ships it where that holds.

    Raises TrainError, once all of it is written into the recipe's folder, where the gate does not hold.
    """
    recipe, ship = work.recipe, work.recipe.ship
    public, model = work.faces("PublicTest"), work.shipped()
    made = converted(recipe.name, model, input_spec_of(model), work.faces("Training"), public, against=ship.against)
    out = work.out / f"{recipe.name}.tflite"
    data = f"--data {recipe.data['faces'].file}" + (
        f" --votes {recipe.data['votes'].file}" if "votes" in recipe.data else ""
    )
    command = f"python -m train evaluate {ship.file or out.name} {data} --split saying"
    source = f"python -m train make {recipe.name} {data} (recipe {recipe.sha256[:12]}, commit {versions()['commit']})"
    made.write(out, command, source)
    save(model, out.with_suffix(".keras"))
    also = {name: measured(predictor(out), path) for name, path in work.given.items() if name in recipe.also}
    rows = judged(recipe.gate, figures(made.result, len(made.content), also), recipe.also)
    card = "\n".join([_head(work), "", as_table(rows), "", *_tables(made.result, also), _people(public.votes), ""])
    replace(work.out / "card.md", card.encode())
    replace(work.out / "figures.json", (json.dumps({**made.result, "also": also}, indent=1) + "\n").encode())
    print(f"\n{as_table(rows)}\n")
    if failed := [row.name for row in rows if not row.held]:
        raise TrainError(f"the gate does not hold ({', '.join(failed)}): nothing ships; all of it is in {work.out}")
    if not ship.file or work.share < 1:
        why = "the recipe names no file" if not ship.file else "it was made of a part of the faces"
        print(f"nothing ships ({why}): {out}, {work.out / 'card.md'}")
        return 0
    _ship(work, out, card)
    return 0


def _ship(work: Make, out: Path, card: str) -> None:
    ship, begin = work.recipe.ship, BEGIN.format(name=work.recipe.name)
    if ship.card:  # first: where it lacks its place nothing is written over
        before, found, after = (ROOT / ship.card).read_text(encoding="utf-8").partition(begin)
        if not found or END not in after:
            raise TrainError(
                f"{ship.card}: lacks the lines {begin} and {END}: nothing ships; all of it is in {work.out}"
            )
        replace(ROOT / ship.card, f"{before}{begin}\n{card}{after[after.index(END) :]}".encode())
    for suffix in (".keras", ".tflite", ".json"):
        shutil.copyfile(out.with_suffix(suffix), (ROOT / ship.file).with_suffix(suffix))
    print(f"shipped: {ship.file}" + (f", and its part of {ship.card}" if ship.card else ""))


def _head(work: Make) -> str:
    share = "" if work.share == 1 else f" on {work.share:.0%} of the faces"
    return (
        f"`python -m train make {work.recipe.name}`{share}, {datetime.now(UTC):%Y-%m-%d}, recipe sha256 "
        f"`{work.recipe.sha256}`, {', '.join(f'{name} {number}' for name, number in versions().items())}. Int8, on "
        "the two thirds of PublicTest by which nothing was chosen (`--split saying`)."
    )


def _tables(result: Mapping[str, Any], also: Mapping[str, Any]) -> list[str]:
    """Class by class, against each truth that there is."""
    lines = []
    for name, part in {"what people see": result["crowd"], "FER-2013's labels": result, **also}.items():
        if not part["n"]:
            continue
        missed = f" ({part['missed']} more in which no face is found)" if part.get("missed") else ""
        whole = ", ".join(f"{what} {part[key] * 100:.1f} %" for what, key in _WHOLE)
        lines += [f"Against {name}, {part['n']:,} faces{missed}: {whole}.", ""]
        lines += ["| | faces | recall | precision | most often taken for |", "|---|---|---|---|---|"]
        for label, row in zip(LABELS, part["confusion"], strict=True):
            each = part["per_class"][label]
            wrong, other = max((count, other) for count, other in zip(row, LABELS, strict=True) if other != label)
            taken = f"{other} ({wrong} of {each['n']})" if wrong else "–"
            shares = f"{each['recall'] * 100:.1f} % | {each['precision'] * 100:.1f} %"
            lines += [f"| {label} | {each['n']} | {shares} | {taken} |"] * bool(each["n"])
        lines.append("")
    return lines


_WHOLE = (("accuracy", "accuracy"), ("balanced", "balanced_accuracy"), ("calibration error", "ece"))


def _people(votes: Any) -> str:
    """What the crowd's accuracy is to be held against."""
    people = agreement.people(votes)
    if not people["n"]:
        return ""
    return (
        f"For comparison, on PublicTest: one FER+ voter agrees with the others' majority in {people['voter']:.1%}, "
        f"and who knew every face's shares exactly would be right in {people['ceiling']:.1%} (`train agreement`)."
    )
