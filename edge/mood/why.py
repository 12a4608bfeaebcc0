"""Explains in words why the mood is what it is, and why it has not changed."""

from edge.mood.room import Standing
from edge.records import ABSENT, NONE, Mood, Playlist, RoomExpression


def explain(
    expression: RoomExpression,
    challenger: tuple[str, float] | None,
    mood: Mood,
    standing: Standing,
    playlist: Playlist | None,
    held_seconds: float,
) -> tuple[str, ...]:
    """Three lines at most: on the mood, on the expression, and on a playlist that is held. `challenger` is the
    expression that leads the present one, and the seconds it lacks."""
    lines = [_explain_mood(mood, standing), _explain_expression(expression, challenger)]
    if playlist is not None and held_seconds > 0.0:
        lines.append(f"playlist: {playlist.name} is held for {_duration(held_seconds)} more")
    return tuple(lines)


def _explain_mood(mood: Mood, standing: Standing) -> str:
    if mood.label == ABSENT:
        return "mood: nobody has been in view"
    line = f"mood: {mood.label}"
    if standing.held:
        line += f" has evidence of {_percent(standing.held)} and ends below {_percent(standing.left_below)}"
    if standing.evidence < 0.005:
        return f"{line}; nothing else was shown"
    lacking = max(standing.needed - standing.evidence, 0.0)
    lacks = f", which lacks {_percent(lacking)}" if lacking >= 0.005 else ""
    rival = f"{standing.leader} with {_percent(standing.evidence)} of the {_percent(standing.needed)} it needs"
    return f"{line}; next is {rival}{lacks}"


def _explain_expression(expression: RoomExpression, challenger: tuple[str, float] | None) -> str:
    if expression.label == NONE:
        return "expression: no face is in view"
    line = f"expression: {expression.label}, {_percent(expression.confidence)}"
    if challenger is None:
        return f"{line}; nothing leads it"
    label, lacks = challenger
    return f"{line}; {label} leads it and lacks {lacks:.1f} s"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
