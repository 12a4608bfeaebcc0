"""What comes after the stages: int8, the figures, the gate, and, where it holds, the files that ship and their card."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from convert.commands import convert_model
from train import also as others
from train.agreement import agreement
from train.errors import TrainError
from train.evaluate import as_text
from train.files import replace
from train.gate import figures, judged
from train.load import input_spec_of, predictor
from train.make import Make, versions
from train.recipe import ROOT

BEGIN, END = "<!-- made: {name} -->", "<!-- end of made -->"


def finish(work: Make) -> None:
    """Converts and measures what the recipe ships, prints the gate, and ships it where that holds.

    Raises TrainError, once all of it is written into the recipe's folder, where the gate does not hold.
    """
    recipe, ship = work.recipe, work.recipe.ship
    public, model = work.faces("PublicTest"), work.load_shipped()
    out = work.out / f"{recipe.name}.tflite"
    options = {"--data": "faces", "--votes": "votes"}
    data = " ".join(f"{option} {recipe.data[name].file}" for option, name in options.items() if name in recipe.data)
    command = f"python -m train evaluate {ship.file or out.name} {data} --split saying"
    source = f"python -m train make {recipe.name} {data} (recipe {recipe.sha256[:12]}, commit {versions()['commit']})"
    result = convert_model(
        recipe.name, model, input_spec_of(model), work.faces("Training"), public, out,
        command=command, source=source, against=ship.against,
    )  # fmt: skip
    model.save(out.with_suffix(".keras"))
    also = {name: others.measure(predictor(out), path) for name, path in work.given.items() if name in recipe.also}
    table, failed = judged(recipe.gate, figures(result, out.stat().st_size, also), recipe.also)
    said = [as_text(result), *(others.as_text(name, part) for name, part in also.items())]
    if public.votes.any():  # what the crowd's accuracy is to be held against
        said += ["", agreement(public, "PublicTest")]
    head = (
        f"`python -m train make {recipe.name}`{'' if work.share == 1 else f' on {work.share:.0%} of the faces'}, "
        f"{datetime.now(UTC):%Y-%m-%d}, recipe sha256 `{recipe.sha256}`, "
        f"{', '.join(f'{name} {number}' for name, number in versions().items())}. Int8, on the two thirds of "
        "PublicTest by which nothing was chosen (`--split saying`)."
    )
    card = "\n".join([head, "", table, "", "```", *said, "```", ""])
    replace(work.out / "card.md", card.encode())
    print(f"\n{table}\n")
    if failed:
        raise TrainError(f"the gate does not hold ({', '.join(failed)}): nothing ships; all of it is in {work.out}")
    if not ship.file or work.share < 1:
        why = "the recipe names no file" if not ship.file else "it was made of a part of the faces"
        print(f"nothing ships ({why}): {out}, {work.out / 'card.md'}")
    else:
        _ship(work, out, card)


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
