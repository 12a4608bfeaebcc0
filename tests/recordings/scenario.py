"""A composed recording with what people would say of it, and the expressions that the daemon tells."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import median

from edge.cli.judge import Segment, Verdict, judge
from edge.cli.recording import Tally, play
from edge.config import Config
from edge.pipeline import Pipeline, build_pipeline
from edge.records import ExpressionChange
from edge.vision.model import Model
from tests.recordings.film import Film, Span

Truth = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`name` reads as a sentence; `make` gives the recording and its true expressions, and is what loads the faces."""

    name: str
    make: Callable[[], tuple[Film, Truth]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the daemon made of it. `stalls` are the stretches, in seconds, in which no frame came."""

    changes: tuple[ExpressionChange, ...]
    verdict: Verdict
    tally: Tally
    stalls: tuple[Span, ...] = ()

    @property
    def told(self) -> list[str]:
        return [change.expression for change in self.changes]

    @property
    def delays(self) -> list[float]:
        """Of the true expressions that were told, the first one included: seconds without those of a stall."""
        told = [(judged.segment.t0, judged.delay) for judged in self.verdict.segments if judged.delay is not None]
        return sorted(delay - self._stalled(start, start + delay) for start, delay in told)

    def _stalled(self, start: float, end: float) -> float:
        return sum(max(0.0, min(last, end) - max(first, start)) for first, last in self.stalls)

    @property
    def missed(self) -> int:
        return len(self.verdict.segments) - len(self.delays)

    def row(self, name: str) -> str:
        """A line of the table in docs/mood.md: minutes; changes, false ones, true ones told; delays."""
        delays, true = self.delays, len(self.verdict.segments)
        late = f"{median(delays):.2f} s, {delays[-1]:.2f} s" if delays else "–"
        return (
            f"| {name} | {self.tally.seconds / 60:.1f} | {len(self.changes)} | {len(self.verdict.false_changes)} | "
            f"{len(delays)} of {true} | {late} |"
        )


def run(film: Film, truth: Truth, pipeline: Pipeline, fps: float | None = None) -> Outcome:
    """Plays the film as `replay` does: at the pipeline's own pace, or `fps` looks a second."""
    tally = Tally()
    readings = play(film.frames(), pipeline, tally, fps)
    found = [reading.expression_change for reading in readings if reading.expression_change is not None]
    return Outcome(tuple(found), judge(found, [], truth, film.seconds), tally, film.camera.stalls)


def outcome(scenario: Scenario, model: Model, fps: float | None = None) -> Outcome:
    """By a device as it is configured by default."""
    return run(*scenario.make(), build_pipeline(Config(), model, Random(0)), fps)


def steady(expression: str, seconds: float) -> Truth:
    return (Segment(0.0, seconds, expression),)


def turns(moods: list[tuple[float, str]], seconds: float) -> Truth:
    """From when on which expression (or NONE) is true."""
    ends = [since for since, _ in moods[1:]] + [seconds]
    return tuple(Segment(since, end, mood) for (since, mood), end in zip(moods, ends, strict=True))
