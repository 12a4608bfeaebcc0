"""Decides what to do with a music player, from its state and the page's playlist. Pure: reads no clock.

It depends on who filled the queue. Our own queue is replaced by the next list. What somebody else has queued, started
or stopped is left alone for a while; a paused player always is.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from edge.records import ABSENT, UNKNOWN
from edge.status import Status

#: The length of a fade, and how much of the old song plays before it.
FADE_SECONDS, FADE_LEAD_SECONDS = 5, 3
#: A fade that has not ended so long after its time is taken for failed.
FADE_LATE_SECONDS = 10.0
#: A list that the player lacks or refuses is tried again after this.
AGAIN_SECONDS = 600.0

#: `queue`: the list follows the present song; `fade`: the song jumps to its last seconds and the list fades in over
#: them; `play`: the list starts at once; `tidy`: removes the song that played when the list was queued; `unfade`:
#: restores the player's own crossfade.
Action = Literal["nothing", "queue", "fade", "play", "stop", "tidy", "unfade"]


class Song(NamedTuple):
    """One entry of the queue. The ids are the player's; a restart of it changes them."""

    id: int
    file: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The player's state. `song` is the id of the present song; None where the queue has ended or is empty. `left` is
    the rest of it in seconds, None where it has no end (a radio station). `single`: it stops after each song.
    `crossfade` is its own, in seconds."""

    state: Literal["play", "pause", "stop"]
    queue: tuple[Song, ...] = ()
    song: int | None = None
    left: float | None = None
    single: bool = False
    crossfade: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should play: the first of `names` that the player has; nothing where there are none. `nobody`: the room is
    empty; `hush`: somebody said "not now"."""

    names: tuple[str, ...] = ()
    nobody: bool = False
    hush: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """The owner's options, and whether it is a quiet hour."""

    fade: bool = False
    start_silent: bool = False
    hands_off_seconds: float = 3600.0
    quiet: bool = False


def wanted(status: Status | None) -> Wanted:
    """The playlist that the page shows: its address first, then the word of its mood. Without a picture there is
    none."""
    if status is None:
        return Wanted()
    hush = status.music.quiet_until is not None
    if status.mood == UNKNOWN or status.playlist is None:
        return Wanted(nobody=status.mood == ABSENT, hush=hush)
    return Wanted((status.playlist.url, status.music.mood or status.mood), hush=hush)


@dataclass(frozen=True, slots=True)
class Brought:
    """A list that was put into the queue: `songs` are the list and `last`, the song that goes on playing (None: none).
    `crossfade`: the player's own, where ours is set. Any other song in the queue makes it somebody else's."""

    songs: tuple[Song, ...]
    last: int | None = None
    crossfade: int | None = None


class Player:
    """Call `see`, then `decide`, again and again; after an action that brings a list `note_queued` or `note_missing`;
    after `tidy` set `last`, after `unfade` `crossfade`, to None. One object for all connections."""

    def __init__(self) -> None:
        self._before: Shown | None = None
        self._ours: frozenset[Song] = frozenset()  # the last list, and the song that played then
        self._names: tuple[str, ...] = ()  # the list's names
        self.last: int | None = None  # the song that played then
        self._lacking: dict[tuple[str, ...], float] = {}
        self._hushed = False
        #: When somebody else has last chosen what plays, or stopped it.
        self.chosen = float("-inf")
        #: The player's own crossfade, while ours is set; None while it is not.
        self.crossfade: int | None = None
        self._fade_late = float("inf")

    def see(self, shown: Shown, now: float, *, anew: bool = False) -> None:
        """`anew`: over a new connection. The player may have been restarted, which changes ids, so only the files tell
        whose the queue is. Music that plays at the very first look is taken for somebody's choice."""
        before, self._before = self._before, shown
        if before is None:
            self.chosen = now if shown.state == "play" else self.chosen
            return
        new = set(shown.queue) - set(before.queue) if shown.queue is not before.queue else set[Song]()
        if anew:
            if {song.file for song in shown.queue} <= {song.file for song in self._ours}:
                self._ours, self.last = frozenset(shown.queue), None
            known = {song.file for song in before.queue}
            new = {song for song in new if song.file not in known}
        if not self._is_ours(shown) and (new or (shown.state == "play" and before.state != "play")):
            self.chosen, self._names, self.last = now, (), None
        elif shown.state == "stop" and before.state != "stop":
            ended = shown.song is None and (anew or bool(shown.queue))
            self.chosen = float("-inf") if ended or self._hushed else now

    def decide(self, wanted: Wanted, rules: Rules, now: float) -> Action:
        """What to do, after `see`."""
        shown = self._before
        if shown is None:
            return "nothing"
        if self.crossfade is not None and (
            shown.state != "play" or shown.song != self.last or now >= self._fade_late
        ):  # fmt: skip
            return "unfade"
        hush, self._hushed = wanted.hush and not self._hushed, wanted.hush
        if wanted.nobody and shown.state == "stop":
            self._names = ()  # the next visitor gets a list, even the same one
        if rules.quiet or shown.state == "pause":
            return "nothing"
        ours = self._is_ours(shown)
        if shown.state == "play" and ours:
            if hush:
                self._names = ()  # when music is wanted again, this list is brought too
                return "stop"
            if self.last is not None and shown.song != self.last:
                return "tidy"
        return self._replacing(shown, wanted, rules, ours, now)

    def _replacing(self, shown: Shown, wanted: Wanted, rules: Rules, ours: bool, now: float) -> Action:
        """Whether and how the wanted list is brought."""
        plays = shown.state == "play"
        if not wanted.names or wanted.names == self._names or not (plays or rules.start_silent):
            return "nothing"
        if not (plays and ours) and now - self.chosen < rules.hands_off_seconds:
            return "nothing"
        if now - self._lacking.get(wanted.names, float("-inf")) < AGAIN_SECONDS:
            return "nothing"
        if not plays or shown.left is None:
            return "play"
        # A player that stops after each song would stop before this song's end.
        can_fade = rules.fade and not shown.single and shown.left > FADE_SECONDS + FADE_LEAD_SECONDS
        return "fade" if can_fade else "queue"

    def note_queued(self, names: tuple[str, ...], brought: "Brought", now: float) -> None:
        """The list of `names` was brought."""
        self._names, self.last, self._ours = names, brought.last, frozenset(brought.songs)
        if brought.crossfade is not None:
            self.crossfade = brought.crossfade
            self._fade_late = now + FADE_SECONDS + FADE_LEAD_SECONDS + FADE_LATE_SECONDS

    def note_missing(self, names: tuple[str, ...], now: float) -> None:
        """The player has no list of these names, or refuses it."""
        self._lacking[names] = now

    def _is_ours(self, shown: Shown) -> bool:
        return bool(shown.queue) and self._ours.issuperset(shown.queue)
