"""Which playlist goes with a mood, and for how long it is held."""

from collections.abc import Mapping, Sequence
from random import Random

from edge.records import ABSENT, PAUSED, Music, MusicWish, Playlist

#: A room that was empty has no list to hold: for so long after somebody came the list follows the mood at once, for
#: the first mood takes about 12 s (docs/mood.md).
ARRIVAL_SECONDS = 20.0
_NOBODY = (ABSENT, PAUSED)
CHEERFUL = "happy"


class Playlists:
    """Chooses one of a mood's playlists when the mood changes, and holds it for `hold_seconds`.

    A mood that came and went while the list was held changes nothing. `absent` and `paused` hold nothing: their own
    list (usually none) begins at once, and so does the list of whoever comes then. Whoever said "not now" hears nothing
    until that is over, whatever happens meanwhile.
    """

    def __init__(self, playlists: Mapping[str, Sequence[Playlist]], hold_seconds: float, random: Random) -> None:
        self._playlists, self._hold, self._random = playlists, hold_seconds, random
        self._last: dict[str, Playlist] = {}
        self._arrived = float("-inf")
        self._chosen = float("-inf")
        self._wish: MusicWish | None = None
        self._list: Playlist | None = None
        self._quiet_until = float("-inf")
        self._cheered: str | None = None  # the mood that the happy list is to cheer up
        #: The mood whose list is chosen; None before the first.
        self.mood: str | None = None
        self.current: Playlist | None = None

    def follow(self, mood: str, now: float) -> Playlist | None:
        """The playlist at `now`, with `mood` the room's; None where none is configured (`absent` and `paused` by
        default, and for whoever said "not now"). Where a mood has several, the one it had last time is not chosen again
        at once."""
        if mood not in _NOBODY and (self.mood is None or self.mood in _NOBODY):
            self._arrived = now
        anew = self._obey(mood, now)
        if self._cheered not in (None, mood):
            self._cheered, anew = None, True
        wanted = CHEERFUL if self._cheered else mood
        if anew or (wanted != self.mood and not self.held_seconds(mood, now)):
            self.mood, self._list, self._chosen = wanted, self._choose(wanted), now
        self.current = None if now < self._quiet_until else self._list
        return self.current

    def _obey(self, mood: str, now: float) -> bool:
        """Does what was asked for; whether a list is to be chosen anew. Whoever wants music wants it now."""
        wish, self._wish = self._wish, None
        if wish is None:
            return False
        self._quiet_until = now + wish.seconds
        if wish.what in ("cheer", "mood"):
            self._cheered = mood if wish.what == "cheer" and self._playlists.get(CHEERFUL) else None
        return wish.what != "quiet"

    def held_seconds(self, mood: str, now: float) -> float:
        """For how long yet the present list is held against that of `mood`; 0 where it is not."""
        if self._cheered or {mood, self.mood} & {None, *_NOBODY} or now - self._arrived < ARRIVAL_SECONDS:
            return 0.0
        return max(self._chosen + self._hold - now, 0.0)

    def ask(self, wish: MusicWish) -> None:
        """Somebody asks for something: the next `follow` has it, held or not; of several the last."""
        self._wish = wish

    def music(self, mood: str, now: float) -> Music:
        """Why the list is what it is, as `follow` has just decided."""
        held = self.current and self.held_seconds(mood, now)
        return Music(
            self.mood,
            self._cheered is not None,
            self._chosen + self._hold if held else None,
            self._quiet_until if now < self._quiet_until else None,
        )

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
        self.mood = self.current = self._list = self._cheered = None
