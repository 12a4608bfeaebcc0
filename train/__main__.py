"""`python -m train fit|evaluate|mean|favour|agreement`: arguments only. An EdgeError is one line and exit 2."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.console import Parser
from train.checkpoint import STATE
from train.console import ended
from train.model import MODELS
from train.recipe import recipe_for


def parser() -> argparse.ArgumentParser:
    top = Parser(
        prog="python -m train",
        description="Train a model, measure any, take the mean of several, favour a label, hold labels against people.",
    )
    commands = top.add_subparsers(dest="command", required=True, parser_class=Parser, metavar="COMMAND")

    _fit(commands.add_parser("fit", help="train a model"))

    check = commands.add_parser("evaluate", help="measure a model, against labels and crowd")
    check.add_argument("model", type=Path, metavar="MODEL", help=".keras, .tflite, or an architecture .json")
    check.add_argument("--weights", type=Path, metavar="H5", help="the weights of an architecture .json")
    check.add_argument("--data", type=Path, required=True, help="the Kaggle folder, a zip of it, or fer2013.csv")
    check.add_argument("--votes", type=Path, metavar="CSV", help="FER+ votes; without them there are no crowd figures")
    check.add_argument("--split", choices=("PublicTest", "PrivateTest", "test"), default="PublicTest")
    check.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    check.add_argument("--report", type=Path, metavar="DIR", help="write a page with plots there")
    check.add_argument("--log", type=Path, help="the run's log.json for the page (else the one beside MODEL)")
    check.add_argument("--mean", type=float, help="of a Keras model of another make: pixels are (x/255 − mean)/std")
    check.add_argument("--std", type=float)

    mean = commands.add_parser("mean", help="one model with the mean of several ones' weights")
    mean.add_argument("models", type=Path, nargs="+", metavar="MODEL", help=".keras; each began with another of them")
    mean.add_argument("--shares", type=float, nargs="+", metavar="N", help="how much each of them counts (alike)")
    mean.add_argument("--out", type=Path, required=True, metavar="FILE", help="the .keras to write")

    favour = commands.add_parser("favour", help="one model that says one label more readily")
    favour.add_argument("model", type=Path, metavar="MODEL", help=".keras, or an architecture .json beside its .h5")
    favour.add_argument("--label", required=True, help="which of the seven")
    favour.add_argument("--by", type=float, required=True, metavar="N", help="added to its logit: its odds times e^N")
    favour.add_argument("--out", type=Path, required=True, metavar="FILE", help="the .keras to write")

    people = commands.add_parser("agreement", help="how far FER-2013's labels and the crowd agree")
    people.add_argument("--data", type=Path, required=True, help="the Kaggle folder, a zip of it, or fer2013.csv")
    people.add_argument("--votes", type=Path, required=True, metavar="CSV", help="FER+ votes")
    people.add_argument("--split", choices=("Training", "PublicTest", "PrivateTest", "test"), default="Training")
    return top


def _fit(fit: Parser) -> None:
    fit.add_argument("--data", type=Path, required=True, help="the Kaggle folder, a zip of it, or fer2013.csv")
    fit.add_argument("--votes", type=Path, help="FER+ votes: fer2013new.csv, or a CSV keyed by file names")
    fit.add_argument(
        "--labels", help="fer2013, crowd, mix:SHARE of votes, or both: two heads (both with --votes, fer2013 without)"
    )
    fit.add_argument("--model", choices=MODELS, default="edge", help="(%(default)s)")
    fit.add_argument("--epochs", type=int, required=True)
    fit.add_argument("--out", type=Path, required=True, help="the run's folder")
    fit.add_argument("--resume", action="store_true", help="go on from the folder's last finished epoch")
    fit.add_argument("--stop-after", type=int, metavar="EPOCH", help="stop there, to go on with --resume")
    fit.add_argument(
        "--init", type=Path, metavar="MODEL",
        help="start from this .keras model's weights (edge: a narrower one is grown; mobile: a wider one is narrowed); "
        "mobile also from the model.json of a MobileNet made for TensorFlow.js",
    )  # fmt: skip
    fit.add_argument(
        "--seed",
        type=int,
        default=1,
        help="the same one gives the same run on one machine (%(default)s; mobile on a GPU: nearly)",
    )
    fit.add_argument("--batch", type=int, default=128, help="faces of a step (%(default)s)")
    fit.add_argument("--rate", type=float, help=f"the highest learning rate ({usual('rate')})")
    fit.add_argument("--ema", type=float, help=f"decay of the averaged weights, 0: none ({usual('ema')})")
    fit.add_argument("--mixup", type=float, help=f"alpha of mixup, 0: none ({usual('mixup')})")
    fit.add_argument("--smoothing", type=float, help=f"of FER-2013's labels ({usual('smoothing')})")
    fit.add_argument("--balance", type=float, help=f"tau of the crowd head's logit adjustment ({usual('balance')})")
    fit.add_argument(
        "--augment", type=float, help=f"how much blur, compression, light, noise, boxes ({usual('augment')})"
    )
    fit.add_argument("--geometry", type=float, help=f"how much turning, sizing, moving ({usual('geometry')})")
    fit.add_argument(
        "--widths", type=widths,
        help="the channels of the edge net's three stages (32-96-176) or of the mobile net's blocks (MobileNet's own)",
    )  # fmt: skip
    fit.add_argument("--side", type=int, help=f"the pixels to which the mobile net enlarges a face ({usual('side')})")
    fit.add_argument("--label-weight", type=float, help=f"weight of the fer2013 head's loss ({usual('label_weight')})")
    fit.add_argument(
        "--teacher", type=Path, action="append", metavar="MODEL", help="learn from this model too; repeatable"
    )
    fit.add_argument(
        "--label-teacher", type=Path, action="append", metavar="MODEL",
        help="with --labels both: the fer2013 head's teacher, --teacher being the crowd head's; repeatable",
    )  # fmt: skip
    fit.add_argument("--teach", type=float, help=f"the teachers' share of the targets ({usual('teach')})")
    fit.add_argument(
        "--sam", type=float, metavar="RHO",
        help=f"sharpness-aware minimization within so far of the weights, at twice the time; 0: none ({usual('sam')})",
    )  # fmt: skip
    fit.add_argument(
        "--precision", choices=("float32", "mixed_bfloat16"),
        help="(mixed_bfloat16 where all GPUs, or without any the CPU, multiply it; mobile on a CPU and else: float32)",
    )  # fmt: skip
    fit.add_argument("--evaluate-every", type=int, default=5, metavar="EPOCHS", help="(%(default)s)")


def usual(name: str) -> str:
    """What the recipes have where the command line says nothing."""
    values = {model: f"{getattr(recipe_for(model), name):g}" for model in MODELS}
    if len(set(values.values())) == 1:
        return values["edge"]
    return ", ".join(f"{model}: {value}" for model, value in values.items())


def widths(text: str) -> tuple[int, ...]:
    """`32-96-176` → the channels of the stages or blocks; how many a net has, its recipe knows."""
    parts = tuple(int(part) for part in text.split("-") if part.isdigit())
    if not parts or text.count("-") != len(parts) - 1 or min(parts) < 9:
        raise argparse.ArgumentTypeError(f"{text!r}: whole numbers of 9 and more, such as 32-96-176")
    return parts


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)

    def work() -> int:
        from train import commands

        return int(getattr(commands, arguments.command)(arguments))

    def interrupted() -> str:
        begun = arguments.command == "fit" and (arguments.out / STATE).is_file()
        return "stopped; --resume goes on from the last finished epoch" if begun else "stopped"

    return ended(work, interrupted)


if __name__ == "__main__":
    sys.exit(main())
