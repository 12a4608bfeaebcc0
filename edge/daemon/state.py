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
    """A dictionary on the disk, one per device id. Losing it costs comfort, never the daemon: nothing here raises."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._values: dict[str, Any] = self._read()

    def get(self, key: str) -> Any:
        """What was kept under `key`, or None."""
        return self._values.get(key)

    def keep(self, key: str, value: object) -> None:
        """Writes the file anew, whole or not at all, when `value` differs from what is kept."""
        if self._values.get(key) == value:
            return
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
        except OSError as error:
            log.warning("%s cannot be written (%s): its %r is forgotten at a restart", self.path, error.strerror, key)
            with contextlib.suppress(OSError):
                partial.unlink()

    def _read(self) -> dict[str, Any]:
        try:
            values = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            log.warning("%s cannot be read (%s): starting without what was learned", self.path, error)
            return {}
        if not isinstance(values, dict):
            log.warning("%s holds something else than Moodcast's state: starting without what was learned", self.path)
            return {}
        return values
