"""Facts about emotions, music and faces, each with where it was published and the moods it fits: facts.json."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random


@dataclass(frozen=True, slots=True)
class Fact:
    """`moods` are those it fits; none: it fits all."""

    text: str
    source: str
    moods: tuple[str, ...] = ()

    @property
    def papers(self) -> list[tuple[str, str | None]]:
        """Each paper of the source, and where it can be looked up; None where it has neither a DOI nor a number at
        arXiv."""
        return [(paper, _link(paper)) for paper in self.source.split("; ")]


def _link(paper: str) -> str | None:
    found = re.search(r"(doi|arXiv):(\S+)$", paper)
    return found and f"https://{ {'doi': 'doi.org', 'arXiv': 'arxiv.org/abs'}[found[1]] }/{found[2]}"


FACTS = tuple(
    Fact(fact["text"], fact["source"], tuple(fact.get("moods", ())))
    for fact in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
)


def another(facts: Sequence[Fact], shown: int | None, rng: Random, mood: str = "") -> tuple[int, Fact]:
    """A random fact and its number, never `shown` (which may be any number). The first fact fits the mood, where one
    does; later ones fit the mood or any mood."""
    others = [n for n in range(len(facts)) if n != shown]
    fitting = [n for n in others if mood in facts[n].moods]
    if fitting and shown is not None:
        fitting += [n for n in others if not facts[n].moods]
    number = rng.choice(fitting or [n for n in others if not facts[n].moods] or others)
    return number, facts[number]
