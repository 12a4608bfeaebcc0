"""`scripts/fuzz`: hostile inputs of every kind, seeded and bounded, and a table of what held.

A kind is a module of this package with `FULL` and `SMALL` (the inputs of `scripts/fuzz` and of `scripts/test`) and

    def fuzz(random: Random, count: int, folder: Path) -> Iterator[Row]

`random` is seeded, `folder` is empty and the kind's own. It raises `Broken` where something does not hold.
"""

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from random import Random

from tests.fuzz.outcome import Broken

#: Modules of this package, in the order in which they run.
KINDS = ("pictures", "web", "configuration", "mqtt", "models")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description="Hostile inputs, and a table of what held.")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; else all")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other inputs (default: 1)")
    parser.add_argument("--count", type=int, metavar="N", help="inputs of each kind (default: the kind's own)")
    args = parser.parse_args(argv)
    if unknown := set(args.kinds) - set(KINDS):
        parser.error(f"no such kind: {', '.join(sorted(unknown))}")
    broken = 0
    print(f"seed {args.seed}\n\n| input | count | what held |\n|---|---|---|", flush=True)
    for name in args.kinds or KINDS:
        kind = import_module(f"tests.fuzz.{name}")
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="moodcast-fuzz-") as folder:
            try:
                for row in kind.fuzz(Random(f"{name} {args.seed}"), args.count or kind.FULL, Path(folder)):
                    print(f"| {row.input} | {row.count:,} | {row.held} |", flush=True)
            except Broken as error:
                broken += 1
                print(f"| {name} | | **broken**: {error} |", flush=True)
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
