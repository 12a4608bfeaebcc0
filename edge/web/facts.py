"""Facts about emotions, music and faces, each with where it was published: facts.json."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random


@dataclass(frozen=True, slots=True)
class Fact:
    text: str
    source: str


FACTS = tuple(Fact(**fact) for fact in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8")))


def another(facts: Sequence[Fact], shown: int | None, rng: Random) -> tuple[int, Fact]:
    """A fact picked at random and its number, never number `shown` (which may be anything a visitor sent)."""
    number = rng.choice([n for n in range(len(facts)) if n != shown])
    return number, facts[number]
