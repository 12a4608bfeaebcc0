"""The argument parser of all command lines."""

import argparse
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Reports a wrong argument in one line and exits with 2."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)
