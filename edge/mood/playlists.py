"""Which playlist goes with a mood, and for how long it is held."""

from collections.abc import Mapping, Sequence
from random import Random

from edge.records import ABSENT, PAUSED, Music, MusicWish, Playlist

#: For this long after somebody came into an empty room the list follows the mood at once: the first mood takes about
#: 12 s (docs/mood.md).
ARRIVAL_SECONDS = 20.0
_NOBODY = (ABSENT, PAUSED)
CHEERFUL = "happy"


class Playlists:
    """Chooses one of a mood's playlists when the mood changes, and holds it for `hold_seconds`.

    A mood that comes and goes while the list is held changes nothing. The lists of `absent` and `paused` (usually none)
    start at once, as does the first one after them. A wish for quiet means no list until the quiet ends.
    """

    def __init__(self, playlists: Mapping[str, Sequence[Playlist]], hold_seconds: float, random: Random) -> None:
        self._playlists, self._hold, self._random = playlists, hold_seconds, random
        self._last: dict[str, Playlist] = {}
        self._arrived_at = float("-inf")
        self._chosen_at = float("-inf")
        self._wish: MusicWish | None = None
        self._list: Playlist | None = None
        self._quiet_until = float("-inf")
        self._cheered: str | None = None  # the mood that the happy list is to cheer up
        #: The mood whose list is chosen; None before the first.
        self.mood: str | None = None
        self.current: Playlist | None = None

    def follow(self, mood: str, now: float) -> Playlist | None:
        """The playlist at `now` for the room's `mood`; None during quiet and where none is configured (by default for
        `absent` and `paused`). Where a mood has several, its last one is not chosen again at once."""
        if mood not in _NOBODY and (self.mood is None or self.mood in _NOBODY):
            self._arrived_at = now
        choose_again = self._apply_wish(mood, now)
        if self._cheered not in (None, mood):
            self._cheered, choose_again = None, True
        wanted = CHEERFUL if self._cheered else mood
        if choose_again or (wanted != self.mood and not self.held_seconds(mood, now)):
            self.mood, self._list, self._chosen_at = wanted, self._choose(wanted), now
        self.current = None if now < self._quiet_until else self._list
        return self.current

    def _apply_wish(self, mood: str, now: float) -> bool:
        """Applies the wish; whether a list is to be chosen anew. A wish for music ends the quiet."""
        wish, self._wish = self._wish, None
        if wish is None:
            return False
        self._quiet_until = now + wish.seconds
        if wish.what in ("cheer", "mood"):
            self._cheered = mood if wish.what == "cheer" and self._playlists.get(CHEERFUL) else None
        return wish.what != "quiet"

    def held_seconds(self, mood: str, now: float) -> float:
        """How long the present list is still held against that of `mood`; 0 where it is not."""
        if self._cheered or {mood, self.mood} & {None, *_NOBODY} or now - self._arrived_at < ARRIVAL_SECONDS:
            return 0.0
        return max(self._chosen_at + self._hold - now, 0.0)

    def ask(self, wish: MusicWish) -> None:
        """Takes a wish; the next `follow` applies the last one, whether the list is held or not."""
        self._wish = wish

    def music(self, mood: str, now: float) -> Music:
        """Why the list is the one that `follow` has just returned."""
        held = self.current and self.held_seconds(mood, now)
        return Music(
            self.mood,
            self._cheered is not None,
            self._chosen_at + self._hold if held else None,
            self._quiet_until if now < self._quiet_until else None,
        )

    def end_hold(self) -> None:
        """Ends the hold, when the mood was a mistake."""
        self._chosen_at = float("-inf")

    def _choose(self, mood: str) -> Playlist | None:
        offered = list(self._playlists.get(mood, ()))
        fresh = [playlist for playlist in offered if playlist != self._last.get(mood)] or offered
        if not fresh:
            return None
        self._last[mood] = self._random.choice(fresh)
        return self._last[mood]

    def configure(self, playlists: Mapping[str, Sequence[Playlist]], hold_seconds: float) -> None:
        """Sets the playlists from the next change of mood on; the present one goes on."""
        self._playlists, self._hold = playlists, hold_seconds

    def forget(self) -> None:
        self.mood = self.current = self._list = self._cheered = None
