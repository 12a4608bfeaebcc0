"""The facts: each said once, with where it was published."""

import re
from random import Random

import pytest

from edge.web.facts import FACTS, Fact, another


def test_there_are_enough_for_a_month() -> None:
    assert len(FACTS) >= 31
    assert len({fact.text for fact in FACTS}) == len(FACTS)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.source[:24])
def test_a_fact_is_a_sentence_with_author_year_and_place(fact: Fact) -> None:
    assert fact.text[0].isupper()
    assert fact.text[-1] in ".?!"
    assert len(fact.text) < 260
    source = re.fullmatch(r"(.+) \((\d{4})\), (.+)", fact.source)
    assert source, fact.source
    author, year, place = source.groups()
    assert 1860 <= int(year) <= 2026
    assert len(author) > 5
    assert len(place) > 8


@pytest.mark.parametrize("fact", [fact for fact in FACTS if "doi:" in fact.source], ids=lambda fact: fact.source[:24])
def test_a_doi_is_one(fact: Fact) -> None:
    assert re.search(r"doi:10\.\d{4,5}/[\w.()/-]+$", fact.source)


def test_another_is_never_the_one_that_is_shown() -> None:
    rng = Random(1)
    assert all(another(FACTS, 3, rng)[0] != 3 for _ in range(300))
    assert {another(FACTS[:2], 0, rng) for _ in range(20)} == {(1, FACTS[1])}
