"""An argument that several commands have."""

import argparse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def parse(parser: argparse.ArgumentParser, needed: str = "media") -> argparse.Namespace:
    """The arguments, `--shared` among them: a folder in which `needed` is."""
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="the folder of recordings and data")
    arguments = parser.parse_args()
    if not (arguments.shared / needed).exists():
        parser.error(f"no {needed} in {arguments.shared}; --shared names another folder")
    return arguments
