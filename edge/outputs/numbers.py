"""The settings that Home Assistant shows as numbers and may change, in `<base>/settings` and `<base>/settings/set`.
Pure.

Other options cannot be changed over MQTT: a broker without an access list would accept a playlist's address, which the
page shows as a link, from anybody."""

from collections.abc import Mapping
from typing import NamedTuple

from edge.config import Config
from edge.config.options import walk


class Number(NamedTuple):
    """`option` is the option's key; `shown` converts its value to `unit`."""

    option: str
    key: str
    name: str
    icon: str
    unit: str
    shown: int = 1

    @property
    def bounds(self) -> tuple[float, float]:
        """Minimum and maximum, as shown."""
        low, high = _BOUNDS[self.option]
        return low * self.shown, high * self.shown


#: Of the mood's options only enter_share is here: it alone is the sensitivity, the share of the last minutes in which
#: somebody must smile for the mood to be happy (docs/mood.md). The smaller, the more sensitive.
NUMBERS = (
    Number("playlists.hold_minutes", "hold_minutes", "Playlist is held for", "mdi:timer-sand", "min"),
    Number("mood.enter_share", "enter_share", "Share a mood needs", "mdi:tune-variant", "%", 100),
)
OPTIONS = tuple(number.option for number in NUMBERS)
_BOUNDS = {key: option.kind.bounds or (0.0, 0.0) for key, option, _ in walk(Config()) if key in OPTIONS}
#: Examples for the warning about a refused request.
EXAMPLES = tuple(f'{{"{key}": {default:g}}}' for key, _, default in walk(Config()) if key in OPTIONS)


def values_in_force(config: Config) -> Mapping[str, float]:
    """The values in force, by their options."""
    return {key: value for key, _, value in walk(config) if key in OPTIONS}
