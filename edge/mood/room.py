"""What the room has been like over the last minutes: the mood, from the expressions told."""

import math
from collections import deque
from dataclasses import dataclass

from edge.config import MoodConfig
from edge.records import ABSENT, LABELS, NONE, Mood, MoodChange, RoomExpression, Scores

NEUTRAL = LABELS.index("neutral")
NO_SHARES: Scores = (0.0,) * len(LABELS)
#: Evidence ends at this share: what was shown for it is as clear as it gets. So another mood, or none, is told as soon
#: after an hour of tears as after a minute (docs/mood.md).
BRIM = 0.3
#: By how much another expression must lead the mood to take its place (docs/mood.md).
LEAD = 0.05
#: What an expression was between two looks further apart is unknown.
LONGEST_STEP_SECONDS = 1.0
HOUR_SECONDS = 3600.0
#: Less seen time than this (a share of the memory) is none: what rounding leaves of a picture that was taken back.
NO_TIME = 1e-6


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the moods stand: `leader` is the expression other than the present mood that has most evidence, `evidence`
    what it has, `needed` what would make it the mood; `held` is the present mood's own evidence, `left_below` where
    that ends it. All are shares of the last minutes."""

    leader: str
    evidence: float
    needed: float
    held: float
    left_below: float


class RoomMood:
    """The mood of the room. Reads no clock: `now` is the source's own, and never goes back.

    The evidence for each expression but `neutral` is its share of the seen time, with the time constant
    `memory_seconds`: an average that forgets exponentially (Katsimerou, Redi, Heynderickx, "A Computational Model for
    Mood Recognition", UMAP 2014). It never rises above BRIM. The mood is the expression with the most evidence, once
    that reaches `enter_share`; it stays until its evidence falls below `leave_share`, or until another that may enter
    leads it by LEAD. Else the mood is neutral: neutral is the absence of evidence, not evidence of its own. Shares are
    taken of at least so much time that an arrival's first mood needs `first_seconds` of one expression. While nobody
    is in view nothing is forgotten; after `absent_seconds` of that the mood is `absent`, and everything is.
    """

    def __init__(self, config: MoodConfig) -> None:
        self.configure(config)
        self._changes: deque[float] = deque()
        self.forget()

    def configure(self, config: MoodConfig) -> None:
        """Goes by `config` from now on; the mood and what was seen stay."""
        self._config = config
        least = config.first_seconds / config.enter_share / config.memory_seconds
        self._least_time = min(max(least, NO_TIME), 1.0)

    def forget(self) -> None:
        """The camera was switched: what was seen is over. The next step starts from `absent`."""
        self._remember_nothing()
        self._now: float | None = None
        self.mood: Mood | None = None

    def _remember_nothing(self) -> None:
        self._present: float | None = None  # when somebody was last in view
        self._living: float | None = None  # when somebody was last in view who has moved as living people do
        self._time = 0.0  # seen time within the memory: 0 to 1
        # Seven numbers each, and plain ones: numpy takes longer over so few (docs/cost.md).
        self._shown = list(NO_SHARES)  # how much of it was each expression's
        self._emotion = list(NO_SHARES)  # the same without neutral, and no more than the brim
        self._evidence = list(NO_SHARES)  # the emotions as shares of the time
        self._doubtful = list(NO_SHARES)  # what of `_shown` no living face has backed

    def changes_per_hour(self, now: float) -> float:
        """Changes within the last hour."""
        while self._changes and self._changes[0] <= now - HOUR_SECONDS:
            self._changes.popleft()
        return float(len(self._changes))

    def standing(self) -> Standing:
        """Where the moods stand after the last step, and what the next one will ask of them."""
        config, place = self._config, self._place()
        held = 0.0 if place is None else self._evidence[place]
        rivals = self._evidence.copy()
        if place is not None:
            rivals[place] = -1.0
        most = max(rivals)
        leader = rivals.index(most)
        needed = config.enter_share if place is None else max(config.enter_share, held + LEAD)
        return Standing(LABELS[leader], max(most, 0.0), needed, held, config.leave_share)

    def _place(self) -> int | None:
        """The present mood's place among LABELS; None where it is neutral or nobody's."""
        if self.mood is None or self.mood.label in (ABSENT, LABELS[NEUTRAL]):
            return None
        return LABELS.index(self.mood.label)

    def update(
        self, expression: RoomExpression, faces: int, now: float, *, alive: bool = True
    ) -> tuple[Mood, MoodChange | None]:
        """The expression told at `now`, with so many `faces` in view, at least one of them known to be `alive` or none.

        Returns the mood that holds now and, where it has just changed, the change; it carries no playlist.
        """
        if self.mood is None:
            self.mood = Mood(ABSENT, 0.0, NO_SHARES, now)
        elapsed = 0.0 if self._now is None else min(max(now - self._now, 0.0), LONGEST_STEP_SECONDS)
        self._now = now
        if expression.label != NONE:
            self._present = now
            self._living = now if alive else self._living
            self._remember(LABELS.index(expression.label), elapsed, alive)
        if self._present is None or now - self._present >= self._config.absent_seconds:
            self._remember_nothing()
            return self._turn(ABSENT, 0, now)
        return self._turn(self._decide(), faces, now)

    def doubt(self) -> None:
        """A face has turned out to be a picture: what no living face has backed counts for nothing."""
        self._present = self._living
        self._shown = _less(self._shown, self._doubtful)
        self._time = sum(self._shown)
        self._emotion = _less(self._emotion, self._doubtful)
        self._weigh()
        self._doubtful = list(NO_SHARES)

    def _weigh(self) -> None:
        time = max(self._time, self._least_time)
        self._evidence = [share / time for share in self._emotion]

    def _remember(self, shown: int, elapsed: float, alive: bool) -> None:
        keep = math.exp(-elapsed / self._config.memory_seconds)
        self._time = self._time * keep + 1.0 - keep
        self._shown = [share * keep for share in self._shown]
        self._shown[shown] += 1.0 - keep
        self._doubtful = [share * keep for share in self._doubtful]
        if not alive:
            self._doubtful[shown] += 1.0 - keep
        self._emotion = [share * keep for share in self._emotion]
        if shown != NEUTRAL:
            brim = BRIM * max(self._time, self._least_time)
            self._emotion[shown] = min(self._emotion[shown] + 1.0 - keep, brim)
        self._weigh()

    def _decide(self) -> str:
        found, held = self.standing(), self._place()
        if found.evidence >= found.needed:
            return found.leader
        if held is not None and found.held >= self._config.leave_share:
            return LABELS[held]
        return found.leader if found.evidence >= self._config.enter_share else LABELS[NEUTRAL]

    def _turn(self, label: str, faces: int, now: float) -> tuple[Mood, MoodChange | None]:
        assert self.mood is not None
        previous = self.mood
        since = previous.since if label == previous.label else now
        if label == ABSENT:
            self.mood = Mood(ABSENT, 0.0, NO_SHARES, since)
        else:
            shares = tuple(share / self._time for share in self._shown) if self._time > NO_TIME else NO_SHARES
            self.mood = Mood(label, self._strength(label), shares, since)
        if label == previous.label:
            return self.mood, None
        self._changes.append(now)
        return self.mood, MoodChange(label, previous.label, self.mood.strength, now, faces)

    def _strength(self, label: str) -> float:
        """A mood's evidence as a share of the most there can be; of neutral, how far every other is from entering."""
        if label == LABELS[NEUTRAL]:
            return max(1.0 - max(self._evidence) / self._config.enter_share, 0.0)
        return min(self._evidence[LABELS.index(label)] / BRIM, 1.0)


def _less(shares: list[float], taken: list[float]) -> list[float]:
    """What is left of each share, and never less than nothing."""
    return [max(share - less, 0.0) for share, less in zip(shares, taken, strict=True)]
