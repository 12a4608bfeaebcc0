"""`python -m convert MODEL --data PATH --out FILE.tflite`: arguments only. An EdgeError is one line and exit 2."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.console import Parser
from train.errors import run_command
from train.machine import prepare


def parser() -> argparse.ArgumentParser:
    what = "Make a Keras model of one input and seven outputs a full-int8 TFLite file, with its JSON."
    top = Parser(prog="python -m convert", description=what)
    top.add_argument("model", type=Path, metavar="MODEL", help=".keras, .h5, or an architecture .json with its weights")
    top.add_argument("--weights", type=Path, metavar="H5", help="the weights of an architecture .json")
    top.add_argument("--data", type=Path, required=True, help="FER-2013: Training calibrates, PublicTest compares")
    top.add_argument("--votes", type=Path, metavar="CSV", help="FER+ votes: compare and calibrate against the crowd")
    top.add_argument("--out", type=Path, required=True, metavar="FILE.tflite")
    top.add_argument("--max-drop", type=float, default=0.005, help="refuse if int8 loses more accuracy (%(default)s)")
    top.add_argument(
        "--labels", metavar="ORDER", help="what the outputs stand for: angry,disgust,… (else it is checked)"
    )
    top.add_argument("--mean", type=float, help="of a model of another make: pixels are (x/255 − mean)/std")
    top.add_argument("--std", type=float)
    return top


def main(argv: list[str] | None = None) -> int:
    given = sys.argv[1:] if argv is None else argv
    arguments = parser().parse_args(given)

    def work() -> None:
        from convert.commands import convert

        convert(arguments, given)

    prepare()
    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
