"""Which playlist goes with a mood, and for how long it is held."""

from collections.abc import Mapping, Sequence
from random import Random

from edge.records import ABSENT, PAUSED, Playlist

#: A room that was empty has no list to hold: for so long after somebody came the list follows the mood at once, for
#: the first mood takes about 12 s (docs/mood.md).
ARRIVAL_SECONDS = 20.0
_NOBODY = (ABSENT, PAUSED)


class Playlists:
    """Chooses one of a mood's playlists when the mood changes, and holds it for `hold_seconds`.

    A mood that came and went while the list was held changes nothing. `absent` and `paused` hold nothing: their own
    list (usually none) begins at once, and so does the list of whoever comes then.
    """

    def __init__(self, playlists: Mapping[str, Sequence[Playlist]], hold_seconds: float, random: Random) -> None:
        self._playlists, self._hold, self._random = playlists, hold_seconds, random
        self._last: dict[str, Playlist] = {}
        self._arrived = float("-inf")
        self._chosen = float("-inf")
        self._wanted = False
        #: The mood whose list plays; None before the first.
        self.mood: str | None = None
        self.current: Playlist | None = None

    def follow(self, mood: str, now: float) -> Playlist | None:
        """The playlist at `now`, with `mood` the room's; None where none is configured (`absent` and `paused` by
        default). Where a mood has several, the one it had last time is not chosen again at once."""
        if mood not in _NOBODY and (self.mood is None or self.mood in _NOBODY):
            self._arrived = now
        if self._wanted or (mood != self.mood and not self.held_seconds(mood, now)):
            self.mood, self.current, self._chosen, self._wanted = mood, self._choose(mood), now, False
        return self.current

    def held_seconds(self, mood: str, now: float) -> float:
        """For how long yet the present list is held against that of `mood`; 0 where it is not."""
        if mood in _NOBODY or self.mood is None or self.mood in _NOBODY or now - self._arrived < ARRIVAL_SECONDS:
            return 0.0
        return max(self._chosen + self._hold - now, 0.0)

    def another(self) -> None:
        """Somebody asks for another list: at the next `follow` the mood's is chosen anew, held or not."""
        self._wanted = True

    def release(self) -> None:
        """Ends the hold: what the list was chosen for is not true."""
        self._chosen = float("-inf")

    def _choose(self, mood: str) -> Playlist | None:
        offered = list(self._playlists.get(mood, ()))
        fresh = [playlist for playlist in offered if playlist != self._last.get(mood)] or offered
        if not fresh:
            return None
        self._last[mood] = self._random.choice(fresh)
        return self._last[mood]

    def configure(self, playlists: Mapping[str, Sequence[Playlist]], hold_seconds: float) -> None:
        """Other playlists from the next change of mood on; the present one is not taken away from who listens to it."""
        self._playlists, self._hold = playlists, hold_seconds

    def forget(self) -> None:
        self.mood = self.current = None
