"""What the daemon remembers across restarts: the camera switch, the resting face, and when it was not running. A small
JSON file, no picture, for its owner's eyes only."""

import contextlib
import json
import logging
import os
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


class State:
    """A dictionary on the disk, one per device id. Losing it costs comfort, never the daemon: nothing here raises.

    `in_doubt` says that what was kept cannot be read, or is older than what was to be kept: then nobody knows how the
    camera was switched last.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""  # why something could not be written down; empty where everything is
        self.in_doubt = False
        self._doubtful = path.with_suffix(".doubtful")
        self._alive = path.with_suffix(".alive")
        self._values: dict[str, Any] = self._read()

    def get(self, key: str) -> Any:
        """What was kept under `key`, or None."""
        return self._values.get(key)

    def keep(self, key: str, value: object) -> bool:
        """Writes the file anew, whole or not at all, when `value` differs from what is kept or something could not be
        written before. False where that fails: it is remembered until the daemon ends."""
        if key in self._values and self._values[key] == value and not self.problem:
            return True
        self._values[key] = value
        partial = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(self._values, file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path)
            self._doubtful.unlink(missing_ok=True)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # or a power cut could bring the former file back, and with it the camera
            finally:
                os.close(folder)
        except OSError as error:
            trouble = f"{self.path} cannot be written ({error.strerror})"
            if trouble != self.problem:
                log.warning("%s: its %r is forgotten at a restart", trouble, key)
            self.problem = trouble
            with contextlib.suppress(OSError):
                partial.unlink()
            return False
        self.problem = ""
        return True

    def doubt(self) -> bool:
        """What is kept is older than what should be: the next start is to know. A renaming, for which there is room on
        a full disk; False where even that fails."""
        try:
            if not self._doubtful.exists():
                self.path.rename(self._doubtful)
        except FileNotFoundError:  # nothing was ever kept
            with contextlib.suppress(OSError):
                self._doubtful.touch(mode=0o600)
        except OSError:
            return False
        return self._doubtful.exists()

    def sign(self, at: float) -> None:
        """The daemon runs at `at` (seconds since 1970): the time of an empty file, so that nothing is written."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._alive.touch(mode=0o600)
            os.utime(self._alive, (at, at))
        except OSError as error:
            log.debug("%s cannot be touched: %s", self._alive, error)

    def signed(self) -> float | None:
        """The last `sign`; None where there was none. Version 0.1 kept it in the dictionary."""
        try:
            return self._alive.stat().st_mtime
        except OSError:
            kept = self.get("alive")
            return float(kept) if isinstance(kept, int | float) else None

    def _read(self) -> dict[str, Any]:
        self.in_doubt = self._doubtful.exists()
        path = self._doubtful if self.in_doubt else self.path
        try:
            values = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            log.warning("%s cannot be read (%s): starting without what was learned", path, error)
            self.in_doubt = True
            return {}
        if not isinstance(values, dict):
            log.warning("%s holds something else than Moodcast's state: starting without what was learned", path)
            self.in_doubt = True
            return {}
        return values
