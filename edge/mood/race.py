"""How the moods compete: a face's smoothed scores less a handicap; what several faces say, weighed."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.records import LABELS, Scores

#: A mood that hurts when it is wrong needs clearer evidence: it starts this far behind `neutral` and `happy`.
#: A calm face's smoothed `sad` and a talking mouth's `surprise` stay below what that asks; see docs/mood.md.
CAUTION = {"angry": 0.1, "disgust": 0.1, "fear": 0.1, "sad": 0.1, "surprise": 0.2}
HANDICAP: Scores = tuple(CAUTION.get(label, 0.0) for label in LABELS)
#: In company a face's scores are raised to this power before they are mixed with the others': a face that is clear by
#: itself says one thing then, not seven.
SHARPNESS = 3.0


@dataclass(frozen=True, slots=True)
class Race:
    """Where the moods of a room stand, in the order of LABELS: with their handicap (`running`) and without it (`bare`).

    In company `running` and `bare` come to the same: there the handicap is taken from each face, before the mixing.
    """

    running: Scores
    bare: Scores

    @property
    def leader(self) -> str:
        """The mood that would win if nothing held the present one."""
        return LABELS[self.running.index(max(self.running))]

    def past(self, enter: float) -> list[float]:
        """By how much each mood is past the level that makes it clear by itself; negative where it is not."""
        return [score - enter for score in self.running]

    def is_clear(self, mood: str, enter: float) -> bool:
        return self.past(enter)[LABELS.index(mood)] >= 0.0


def handicapped(scores: Scores) -> Scores:
    """The scores as the moods compete with them."""
    return tuple(score - behind for score, behind in zip(scores, HANDICAP, strict=True))


def race(faces: Sequence[tuple[float, Scores]]) -> Race:
    """The race in a room of `faces`: each its share of what is seen (they sum to 1) and its smoothed scores.

    One face runs with its scores less the handicap. In company each face first says what it is for itself, and what
    the faces say is mixed: nothing has to be clear in the mix that is clear in every face. From one to the other there
    is no step. Somebody who comes or goes has next to no share, and how much of a company they are grows with it.
    """
    bare = mixed(faces)
    running = handicapped(bare)
    company = _company([share for share, _ in faces])
    if not company:
        return Race(running, bare)
    votes = mixed([(share, _vote(scores)) for share, scores in faces])
    return Race(_between(running, votes, company), _between(bare, votes, company))


def _company(shares: Sequence[float]) -> float:
    """0 for one face, 1 from where the second of two has a fifth of what is seen.

    1 / Σ share² is the number of equal shares that are as uneven as these (Kish, "Survey Sampling", 1965: the
    effective sample size): 1 to 1.5 of them are taken as 0 to 1.
    """
    return min(2.0 * (1.0 / sum(share * share for share in shares) - 1.0), 1.0) if len(shares) > 1 else 0.0


def _vote(scores: Scores) -> Scores:
    """What one face says it is: its handicapped scores, sharpened; they sum to 1."""
    powers = [max(score, 0.0) ** SHARPNESS for score in handicapped(scores)]
    whole = sum(powers)
    return tuple(power / whole for power in powers)


def mixed(faces: Sequence[tuple[float, Scores]]) -> Scores:
    """The faces' scores, weighed by their shares: what is shown as the room's."""
    return tuple(sum(share * scores[k] for share, scores in faces) for k in range(len(LABELS)))


def _between(one: Scores, other: Scores, share: float) -> Scores:
    return tuple(a + share * (b - a) for a, b in zip(one, other, strict=True))


def margins_over(present: str, race: Race, enter: float, leave: float, lead: float) -> list[float]:
    """By how much each mood meets what it needs to follow `present`; negative where it does not.

    A clear mood reaches `enter` and leads the present one by `lead`. An unclear one only follows a present mood that
    has fallen below `leave`, and then has to lead it without the present mood's own handicap: a face half-way between
    two moods keeps the one it had.
    """
    place = LABELS.index(present)
    held, bare = race.running[place], race.bare[place]
    margins = [max(min(own - enter, own - held - lead), min(leave - held, own - bare - lead)) for own in race.running]
    margins[place] = -1.0
    return margins


def margins_alone(race: Race, enter: float, lead: float) -> list[float]:
    """The same where no mood is present yet: reach `enter` and lead the second by `lead`."""
    first, second = sorted(race.running, reverse=True)[:2]
    return [min(score - enter, score - (second if score == first else first) - lead) for score in race.running]
