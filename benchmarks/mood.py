"""How steady and how quick the expression is, for several settings: the table in docs/mood.md.

    python -m benchmarks.mood [--stretches 60]

Synthetic looks with the noise of a real recording (tests/mood/wander.py), at the pace the daemon looks. Steady: ten
minutes of a face that stays neutral, so many times over; a false one is a change to anything else. Quick: a face that
turns from one expression to another, at every phase of the pace. It takes about half a second of one core per stretch.
"""

import argparse
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np

from edge.config import MoodConfig, PaceConfig
from edge.mood import evidence
from edge.mood.expression import ExpressionFilter
from edge.mood.pace import Pace, Scene
from edge.records import LABELS, ExpressionChange, Scores
from tests.mood.streams import face
from tests.mood.wander import Wander

#: Means of the log odds against neutral that differ from a calm face's.
FACES: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {"happy": 3.5},
    "sad": {"sad": 2.6},
    "angry": {"angry": 2.6},
    "surprise": {"surprise": 3.2},
}
SETTINGS = ((0.3, 1.0), (0.6, 0.8), (0.6, 0.9), (0.6, 1.0), (0.6, 1.2), (0.8, 0.8), (1.0, 1.0))


def changes(config: MoodConfig, scores_at: Callable[[float], Scores], seconds: float) -> Iterator[ExpressionChange]:
    expressions, pace, now = ExpressionFilter(config), Pace(PaceConfig()), 0.0
    while now < seconds:
        change = expressions.step((face(scores_at(now)),), now)[1]
        if change is not None:
            yield change
        settled = expressions.settled_seconds(now)
        now += pace.next_interval(Scene(True, settled == 0.0, settled))


def false_changes(config: MoodConfig, stretches: int) -> int:
    """In `stretches` times ten minutes of a neutral face."""
    return sum(
        change.expression != "neutral"
        for seed in range(stretches)
        for change in changes(config, Wander(seed).at, 600.0)
    )


def turning(one: Wander, two: Wander, turn: float) -> Callable[[float], Scores]:
    """The looks of a face that is `one` until `turn`, and `two` from then on."""
    return lambda now: (one if now < turn else two).at(now)


def delays(config: MoodConfig) -> list[float]:
    """Of every change between two of FACES, four times each; 9 for one that did not come within 9 s."""
    found = []
    for i in range(4):
        for before, means in FACES.items():
            for after, other in FACES.items():
                if before != after:
                    one, two = Wander(i, means, noise=0.7), Wander(100 + i, other, noise=0.7)
                    turn = 10.0 + i / 17
                    seen = changes(config, turning(one, two, turn), turn + 9)
                    late = [change.at - turn for change in seen if change.at >= turn and change.expression == after]
                    found.append(late[0] if late else 9.0)
    return sorted(found)


def row(name: str, config: MoodConfig, stretches: int) -> str:
    late = delays(config)
    return (
        f"| {name} | {false_changes(config, stretches)} in {stretches * 10} min | {median(late):.2f} s | "
        f"{late[round(0.95 * len(late)) - 1]:.2f} s | {sum(delay > 2.0 for delay in late)} of {len(late)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="how steady and how quick the expression is")
    parser.add_argument("--stretches", type=int, default=60, help="of ten minutes each (default: 60)")
    stretches = parser.parse_args().stretches
    print("| smoothing, dwell | false ones | delay: median | 95 % within | over 2 s |\n|---|---|---|---|---|")
    for smoothing, dwell in SETTINGS:
        config = MoodConfig(smoothing_seconds=smoothing, dwell_seconds=dwell, baseline=False)
        print(row(f"{smoothing} s, {dwell} s", config, stretches), flush=True)
    # Only here, to show what it is for.
    evidence.HANDICAP = np.zeros(len(LABELS))
    print(row("the defaults, without the handicap", MoodConfig(baseline=False), stretches))


if __name__ == "__main__":
    main()
