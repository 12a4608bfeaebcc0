"""Runs a program in an emulated arm64 userland, which is made where it is not there yet:

python -m benchmarks.arm64 FOLDER [--suite SUITE] [--requirements FILE] [--cpu CPU] [--share FOLDER]... -- PROGRAM...

The repository is the program's working folder, $MOODCAST_MODEL is what it is here, and a FOLDER that is shared is there
as well. This process becomes the program: its input, output and status are the program's, and so are signals to its
process group.
"""

import argparse
import os
import sys
from pathlib import Path

from benchmarks.arm64.userland import CPUS, REPOSITORY, SUITES, Userland, UserlandError


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs a program in an emulated arm64 userland.")
    parser.add_argument("folder", type=Path, help="where the userland is, or is to be")
    parser.add_argument("--suite", choices=SUITES, default="bookworm")
    parser.add_argument("--requirements", type=Path, default=REPOSITORY / "requirements-edge.txt")
    parser.add_argument("--cpu", choices=CPUS, default="cortex-a72")
    parser.add_argument("--share", type=Path, action="append", default=[], metavar="FOLDER")
    parser.add_argument("program", nargs="+")
    arguments = parser.parse_args()
    named = os.environ.get("MOODCAST_MODEL")
    model = Path(named).resolve() if named else None
    userland = Userland(arguments.folder, arguments.suite, arguments.requirements)
    try:
        userland.make()
    except UserlandError as error:
        print(f"arm64: {error}", file=sys.stderr)
        return 2
    shared = [folder.resolve() for folder in arguments.share]
    command = userland.command(CPUS[arguments.cpu], arguments.program, model, shared)
    sys.stderr.flush()
    os.execvpe(command[0], command, {**os.environ, "LC_ALL": "C"})


if __name__ == "__main__":
    sys.exit(main())
