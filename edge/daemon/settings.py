"""The configuration a running daemon goes by, and what becomes of it when its owner changes the file and says so."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from edge import config as configuration
from edge.config import Config
from edge.config.reload import compare
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
    """Used by the main thread. `apply` are called with the whole configuration when something in it was applied."""

    def __init__(self, config: Config, environ: Mapping[str, str], apply: Iterable[Callable[[Config], object]]) -> None:
        self.config = config
        self._environ, self._apply = environ, tuple(apply)

    def reload(self) -> None:
        """Reads the file again. One with problems changes nothing: the configuration before stays in force."""
        log.info("reading %s again", self.config.file or "the configuration")
        try:
            found = compare(self.config, configuration.load(self.config.file, self._environ))
        except ConfigError as error:
            for line in error.problems:
                log.error("%s", line)
            log.error("nothing of it is applied: the configuration before stays in force")
            return
        if found.applied:
            self.config = found.config
            logging.getLogger().setLevel(found.config.log_level.upper())
            for apply in self._apply:
                apply(found.config)
        for line in found.lines():
            log.info("%s", line)
