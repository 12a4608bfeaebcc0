"""How often talking is taken for surprise, and how soon real surprise is told: the table in docs/mood.md.

    python -m benchmarks.composed.surprise [--shared FOLDER] [--minutes 10]

Every recording is looked at ten times a second, once; what is told is then decided on these looks, with several
handicaps for surprise. Takes about five seconds of one core per minute of recording.
"""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.composed.cutouts import ROOT
from benchmarks.composed.material import Material, parse
from benchmarks.composed.steady import steady_scenarios
from edge.camera.video import Video, open_file
from edge.config import FacesConfig, MoodConfig, PaceConfig
from edge.mood import evidence
from edge.mood.expression import ExpressionFilter
from edge.mood.pace import Pace, Scene
from edge.records import LABELS, NONE, Face, Frame
from edge.vision.look import Vision
from edge.vision.model import Model, load_model

LOOKS_PER_SECOND = 10.0
#: Of surprise: the default first.
HANDICAPS = (0.2, 0.1, 0.0)
SURPRISE = "surprise"


@dataclass(frozen=True, slots=True)
class Look:
    t: float
    faces: tuple[Face, ...]

    @property
    def is_surprised(self) -> bool:
        """Whether the largest face reads so."""
        first = next((face.expression for face in self.faces if face.expression), None)
        return first is not None and first.label == SURPRISE


def looks(frames: Iterable[Frame], model: Model) -> list[Look]:
    vision, last, found = Vision(FacesConfig(), model), -1, []
    for frame in frames:
        slot = int(frame.t * LOOKS_PER_SECOND + 1e-3)
        if slot > last:
            found.append(Look(frame.t, vision.step(frame.grey(), frame.t).faces))
            last = slot
    return found


def decided(seen: Iterable[Look]) -> list[str]:
    """The expressions told, at the daemon's pace as far as the looks allow."""
    expressions, pace, due, told = ExpressionFilter(MoodConfig()), Pace(PaceConfig()), 0.0, []
    for look in seen:
        if look.t < due:
            continue
        expression, change = expressions.step(look.faces, look.t)
        told += [] if change is None else [change.expression]
        settled = expressions.settled_seconds(look.t)
        lost = expression.label != NONE and not any(face.expression for face in look.faces)
        unsure = lost or settled == 0.0 or any(not face.confirmed for face in look.faces)
        due = look.t + pace.next_interval(Scene(bool(look.faces) or lost, unsure, settled)) - 0.01
    return told


def longest(seen: Iterable[Look]) -> float:
    """Seconds for which the largest face read surprised without a break."""
    best, since = 0.0, None
    for look in seen:
        since = (look.t if since is None else since) if look.is_surprised else None
        best = max(best, 0.0 if since is None else look.t - since + 1 / LOOKS_PER_SECOND)
    return best


def row(name: str, seen: list[Look]) -> str:
    share = sum(look.is_surprised for look in seen) / max(len(seen), 1)
    cells = [name, f"{share:.0%}", f"{longest(seen):.1f} s"]
    for handicap in HANDICAPS:
        # Only here, to show what it is for.
        caution = evidence.CAUTION | {SURPRISE: handicap}
        evidence.HANDICAP = np.array([caution.get(label, 0.0) for label in LABELS])
        cells.append(str(decided(seen).count(SURPRISE)))
    return "| " + " | ".join(cells) + " |"


def video(path: Path) -> Iterator[Frame]:
    source = Video(lambda: open_file(path), path.name)
    while (frame := source.read()) is not None:
        yield frame
    source.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="how often talking is taken for surprise")
    parser.add_argument("--minutes", type=float, default=10.0, help="of each composed recording (default: 10)")
    arguments = parse(parser)
    model = load_model(ROOT / "edge" / "models" / "expression.tflite", 1)
    columns = [f"{handicap:g}" for handicap in HANDICAPS]
    print(f"| recording | reads surprised | at most for | told with {' | '.join(columns)} |")
    print("|---" * (3 + len(columns)) + "|")
    for path in sorted((arguments.shared / "media" / "videos").iterdir()):
        print(row(path.name, looks(video(path), model)), flush=True)
    for scenario in steady_scenarios(Material(arguments.shared), arguments.minutes * 60):
        if "talk" in scenario.name:
            print(row(scenario.name, looks(scenario.make()[0].frames(), model)), flush=True)


if __name__ == "__main__":
    main()
