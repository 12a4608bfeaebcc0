"""Composed recordings and what the daemon makes of them: the table in docs/mood.md.

    python -m benchmarks.composed [--shared FOLDER] [--model FILE] [--minutes 10] [--only WORDS]
    python -m benchmarks.composed --resting 5          so many calm faces that the model misreads

Needs the folder of recordings and photos beside the repository. Takes about two seconds of one core per minute.
"""

import argparse
from itertools import islice
from pathlib import Path

from benchmarks.composed.changing import changing_scenarios, company_scenarios
from benchmarks.composed.cutouts import ROOT
from benchmarks.composed.material import Material, parse
from benchmarks.composed.resting import RESTING_HEADER, misread, resting_row
from benchmarks.composed.scenario import HEADER, outcome
from benchmarks.composed.steady import empty_scenarios, steady_scenarios
from edge.vision.model import load_model


def main() -> None:
    parser = argparse.ArgumentParser(description="composed recordings and what the daemon makes of them")
    parser.add_argument("--model", type=Path, default=ROOT / "edge" / "models" / "expression.tflite")
    parser.add_argument("--minutes", type=float, default=10.0, help="of each steady recording (default: 10)")
    parser.add_argument("--only", default="", help="recordings whose name holds this")
    parser.add_argument("--resting", type=int, metavar="N", help="instead: N calm faces that the model misreads")
    arguments = parse(parser)
    material, model = Material(arguments.shared), load_model(arguments.model, 1)
    if arguments.resting is not None:
        print(RESTING_HEADER)
        for number, (scores, clip) in enumerate(islice(misread(material, model), arguments.resting), 1):
            print(resting_row(str(number), scores, clip, material, model), flush=True)
        return
    seconds = arguments.minutes * 60
    print(HEADER)
    for scenario in [
        *steady_scenarios(material, seconds),
        *empty_scenarios(material, seconds / 2),
        *changing_scenarios(material),
        *company_scenarios(material),
    ]:
        if arguments.only in scenario.name:
            print(outcome(scenario, model).row(scenario.name), flush=True)


if __name__ == "__main__":
    main()
