"""What the daemon keeps over restarts: the camera switch, the resting face, when it last ran, and its MQTT topics.

Small JSON files that only its user may read; no pictures."""

import contextlib
import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

from edge.config import Config
from edge.daemon.private import write_private
from edge.outputs.traces import MqttPlace, Traces

log = logging.getLogger(__name__)

#: What follows the device.id in the names of its files here.
STATE, SETTINGS = ".json", ".settings.json"


def read_object(path: Path, otherwise: str) -> dict[str, Any] | None:
    """The JSON object in `path`, empty where there is no file. None where it cannot be read or is no object; then it
    logs why, and what happens `otherwise`."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        log.warning("%s cannot be read (%s): %s", path, error, otherwise)
        return None
    if not isinstance(values, dict):
        log.warning("%s holds something else than Moodcast wrote: %s", path, otherwise)
        return None
    return values


class State:
    """A dictionary on the disk, one for each device id. Nothing here raises.

    `in_doubt`: the file cannot be read, or an older value stands in it because a newer one could not be written. The
    last position of the camera's switch is then unknown.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""  # why the last write failed; empty where it did not
        self.in_doubt = False
        self._doubtful = path.with_suffix(".doubtful")
        self._alive = path.with_suffix(".alive")
        self._values: dict[str, Any] = self._read()

    def get(self, key: str) -> Any:
        """What was kept under `key`, or None."""
        return self._values.get(key)

    def keep(self, key: str, value: object) -> bool:
        """Writes the file when `value` differs from the kept one, or the last write failed. False where writing fails;
        the value then lasts until the daemon ends."""
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
        """Marks the kept values as out of date for the next start. It renames the file, which works on a full disk;
        False where even that fails."""
        try:
            if not self._doubtful.exists():
                self.path.rename(self._doubtful)
        except FileNotFoundError:  # nothing was ever kept
            with contextlib.suppress(OSError):
                self._doubtful.touch(mode=0o600)
        except OSError:
            return False
        return self._doubtful.exists()

    def mark_alive(self, at: float) -> None:
        """The daemon runs at `at` (seconds since 1970). Kept as the modification time of an empty file, so that no data
        is written to the card."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._alive.touch(mode=0o600)
            os.utime(self._alive, (at, at))
        except OSError as error:
            log.debug("%s cannot be touched: %s", self._alive, error)

    def last_alive(self) -> float | None:
        """The last `sign`; None where there was none."""
        try:
            return self._alive.stat().st_mtime
        except OSError:
            return None

    def _read(self) -> dict[str, Any]:
        self.in_doubt = self._doubtful.exists()
        values = read_object(self._doubtful if self.in_doubt else self.path, "starting without what was learned")
        self.in_doubt = self.in_doubt or values is None
        return values or {}


class FormerTopics:
    """The MQTT topics that this device used before. When the configuration names others, the retained messages under
    the old ones are removed. Keyed by the configuration's file, because the device.id may be what changed.

    `folder` holds the state. Make this before `State`: a new device.id gets a copy of the old one's state.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self._config = config
        self.folder = folder
        self._kept = State(folder / "mqtt.announced.json")  # no device.id has a dot
        self._key = str(config.file.absolute()) if config.file else ""
        self._now = MqttPlace.of(config.mqtt, config.device)
        self._before = MqttPlace.from_json(self._kept.get(self._key))
        self._copy_state()

    @property
    def traces(self) -> Traces | None:
        """What to remove; None where the topics are the same."""
        if self._before is None or self._before == self._now:
            return None
        return Traces(self._before, self._config.mqtt, self._config.device, self._now)

    def mark_removed(self) -> None:
        """The broker keeps nothing under the old topics any more."""
        self._kept.keep(self._key, list(self._now))

    def _copy_state(self) -> None:
        """A new device.id gets the old one's state: a camera that was off stays off, changed settings stay changed."""
        if self._before is None:
            return
        for kept in (STATE, SETTINGS):
            old, new = (self.folder / f"{name}{kept}" for name in (self._before.device_id, self._config.device.id))
            if old != new and not new.exists():
                with contextlib.suppress(OSError):
                    shutil.copy2(old, new)
