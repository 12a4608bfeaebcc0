"""The configuration a running daemon goes by, and what becomes of it when its owner changes the file, or something
on the page."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge import config as configuration
from edge.config import Config
from edge.config.options import walk
from edge.config.overlay import admit, lay_over, merge
from edge.config.reload import compare
from edge.daemon.state import write_private
from edge.errors import ConfigError

log = logging.getLogger(__name__)

#: The demo's people stay for sixteen seconds: a mood of minutes would never show.
DEMO_MEMORY_SECONDS, DEMO_FIRST_SECONDS, DEMO_ABSENT_SECONDS = 8.0, 1.0, 4.0


def times_of(source: str) -> Callable[[Config], Config]:
    """What makes the configuration that `source` is looked at with: the owner's, but for the demo."""
    if source != "demo":
        return lambda config: config
    log.info("the demo: its mood is that of the last seconds, not minutes, and no playlist is held")
    return with_demo_times


def with_demo_times(config: Config) -> Config:
    """`config` with a mood of the last seconds, and playlists that are not held."""
    mood = replace(
        config.mood,
        memory_seconds=DEMO_MEMORY_SECONDS,
        first_seconds=DEMO_FIRST_SECONDS,
        absent_seconds=DEMO_ABSENT_SECONDS,
    )
    return replace(config, mood=mood, playlists=replace(config.playlists, hold_minutes=0.0))


class Settings:
    """The configuration in force: the owner's file, and laid over it what was changed on the page, through the API or
    over MQTT. That is kept in `kept`, a file of its own; the owner's is never written.

    `config`, `origins` and `change` are for any thread, the rest is for the main one.
    """

    def __init__(self, config: Config, environ: Mapping[str, str], kept: Path) -> None:
        """`config` is what the owner's file says."""
        self._environ, self._kept = environ, kept
        self._lock = threading.Lock()
        self._followers: list[Callable[[Config], object]] = []
        self._owners, self._given = config, configuration.given(config.file)
        self._changes = _read(kept)
        self._lay_over()
        self._applied = self.config
        if self._changes:
            log.info("changed here, whatever %s says: %s", _file(config), ", ".join(self._changes))

    def follow(self, apply: Callable[[Config], object]) -> None:
        """`apply` is called with the whole configuration when something in it is applied."""
        self._followers.append(apply)

    @property
    def owners(self) -> Config:
        """What the owner's file says, as far as it is in force."""
        return self._owners

    def origins(self) -> dict[str, str]:
        """Where the value of each option comes from: `live` (it was changed here), `environment` (a variable, a
        credential, a password's file), `config.yaml` or `default`."""
        changes, given = self._changes, self._given
        found = {}
        for (key, option, value), (_, _, default) in zip(walk(self._owners), walk(Config()), strict=True):
            stands = "config.yaml" if key in given else "default" if value == default else "environment"
            found[key] = "environment" if self._environ.get(option.environment) else stands
        return found | dict.fromkeys(changes, "live")

    def change(self, values: Mapping[str, Any]) -> bool:
        """Each value, by its key, as the file would have it; None goes back to the file. All of them or none, in force
        from the next turn of the main loop on. False where it cannot be written down: then nothing is changed. Raises
        ConfigError."""
        with self._lock:
            changes = merge(self._changes, values)
            config = lay_over(self._owners, changes)
            if changes != self._changes:
                if not self._write(changes):
                    return False
                self._changes, self.config = changes, config
        return True

    def apply(self) -> tuple[str, ...]:
        """Every turn of the loop: applies what was changed, and gives its keys."""
        config = self.config
        if config is self._applied:
            return ()
        applied = compare(self._applied, config).applied
        self._applied = config
        if applied:
            log.info("applied: %s", ", ".join(applied))
            logging.getLogger().setLevel(config.log_level.upper())
            for apply in self._followers:
                apply(config)
        return applied

    def reload(self) -> None:
        """Reads the file again. One with problems changes nothing: the configuration before stays in force."""
        log.info("reading %s again", _file(self.config))
        try:
            read = configuration.load(self.config.file, self._environ)
            given = configuration.given(read.file)
        except ConfigError as error:
            for line in error.problems:
                log.error("%s", line)
            log.error("nothing of it is applied: the configuration before stays in force")
            return
        with self._lock:
            found = compare(self._owners, read)
            self._owners, self._given = found.config, given
            self._lay_over()
        applied = self.apply()
        covered = [key for key in found.applied if key in self._changes]
        if covered:
            log.info("changed here, so what the file says of it waits: %s", ", ".join(covered))
        if found.restart or not (applied or covered):
            for line in replace(found, applied=()).lines():
                log.info("%s", line)

    def _lay_over(self) -> None:
        """Puts what was changed over the owner's; what that no longer admits is dropped."""
        changes, refused = admit(self._owners, self._changes)
        for key, line in refused.items():
            log.warning(
                "what was changed of %s, which %s does not admit, is dropped: %s", key, _file(self._owners), line
            )
        if refused:
            self._write(changes)
        self._changes, self.config = changes, lay_over(self._owners, changes)

    def _write(self, changes: Mapping[str, Any]) -> bool:
        try:
            write_private(self._kept, json.dumps(changes).encode())
        except OSError as error:
            log.warning("%s cannot be written: %s", self._kept, error.strerror)
            return False
        return True


def _file(config: Config) -> str:
    return str(config.file or "the configuration")


def _read(kept: Path) -> dict[str, Any]:
    try:
        values = json.loads(kept.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        log.warning("%s cannot be read (%s): what was changed here is not in force", kept, error)
        return {}
    if not isinstance(values, dict):
        log.warning("%s holds something else than settings: what was changed here is not in force", kept)
        return {}
    return values
