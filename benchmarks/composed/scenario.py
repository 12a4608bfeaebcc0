"""A composed recording with what people would say of it, and what the daemon says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from statistics import median

from benchmarks.composed.film import Film
from edge.config import Config
from edge.judge import Segment, Verdict, judge
from edge.pipeline import Pipeline, build_pipeline
from edge.recording import Tally, play
from edge.records import Frame, MoodChange
from edge.vision.model import Model

Truth = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`name` reads as a sentence; `make` gives the recording and its true moods, and is what loads the faces."""

    name: str
    make: Callable[[], tuple[Film, Truth]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the daemon made of it."""

    changes: tuple[MoodChange, ...]
    verdict: Verdict
    tally: Tally

    @property
    def moods(self) -> list[str]:
        return [change.mood for change in self.changes]

    @property
    def delays(self) -> list[float]:
        """Of the true changes that were reported, the first mood after `absent` included."""
        return sorted(change.delay for change in self.verdict.true_changes if change.delay is not None)

    @property
    def missed(self) -> int:
        return len(self.verdict.true_changes) - len(self.delays)

    def row(self, name: str) -> str:
        """A line of the table in docs/mood.md."""
        delays, true = self.delays, len(self.verdict.true_changes)
        late = f"{median(delays):.2f} s, {delays[-1]:.2f} s" if delays else "–"
        return (
            f"| {name} | {self.tally.seconds / 60:.1f} | {len(self.changes)} | {len(self.verdict.false_changes)} | "
            f"{len(delays)} of {true} | {late} |"
        )


HEADER = (
    "| recording | minutes | changes | false | true ones reported | after: median, longest |\n|---|---|---|---|---|---|"
)


@dataclass
class Reel:
    """A film as a source of frames."""

    frames: Iterator[Frame]

    def read(self) -> Frame | None:
        return next(self.frames, None)


def run(film: Film, truth: Truth, pipeline: Pipeline, fps: float | None = None) -> Outcome:
    """Plays the film as `replay` does: at the pipeline's own pace, or `fps` looks a second."""
    tally = Tally()
    found = [r.change for r in play(Reel(film.frames()), pipeline, tally, fps) if r.change is not None]
    return Outcome(tuple(found), judge(found, truth, film.seconds), tally)


def outcome(scenario: Scenario, model: Model, fps: float | None = None) -> Outcome:
    """By a device as it is configured by default."""
    return run(*scenario.make(), build_pipeline(Config(), model, Random(0)), fps)


def steady(mood: str, seconds: float) -> Truth:
    return (Segment(0.0, seconds, mood),)


def turns(moods: list[tuple[float, str]], seconds: float) -> Truth:
    """From when on which mood (or ABSENT) is true."""
    ends = [since for since, _ in moods[1:]] + [seconds]
    return tuple(Segment(since, end, mood) for (since, mood), end in zip(moods, ends, strict=True))
