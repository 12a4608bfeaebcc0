"""`python -m train make|evaluate|agreement`: arguments only. An EdgeError is one line and exit 2."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.console import Parser
from train.errors import run_command
from train.machine import prepare


def parser() -> argparse.ArgumentParser:
    top = Parser(
        prog="python -m train", description="Make what a recipe says, measure a model, hold labels against people."
    )
    commands = top.add_subparsers(dest="command", required=True, parser_class=Parser, metavar="COMMAND")
    make = commands.add_parser("make", help="train, convert, measure and judge what a recipe says")
    check = commands.add_parser("evaluate", help="measure a model, against labels and crowd")
    people = commands.add_parser("agreement", help="how far labels, people and single people agree")
    form = "a Kaggle folder of FER-2013, a zip of it, fer2013.csv or icml_face_data.csv"
    votes = "FER+ votes: fer2013new.csv, or a CSV keyed by file names"
    also = "a folder or zip of other pictures in folders named by what they show; repeatable"
    for command in (make, check, people):
        command.add_argument("--data", type=Path, required=command is not make, help=form)
        command.add_argument("--votes", type=Path, required=command is people, metavar="CSV", help=votes)
    for command in (make, check):
        command.add_argument("--also", type=parse_named, action="append", default=[], metavar="NAME=PATH", help=also)

    make.add_argument("recipe", metavar="RECIPE", help="a name in train/recipes, or a path that ends in .toml")
    make.add_argument("--out", type=Path, help="where stages are kept and found again (runs/RECIPE)")
    make.add_argument("--share", type=float, default=1.0, help="of Training's faces, to try it out; nothing ships then")
    make.add_argument("--dry-run", action="store_true", help="say what would run, and with which hashes")

    parts = ("choosing", "saying", "PublicTest", "PrivateTest", "test")
    split = "choosing: the third of PublicTest by which is chosen; saying: the rest (%(default)s)"
    check.add_argument("model", type=Path, metavar="MODEL", help=".keras, .h5, .tflite, or an architecture .json")
    check.add_argument("--weights", type=Path, metavar="H5", help="the weights of an architecture .json")
    check.add_argument("--split", choices=parts, default="saying", help=split)
    check.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    check.add_argument("--report", type=Path, metavar="DIR", help="write a page with plots there")
    check.add_argument("--mean", type=float, help="of a Keras model of another make: pixels are (x/255 − mean)/std")
    check.add_argument("--std", type=float)
    people.add_argument("--split", choices=("Training", *parts[2:]), default="Training")
    return top


def parse_named(text: str) -> tuple[str, Path]:
    """`ck48=pictures.zip`, or a path that gives the name, too."""
    name, found, path = text.partition("=")
    return (name, Path(path)) if found else (Path(text).stem, Path(text))


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)

    def work() -> None:
        from train import commands

        getattr(commands, arguments.command)(arguments)

    prepare()
    again = "; the same command goes on from the last finished epoch" if arguments.command == "make" else ""
    return run_command(work, f"stopped{again}")


if __name__ == "__main__":
    sys.exit(main())
