"""What favouring one label gives and takes, and whether the gain is more than the choice of how much.

`python -m benchmarks.favour --data fer2013.zip --votes ferplus.csv --model FILE.keras [--label neutral]`
(requirements-train.txt): the scores of PublicTest's faces on which a crowd of ten agrees, one label's odds multiplied
by e^N, as `python -m train favour --by N` does for good. The last line chooses N on a random half of the faces and
measures what it gives on the other half, two hundred times. Of a Keras model: a .tflite's scores have their
temperature in them.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from edge.records import LABELS
from train.data import load
from train.load import predictor
from train.votes import majority

AMOUNTS = np.arange(0.0, 0.85, 0.05)
SPLITS = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--votes", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="a .keras in which nothing is favoured yet")
    parser.add_argument("--label", choices=LABELS, default="neutral")
    arguments = parser.parse_args()

    everyone = load(arguments.data, "PublicTest", arguments.votes, progress=True)
    truth = majority(everyone.votes)
    faces, truth = everyone.take(truth >= 0), truth[truth >= 0]
    scores = np.log(np.maximum(predictor(arguments.model).probabilities(faces.images), 1e-9))
    calm = truth == LABELS.index("neutral")

    print(f"{arguments.model.name}, {len(faces)} faces of PublicTest, {arguments.label} favoured\n")
    print("| by | right | balanced | neutral ones right | neutral ones called sad | sad ones found |\n|" + "---|" * 6)
    right = []
    for amount in AMOUNTS:
        guess = (scores + amount * (np.arange(len(LABELS)) == LABELS.index(arguments.label))).argmax(axis=1)
        right.append(guess == truth)
        sad = LABELS.index("sad")
        shares = (
            right[-1].mean(), np.mean([right[-1][truth == label].mean() for label in np.unique(truth)]),
            right[-1][calm].mean(), (guess[calm] == sad).mean(), right[-1][truth == sad].mean(),
        )  # fmt: skip
        print(f"| {amount:.2f} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")

    table, rng = np.array(right), np.random.default_rng(0)
    chosen, gains = [], []
    for _ in range(SPLITS):
        half = rng.random(len(truth)) < 0.5
        best = table[:, half].mean(axis=1).argmax()
        chosen.append(AMOUNTS[best])
        gains.append(table[best, ~half].mean() - table[0, ~half].mean())
    print(
        f"\nChosen on one half of the faces: {np.mean(chosen):.2f} ± {np.std(chosen):.2f}; on the other half it gives "
        f"{np.mean(gains) * 100:.2f} ± {np.std(gains) * 100:.2f} points"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
