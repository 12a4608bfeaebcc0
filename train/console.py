"""How `python -m train` and `python -m convert` end when something is wrong: one line, and exit status 2."""

from __future__ import annotations

import sys
from collections.abc import Callable

from edge.errors import EdgeError
from train.machine import prepare

_LIBRARIES = ("keras", "tensorflow", "PIL", "cv2", "h5py", "matplotlib")


def ended(work: Callable[[], int], interrupted: str = "stopped") -> int:
    """The exit status of `work`; `interrupted` is what Ctrl-C says."""
    prepare()
    try:
        return work()
    except EdgeError as error:
        line, status = str(error), 2
    except ModuleNotFoundError as error:
        if error.name not in _LIBRARIES:
            raise
        line, status = f"{error.name} is not installed here: pip install -r requirements-train.txt", 2
    except KeyboardInterrupt:
        line, status = interrupted, 130
    print(line, file=sys.stderr)
    return status
