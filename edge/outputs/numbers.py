"""The settings that Home Assistant shows as numbers and may change: `<base>/settings` tells them, `<base>/settings/set`
takes them. The other options that the page changes are not changed here: a broker without an access list would take
the address of a playlist, which the page shows as a link, from anybody. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from edge.config import Config
from edge.config.options import walk


class Number(NamedTuple):
    """`option` is its key, `shown` how many of `unit` are one of the option's."""

    option: str
    key: str
    name: str
    icon: str
    unit: str
    shown: int = 1

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the most, as shown."""
        low, high = _BOUNDS[self.option]
        return low * self.shown, high * self.shown


#: Of the mood's options the share that makes a mood is the one that is sensitivity, and nothing else: how much of the
#: last minutes somebody must smile for the mood to be happy (docs/mood.md). The smaller, the more sensitive.
NUMBERS = (
    Number("playlists.hold_minutes", "hold_minutes", "Playlist is held for", "mdi:timer-sand", "min"),
    Number("mood.enter_share", "enter_share", "Share a mood needs", "mdi:tune-variant", "%", 100),
)
OPTIONS = tuple(number.option for number in NUMBERS)
_BOUNDS = {key: option.kind.bounds or (0.0, 0.0) for key, option, _ in walk(Config()) if key in OPTIONS}
#: What is taken, for who sent something else.
EXAMPLES = tuple(f'{{"{key}": {default:g}}}' for key, _, default in walk(Config()) if key in OPTIONS)


def values_in_force(config: Config) -> Mapping[str, float]:
    """The values in force, by their options."""
    return {key: value for key, _, value in walk(config) if key in OPTIONS}
