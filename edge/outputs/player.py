"""What to do with a music player: it shows this, and the page's playlist is that. Pure: told `now`, reads no clock.

Whose the queue is decides. What we queued ourselves gives way to another list. What somebody else has queued, let play
or stopped is left alone for a while, and what is paused always.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from edge.records import ABSENT, UNKNOWN, Status

#: How long one song is faded over the other, and how much before that is played of the song that is left.
FADE_SECONDS, FADE_LEAD_SECONDS = 5, 3
#: A fade that has not ended so long after its time never will.
FADE_LATE_SECONDS = 10.0
#: What the player does not have, or does not take, is tried again after this.
AGAIN_SECONDS = 600.0

#: `queue`: the list follows the song that plays; `fade`: that song's last seconds follow at once, and the list is faded
#: over them; `play`: the list at once; `tidy`: the song that played when the list was queued is taken away; `unfade`:
#: the player's own crossfade is put back.
Action = Literal["nothing", "queue", "fade", "play", "stop", "tidy", "unfade"]


class Song(NamedTuple):
    """One place of the queue. The player gives each an id of its own, until it is started anew."""

    id: int
    file: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the player shows. `song` is the id of the one that plays or would; None where the queue has ended by itself
    or is empty. `left` is what is left of it in seconds; None where nobody knows: a station has no end. `single`: it
    stops after each song. `crossfade` is its own, in seconds."""

    state: Literal["play", "pause", "stop"]
    queue: tuple[Song, ...] = ()
    song: int | None = None
    left: float | None = None
    single: bool = False
    crossfade: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the player is asked for: the first of `names` that it has; none: nothing. `nobody` is in the room; `hush`:
    somebody said "not now"."""

    names: tuple[str, ...] = ()
    nobody: bool = False
    hush: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """The owner's, and whether it is a quiet hour."""

    fade: bool = False
    start_silent: bool = False
    hands_off_seconds: float = 3600.0
    quiet: bool = False


def wanted(status: Status | None) -> Wanted:
    """The playlist of the moment as the page shows it: held, another, the cheering one, or none. Its address is asked
    for, then the word of the mood that it is the list of. Without a picture nothing is wanted anew."""
    if status is None:
        return Wanted()
    hush = status.music.quiet_until is not None
    if status.mood == UNKNOWN or status.playlist is None:
        return Wanted(nobody=status.mood == ABSENT, hush=hush)
    return Wanted((status.playlist.url, status.music.mood or status.mood), hush=hush)


@dataclass(frozen=True, slots=True)
class Brought:
    """A list in the queue. `songs` are it and `last`, the song that goes on playing (None: none does); what else stands
    in the queue has come in between, and makes it somebody else's. `crossfade`: the player's own, where ours is set."""

    songs: tuple[Song, ...]
    last: int | None = None
    crossfade: int | None = None


class Player:
    """`see` what the player shows, then `decide`, again and again; after one of the actions that bring a list, `queued`
    or `lacks`. One of these over all connections."""

    def __init__(self) -> None:
        self._before: Shown | None = None
        self._ours: frozenset[Song] = frozenset()  # the list queued last, and the song that played then
        self._names: tuple[str, ...] = ()  # what it was asked for by
        self.last: int | None = None  # that song
        self._lacking: dict[tuple[str, ...], float] = {}
        self._hushed = False
        #: When somebody else has last chosen what plays, or stopped it.
        self.chosen = float("-inf")
        #: The player's own crossfade, while ours is set; None while it is not.
        self.crossfade: int | None = None
        self._fade_late = float("inf")

    def see(self, shown: Shown, now: float, *, anew: bool = False) -> None:
        """`anew`: over another connection. The player may have been started in between: then ids are others, and files
        alone tell whose the queue is. What plays when it is seen for the first time is somebody's choice."""
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
            self._names = ()  # whoever comes next is greeted with a list, be it the same
        if rules.quiet or shown.state == "pause":
            return "nothing"
        ours = self._is_ours(shown)
        if shown.state == "play" and ours:
            if hush:
                self._names = ()  # who wants music again wants this list too
                return "stop"
            if self.last is not None and shown.song != self.last:
                return "tidy"
        return self._replacing(shown, wanted, rules, ours, now)

    def _replacing(self, shown: Shown, wanted: Wanted, rules: Rules, ours: bool, now: float) -> Action:
        """Whether the list that is wanted is to be brought, and how."""
        plays = shown.state == "play"
        if not wanted.names or wanted.names == self._names or not (plays or rules.start_silent):
            return "nothing"
        if not (plays and ours) and now - self.chosen < rules.hands_off_seconds:
            return "nothing"
        if now - self._lacking.get(wanted.names, float("-inf")) < AGAIN_SECONDS:
            return "nothing"
        if not plays or shown.left is None:
            return "play"
        # One that stops after each song would stop a song early, were it left before its end.
        can_fade = rules.fade and not shown.single and shown.left > FADE_SECONDS + FADE_LEAD_SECONDS
        return "fade" if can_fade else "queue"

    def note_queued(self, names: tuple[str, ...], brought: "Brought", now: float) -> None:
        """The list of `names` was brought."""
        self._names, self.last, self._ours = names, brought.last, frozenset(brought.songs)
        if brought.crossfade is not None:
            self.crossfade = brought.crossfade
            self._fade_late = now + FADE_SECONDS + FADE_LEAD_SECONDS + FADE_LATE_SECONDS

    def note_missing(self, names: tuple[str, ...], now: float) -> None:
        """The player has nothing of these names, or does not take it."""
        self._lacking[names] = now

    def _is_ours(self, shown: Shown) -> bool:
        return bool(shown.queue) and self._ours.issuperset(shown.queue)
