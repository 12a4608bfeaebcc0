"""How often the mood changes, how soon it is told, and how often it is the one that was meant: docs/mood.md.

    python -m benchmarks.evenings [--shared FOLDER] [--evenings 25] [--hours 4]      the default, on evenings that judge
    python -m benchmarks.evenings --curve            the trade for several settings, on the evenings that choose

Choosing and judging have other seeds and other people's faces. Needs the folder of data beside the repository. An hour
takes about a second of one core.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median

from benchmarks.arguments import parse
from benchmarks.evenings.people import cast
from benchmarks.evenings.script import Evening, write
from benchmarks.evenings.told import Score, TimedLabels, mean_right, score, shares_right, tell_expressions, tell_moods
from edge.config import MoodConfig

#: The evenings that judge are other ones than those that choose.
JUDGING_SEED = 9000
#: memory_seconds, enter_share, leave_share: the default first.
SETTINGS = (
    (100.0, 0.2, 0.06),
    (30.0, 0.2, 0.06),
    (60.0, 0.2, 0.06),
    (200.0, 0.2, 0.06),
    (100.0, 0.12, 0.06),
    (100.0, 0.28, 0.06),
    (100.0, 0.2, 0.03),
    (100.0, 0.2, 0.12),
)


def played(count: int, hours: float, shared: Path, *, judging: bool) -> Iterator[tuple[Evening, TimedLabels]]:
    """Evenings and the expressions told of them."""
    faces = cast(shared / "data", judging=judging)
    for number in range(count):
        seed = number + (JUDGING_SEED if judging else 0)
        evening = write(seed, hours)
        yield evening, tell_expressions(evening, faces, seed)


def row(name: str, scores: list[Score]) -> str:
    often = sorted(one.per_hour for one in scores)
    delays = sorted(float("inf") if delay is None else delay for one in scores for delay in one.delays)
    tenth = delays[round(0.9 * (len(delays) - 1))]
    cells = [
        name,
        f"{median(often):.1f}",
        f"{often[-1]:.1f}",
        f"{mean_right(scores):.1%}",
        f"{median(one.right_share for one in scores):.1%}",
        f"{mean(one.settled_share for one in scores):.1%}",
        f"{median(delays):.0f} s",
        "never" if tenth == float("inf") else f"{tenth:.0f} s",
    ]
    return "| " + " | ".join(cells) + " |"


HEADER = (
    "| memory, enter, leave | changes an hour: median | worst evening | right: mean | median evening | neutral from "
    "its 4th minute | told after: median | nine in ten |\n|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    parser = argparse.ArgumentParser(description="composed evenings and the moods told of them")
    parser.add_argument("--evenings", type=int, default=25)
    parser.add_argument("--hours", type=float, default=4.0, help="of each evening (default: 4)")
    parser.add_argument("--curve", action="store_true", help="several settings, on the evenings that choose")
    arguments = parse(parser, "data")
    told = list(played(arguments.evenings, arguments.hours, arguments.shared, judging=not arguments.curve))
    print(f"{len(told)} evenings of {arguments.hours:g} hours, for {'choosing' if arguments.curve else 'judging'}\n")
    print(HEADER)
    for memory, enter, leave in SETTINGS if arguments.curve else SETTINGS[:1]:
        config = MoodConfig(memory_seconds=memory, enter_share=enter, leave_share=leave)
        scores = [score(evening, tell_moods(seen, evening.seconds, config)) for evening, seen in told]
        print(row(f"{memory:g} s, {enter:g}, {leave:g}", scores), flush=True)
    if not arguments.curve:
        print("\n| episode | hours judged | with the mood that was meant |\n|---|---|---|")
        for kind, hours, right in shares_right(scores):
            print(f"| {kind} | {hours:.1f} | {right:.1%} |")


if __name__ == "__main__":
    main()
