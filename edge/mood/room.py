"""The mood: what the room has been like over the last minutes, from its expressions."""

import math
from collections import deque
from dataclasses import dataclass

from edge.config import MoodConfig
from edge.records import ABSENT, LABELS, NONE, Mood, MoodChange, RoomExpression, Scores

NEUTRAL = LABELS.index("neutral")
NO_SHARES: Scores = (0.0,) * len(LABELS)
#: The most evidence a mood can have, so that another mood takes its place as soon after an hour of tears as after a
#: minute (docs/mood.md).
MOST_EVIDENCE = 0.3
#: By how much another expression must lead the mood to take its place (docs/mood.md).
LEAD = 0.05
#: What an expression was between two looks further apart is unknown.
LONGEST_STEP_SECONDS = 1.0
HOUR_SECONDS = 3600.0
#: Less seen time than this (a share of the memory) is none: it is a rounding error after `discard_doubtful`.
NO_TIME = 1e-6


@dataclass(frozen=True, slots=True)
class Standing:
    """The moods' evidence, in shares of the last minutes. `leader` is the strongest but the present mood, `evidence`
    its own, `needed` what would make it the mood; `held` is the present mood's, which ends below `left_below`."""

    leader: str
    evidence: float
    needed: float
    held: float
    left_below: float


class RoomMood:
    """The mood of the room. Reads no clock: `now` is the source's own and never falls.

    The evidence for each expression but `neutral` is its share of the seen time, an average that forgets exponentially
    with the time constant `memory_seconds` (Katsimerou, Redi, Heynderickx, "A Computational Model for Mood
    Recognition", UMAP 2014), and at most MOST_EVIDENCE. The mood is the expression with the most evidence, once that
    reaches `enter_share`. It ends when its evidence falls below `leave_share`, or another that may enter leads it by
    LEAD. Without a mood the room is `neutral`, which has no evidence of its own. Shares are taken of a least time, so
    that an arrival's first mood needs `first_seconds` of one expression. While nobody is in view nothing is forgotten;
    after `absent_seconds` the mood is `absent`, and everything is forgotten.
    """

    def __init__(self, config: MoodConfig) -> None:
        self.configure(config)
        self._changes: deque[float] = deque()
        self.forget()

    def configure(self, config: MoodConfig) -> None:
        """Sets the options; the mood and its evidence stay."""
        self._config = config
        least = config.first_seconds / config.enter_share / config.memory_seconds
        self._least_time = min(max(least, NO_TIME), 1.0)

    def forget(self) -> None:
        """Forgets everything, when the camera was switched; the mood is `absent` again."""
        self._clear()
        self._now: float | None = None
        self.mood: Mood | None = None

    def _clear(self) -> None:
        self._present: float | None = None  # when somebody was last in view
        self._living: float | None = None  # when somebody was last in view who moves as living people do
        self._time = 0.0  # seen time within the memory: 0 to 1
        # Lists of seven numbers: numpy takes longer for so few (docs/cost.md).
        self._shown = list(NO_SHARES)  # each expression's part of `_time`
        self._emotion = list(NO_SHARES)  # the same without neutral, limited by MOST_EVIDENCE
        self._evidence = list(NO_SHARES)  # `_emotion` as shares of `_time`
        self._doubtful = list(NO_SHARES)  # the part of `_shown` that no living face has confirmed

    def changes_per_hour(self, now: float) -> float:
        """Changes within the last hour."""
        while self._changes and self._changes[0] <= now - HOUR_SECONDS:
            self._changes.popleft()
        return float(len(self._changes))

    def standing(self) -> Standing:
        """The moods' evidence after the last `update`."""
        config, index = self._config, self._mood_index()
        held = 0.0 if index is None else self._evidence[index]
        rivals = self._evidence.copy()
        if index is not None:
            rivals[index] = -1.0
        most = max(rivals)
        needed = config.enter_share if index is None else max(config.enter_share, held + LEAD)
        return Standing(LABELS[rivals.index(most)], max(most, 0.0), needed, held, config.leave_share)

    def _mood_index(self) -> int | None:
        """The present mood's index in LABELS; None where it is neutral or absent."""
        if self.mood is None or self.mood.label in (ABSENT, LABELS[NEUTRAL]):
            return None
        return LABELS.index(self.mood.label)

    def update(
        self, expression: RoomExpression, face_count: int, now: float, *, alive: bool = True
    ) -> tuple[Mood, MoodChange | None]:
        """Takes the expression at `now`, the number of faces in view, and whether one of them is known to be alive.

        Returns the mood that holds now and, where it has just changed, the change, without a playlist.
        """
        if self.mood is None:
            self.mood = Mood(ABSENT, 0.0, NO_SHARES, now)
        elapsed = 0.0 if self._now is None else min(max(now - self._now, 0.0), LONGEST_STEP_SECONDS)
        self._now = now
        if expression.label != NONE:
            self._present = now
            self._living = now if alive else self._living
            self._add_time(LABELS.index(expression.label), elapsed, alive)
        if self._present is None or now - self._present >= self._config.absent_seconds:
            self._clear()
            return self._change_to(ABSENT, 0, now)
        return self._change_to(self._choose_mood(), face_count, now)

    def discard_doubtful(self) -> None:
        """Drops the evidence that no living face has confirmed, when a face has turned out to be a picture."""
        self._present = self._living
        self._shown = _subtract(self._shown, self._doubtful)
        self._time = sum(self._shown)
        self._emotion = _subtract(self._emotion, self._doubtful)
        self._recompute()
        self._doubtful = list(NO_SHARES)

    def _recompute(self) -> None:
        time = max(self._time, self._least_time)
        self._evidence = [share / time for share in self._emotion]

    def _add_time(self, shown: int, elapsed: float, alive: bool) -> None:
        keep = math.exp(-elapsed / self._config.memory_seconds)
        self._time = self._time * keep + 1.0 - keep
        self._shown = [share * keep for share in self._shown]
        self._shown[shown] += 1.0 - keep
        self._doubtful = [share * keep for share in self._doubtful]
        if not alive:
            self._doubtful[shown] += 1.0 - keep
        self._emotion = [share * keep for share in self._emotion]
        if shown != NEUTRAL:
            most = MOST_EVIDENCE * max(self._time, self._least_time)
            self._emotion[shown] = min(self._emotion[shown] + 1.0 - keep, most)
        self._recompute()

    def _choose_mood(self) -> str:
        found, held = self.standing(), self._mood_index()
        if found.evidence >= found.needed:
            return found.leader
        if held is not None and found.held >= self._config.leave_share:
            return LABELS[held]
        return found.leader if found.evidence >= self._config.enter_share else LABELS[NEUTRAL]

    def _change_to(self, label: str, face_count: int, now: float) -> tuple[Mood, MoodChange | None]:
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
        return self.mood, MoodChange(label, previous.label, self.mood.strength, now, face_count)

    def _strength(self, label: str) -> float:
        """A mood's evidence as a share of MOST_EVIDENCE; neutral's is how far every other one is from entering."""
        if label == LABELS[NEUTRAL]:
            return max(1.0 - max(self._evidence) / self._config.enter_share, 0.0)
        return min(self._evidence[LABELS.index(label)] / MOST_EVIDENCE, 1.0)


def _subtract(shares: list[float], taken: list[float]) -> list[float]:
    """Each share less what is taken from it, at least 0."""
    return [max(share - less, 0.0) for share, less in zip(shares, taken, strict=True)]
