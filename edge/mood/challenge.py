"""Whether another mood has beaten the present one for long enough."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge.records import LABELS

#: Surprise passes: somebody who talks with raised brows looks it for up to 1.4 s at a time. It has to last longer, by
#: this factor, before it is a mood.
LONGER_DWELL = {"surprise": 1.3}
#: The handicap makes a dark mood cross the level a tenth or two of a second later than a smile does. Past it by
#: CATCH_UP_MARGIN or more its lead counts CATCH_UP times: then tears that pass are ignored for as long as a smile that
#: passes (1.1 s) and no longer, and tears that stay come as soon. At the level itself it counts once: a face that
#: hovers there is what the handicap is for.
CATCH_UP = 1.5
CATCH_UP_MARGIN = 0.15
CATCHING_UP = ("angry", "disgust", "fear", "sad")
NOT_PAST = (0.0,) * len(LABELS)
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

    def step(self, margins: list[float], elapsed: float, past: Sequence[float] = NOT_PAST) -> None:
        """`margins[k]` ≥ 0 where LABELS[k] leads enough; `past[k]`: how far it is past the level that makes it clear.
        `elapsed` seconds since the step before."""
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
        if LABELS[best] in CATCHING_UP:
            won *= 1.0 + (CATCH_UP - 1.0) * min(max(min(now, past[best]), 0.0) / CATCH_UP_MARGIN, 1.0)
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
