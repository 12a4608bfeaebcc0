"""The demo's own times: its people stay for sixteen seconds, in which no mood of minutes can be seen."""

import logging
from collections.abc import Callable
from dataclasses import replace

from edge.config import Config

log = logging.getLogger(__name__)

MEMORY_SECONDS, FIRST_SECONDS, ABSENT_SECONDS = 8.0, 1.0, 4.0


def hurry(config: Config) -> Config:
    """`config` with a mood of the last seconds and playlists that are not held."""
    mood = replace(
        config.mood, memory_seconds=MEMORY_SECONDS, first_seconds=FIRST_SECONDS, absent_seconds=ABSENT_SECONDS
    )
    return replace(config, mood=mood, playlists=replace(config.playlists, hold_minutes=0.0))


def as_configured(config: Config) -> Config:
    """A camera's times are the owner's."""
    return config


def times_of(source: str) -> Callable[[Config], Config]:
    """What makes the configuration that `source` is looked at with; the log says where that is the demo's."""
    if source != "demo":
        return as_configured
    log.info("the demo: its mood is that of the last seconds, not minutes, and no playlist is held")
    return hurry
