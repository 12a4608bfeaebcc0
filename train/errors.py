"""What can be wrong with what the user gave, and how `python -m train` and `python -m convert` end then."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from edge.errors import EdgeError


class TrainError(EdgeError):
    """Bad data, votes, model or recipe; the message names the file and what is wrong with it."""


def first_line(error: BaseException) -> str:
    """What a library's error says, cut to what fits into one line of ours."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def run_command(work: Callable[[], None], interrupted: str = "stopped") -> int:
    """The exit status of `work`: 2 and one line where something is wrong; `interrupted` is what Ctrl-C says."""
    try:
        work()
        sys.stdout.flush()
        return 0
    except EdgeError as error:
        line, status = str(error), 2
    except ModuleNotFoundError as error:
        line, status = f"{error.name} is not installed here: pip install -r requirements-train.txt", 2
    except KeyboardInterrupt:
        line, status = interrupted, 130
    except BrokenPipeError:  # the reader of our lines has gone (`… | head`): what is left must not be tried
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    print(line, file=sys.stderr)
    return status
