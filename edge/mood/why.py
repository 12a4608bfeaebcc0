"""Why the mood is what it is, in words: the one place that answers "why did it not change?"."""

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
    """Three lines at most: of the mood, of the expression, of the playlist that is held.

    `challenger` is the expression that leads the present one, and how many seconds it lacks.
    """
    lines = [_mood(mood, standing), _expression(expression, challenger)]
    if playlist is not None and held_seconds > 0.0:
        lines.append(f"playlist: {playlist.name} is held for {_duration(held_seconds)} more")
    return tuple(lines)


def _mood(mood: Mood, standing: Standing) -> str:
    if mood.label == ABSENT:
        return "mood: nobody has been in view"
    said = f"mood: {mood.label}"
    if standing.held:
        said += f" has evidence of {_percent(standing.held)} and ends below {_percent(standing.left_below)}"
    if standing.evidence < 0.005:
        return f"{said}; nothing else was shown"
    lacking = max(standing.needed - standing.evidence, 0.0)
    lacks = f", which lacks {_percent(lacking)}" if lacking >= 0.005 else ""
    rival = f"{standing.leader} with {_percent(standing.evidence)} of the {_percent(standing.needed)} it needs"
    return f"{said}; next is {rival}{lacks}"


def _expression(expression: RoomExpression, challenger: tuple[str, float] | None) -> str:
    if expression.label == NONE:
        return "expression: no face is in view"
    said = f"expression: {expression.label}, {_percent(expression.confidence)}"
    if challenger is None:
        return f"{said}; nothing leads it"
    label, lacks = challenger
    return f"{said}; {label} leads it and lacks {lacks:.1f} s"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
