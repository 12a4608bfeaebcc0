"""Whether another mood has beaten the present one for long enough."""

from dataclasses import dataclass, field

from edge.records import LABELS, Scores

#: A mood that hurts when it is wrong needs clearer evidence: it starts this far behind `neutral` and `happy`.
#: A calm face's smoothed `sad` and a talking mouth's `surprise` stay below what that asks; see docs/mood.md.
CAUTION = {"angry": 0.1, "disgust": 0.1, "fear": 0.1, "sad": 0.1, "surprise": 0.2}
HANDICAP: Scores = tuple(CAUTION.get(label, 0.0) for label in LABELS)
#: Surprise passes: somebody who talks with raised brows looks it for up to 1.4 s at a time. It has to last longer, by
#: this factor, before it is a mood.
LONGER_DWELL = {"surprise": 1.3}
#: A moment without lead takes back this many times its own length of the time won so far.
LOSS_RATE = 2.0
#: How many times the dwell a mood needs that is not clear, though nothing else is either.
UNCLEAR_DWELL = 2.0
#: Share of the dwell for which the one that wins must itself have led: another may have led before it.
OWN_SHARE = 0.4
#: Seconds: sums of a clock's differences are this exact, and a dwell of eight tenths is over at the eighth.
ROUNDING = 1e-6
#: Longest time one step may win: what happened between two looks further apart is unknown.
LONGEST_STEP_SECONDS = 0.5


@dataclass(slots=True)
class Challenge:
    """Times how long the present mood has been beaten, and by whom.

    `seconds` is for how long something has led it, `own_seconds` for how long the present `candidate` has: a face
    that passes through neutral on its way from happy to sad has not been happy all that time. `margin` is by how
    much the candidate met the weaker of its conditions at the last look; between two looks it is taken as a straight
    line, so that the moment it crossed zero, and with it the outcome, does not hang on the frame rate.
    """

    candidate: str | None = None
    seconds: float = 0.0
    own_seconds: float = 0.0
    looks: int = 0
    _margins: list[float] = field(default_factory=lambda: [-1.0] * len(LABELS))

    def step(self, margins: list[float], elapsed: float) -> None:
        """`margins[k]` ≥ 0 where LABELS[k] leads enough; `elapsed` seconds since the step before."""
        elapsed = min(elapsed, LONGEST_STEP_SECONDS)
        best = max(range(len(LABELS)), key=margins.__getitem__)
        before, now = self._margins[best], margins[best]
        self._margins = margins
        if now < 0:
            self.seconds -= LOSS_RATE * elapsed
            self.own_seconds = max(self.own_seconds - LOSS_RATE * elapsed, 0.0)
            if self.seconds <= 0:
                self.candidate, self.seconds, self.own_seconds, self.looks = None, 0.0, 0.0, 0
            return
        won = elapsed if before >= 0 else elapsed * now / (now - before)
        if LABELS[best] != self.candidate:
            self.candidate, self.own_seconds, self.looks = LABELS[best], 0.0, 0
        self.seconds += won
        self.own_seconds += won
        self.looks += 1

    def has_won(self, dwell: float) -> bool:
        """Whether the present mood has been beaten for `dwell` seconds, the last of them by the candidate."""
        dwell *= LONGER_DWELL.get(self.candidate or "", 1.0)
        return self.seconds >= dwell - ROUNDING and self.own_seconds >= OWN_SHARE * dwell - ROUNDING

    def clear(self) -> None:
        self.candidate, self.seconds, self.own_seconds, self.looks = None, 0.0, 0.0, 0
        self._margins = [-1.0] * len(LABELS)


def handicapped(scores: Scores) -> Scores:
    """The scores as the moods compete with them."""
    return tuple(score - behind for score, behind in zip(scores, HANDICAP, strict=True))


def leader(scores: Scores) -> str:
    """The mood that would win if nothing held the present one."""
    race = handicapped(scores)
    return LABELS[race.index(max(race))]


def is_clear(mood: str, scores: Scores, enter: float) -> bool:
    """Whether `mood` reaches the level that makes it clear by itself."""
    return handicapped(scores)[LABELS.index(mood)] >= enter


def margins_over(present: str, scores: Scores, enter: float, leave: float, lead: float) -> list[float]:
    """By how much each mood meets what it needs to follow `present`; negative where it does not.

    A clear mood reaches `enter` and leads the present one by `lead`. An unclear one only follows a present mood that
    has fallen below `leave`, and then has to lead it without the present mood's own handicap: a face half-way between
    two moods keeps the one it had.
    """
    race = handicapped(scores)
    place = LABELS.index(present)
    held, raw = race[place], scores[place]
    margins = [max(min(own - enter, own - held - lead), min(leave - held, own - raw - lead)) for own in race]
    margins[place] = -1.0
    return margins


def margins_alone(scores: Scores, enter: float, lead: float) -> list[float]:
    """The same where no mood is present yet: reach `enter` and lead the second by `lead`."""
    race = handicapped(scores)
    first, second = sorted(race, reverse=True)[:2]
    return [min(score - enter, score - (second if score == first else first) - lead) for score in race]
