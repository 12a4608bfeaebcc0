"""Which playlist goes with a mood."""

from collections.abc import Mapping, Sequence
from random import Random

from edge.records import Playlist


class Playlists:
    """Chooses one of a mood's playlists when the mood changes; it stays until the mood changes again."""

    def __init__(self, playlists: Mapping[str, Sequence[Playlist]], random: Random) -> None:
        self._playlists, self._random = playlists, random
        self._last: dict[str, Playlist] = {}
        self.mood: str | None = None
        self.current: Playlist | None = None

    def follow(self, mood: str) -> Playlist | None:
        """The playlist of the present `mood`; None where none is configured (`absent` and `paused` by default).

        Where a mood has several, the one it had last time is not chosen again at once.
        """
        if mood != self.mood:
            self.mood, self.current = mood, self._choose(mood)
        return self.current

    def _choose(self, mood: str) -> Playlist | None:
        offered = list(self._playlists.get(mood, ()))
        fresh = [playlist for playlist in offered if playlist != self._last.get(mood)] or offered
        if not fresh:
            return None
        self._last[mood] = self._random.choice(fresh)
        return self._last[mood]

    def configure(self, playlists: Mapping[str, Sequence[Playlist]]) -> None:
        """Other playlists from the next change of mood on; the present one is not taken away from who listens to it."""
        self._playlists = playlists

    def forget(self) -> None:
        self.mood = self.current = None
