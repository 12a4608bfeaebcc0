"""Explains why the mood is what it is, and why it has not changed: as keys of the languages' table [why]."""

from collections.abc import Mapping

from edge.mood.room import Standing
from edge.records import ABSENT, NONE, Clause, Mood, Playlist, Reason, RoomExpression

Values = Mapping[str, str | float]


def explain(
    expression: RoomExpression,
    challenger: tuple[str, float] | None,
    mood: Mood,
    standing: Standing,
    playlist: Playlist | None,
    held_seconds: float,
) -> tuple[Reason, ...]:
    """Three at most: for the mood, for the expression, and for a playlist that is held. `challenger` is the
    expression that leads the present one, and the seconds it lacks."""
    reasons = [_explain_mood(mood, standing), _explain_expression(expression, challenger)]
    if playlist is not None and held_seconds > 0.0:
        minutes = held_seconds >= 90
        left: Values = {"name": playlist.name, "left": round(held_seconds / 60 if minutes else held_seconds)}
        reasons.append((Clause("held_minutes" if minutes else "held_seconds", left),))
    return tuple(reasons)


def _explain_mood(mood: Mood, standing: Standing) -> Reason:
    if mood.label == ABSENT:
        return (Clause("nobody", {}),)
    present = Clause("mood", {"mood": mood.label})
    if standing.held:
        shares = {"held": _percent(standing.held), "below": _percent(standing.left_below)}
        present = Clause("mood_held", {"mood": mood.label, **shares})
    if standing.evidence < 0.005:
        return present, Clause("nothing_else", {})
    rival: Values = {
        "mood": standing.leader,
        "evidence": _percent(standing.evidence),
        "needed": _percent(standing.needed),
    }
    lacking = max(standing.needed - standing.evidence, 0.0)
    if lacking < 0.005:
        return present, Clause("next", rival)
    return present, Clause("next_lacks", {**rival, "lacking": _percent(lacking)})


def _explain_expression(expression: RoomExpression, challenger: tuple[str, float] | None) -> Reason:
    if expression.label == NONE:
        return (Clause("no_face", {}),)
    present = Clause("expression", {"mood": expression.label, "sure": expression.confidence})
    if challenger is None:
        return present, Clause("nothing_leads", {})
    label, lacks = challenger
    return present, Clause("leads", {"mood": label, "seconds": round(lacks, 1)})


def _percent(share: float) -> int:
    return round(share * 100)
