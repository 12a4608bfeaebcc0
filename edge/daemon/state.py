"""What the daemon keeps over restarts: the camera switch, the resting face, when it was not running, and where it spoke
on MQTT. Small JSON files, no picture, which only its user may read."""

import contextlib
import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

from edge.config import Config
from edge.daemon.private import write_private
from edge.outputs.traces import Place, Traces

log = logging.getLogger(__name__)

#: What follows the device.id in the names of its files here.
STATE, SETTINGS = ".json", ".settings.json"


class State:
    """A dictionary on the disk, one per device id. Nothing here raises.

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
        try:
            write_private(self.path, json.dumps(self._values).encode())
            self._doubtful.unlink(missing_ok=True)
        except OSError as error:
            trouble = f"{self.path} cannot be written ({error.strerror})"
            if trouble != self.problem:
                log.warning("%s: its %r is forgotten at a restart", trouble, key)
            self.problem = trouble
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
        """The last `sign`; None where there was none."""
        try:
            return self._alive.stat().st_mtime
        except OSError:
            return None

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


class Former:
    """Where this device spoke on MQTT before: what it left there is to be removed when it speaks elsewhere now. Kept by
    the configuration's file, for the device.id may be what changed.

    `folder` is where the state is kept. To be made before `State` is: a new device.id gets the state of the old one.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self._config = config
        self._folder = folder
        self._kept = State(folder / "mqtt.announced.json")  # no device.id has a dot
        self._key = str(config.file.absolute()) if config.file else ""
        self._now = Place.of(config.mqtt, config.device)
        self._before = Place.from_json(self._kept.get(self._key))
        self._copy_state()

    @property
    def traces(self) -> Traces | None:
        """What is to be removed; None where there is nothing."""
        if self._before is None or self._before == self._now:
            return None
        return Traces(self._before, self._config.mqtt, self._config.device, self._now)

    def removed(self) -> None:
        """The broker has nothing of this device but where it speaks now."""
        self._kept.keep(self._key, list(self._now))

    def _copy_state(self) -> None:
        """A new device.id gets the state of the old one: a camera that was switched off stays off, and what was
        changed on the page stays changed."""
        if self._before is None:
            return
        for kept in (STATE, SETTINGS):
            old, new = (self._folder / f"{name}{kept}" for name in (self._before.device_id, self._config.device.id))
            if old != new and not new.exists():
                with contextlib.suppress(OSError):
                    shutil.copy2(old, new)
