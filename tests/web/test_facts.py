"""The facts: each said once, with where it was published."""

import re
from pathlib import Path
from random import Random

import pytest

from edge.records import LABELS
from edge.web.facts import FACTS, Fact, another


def links(source: str) -> list[str | None]:
    return [link for _, link in Fact("", source).papers]


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
    for paper in re.findall(r"doi:.*?(?=; |$)", fact.source):
        assert re.fullmatch(r"doi:10\.\d{4,5}/[\w.()/-]+", paper)


def test_a_source_with_a_doi_or_a_number_at_arxiv_is_a_link() -> None:
    assert links("A (2000), B. doi:10.1037/h0030377") == ["https://doi.org/10.1037/h0030377"]
    assert links("A (2000), B. arXiv:1307.0414") == ["https://arxiv.org/abs/1307.0414"]
    assert links("A (2000), B. Renouard") == [None]


def test_each_of_two_papers_is_a_link_of_its_own() -> None:
    assert links("A (2000), B. doi:10.1037/a; C (2001), D. doi:10.1037/c") == [
        "https://doi.org/10.1037/a",
        "https://doi.org/10.1037/c",
    ]
    assert links("A (2000), B. Renouard; C (2001), D. doi:10.1037/c") == [None, "https://doi.org/10.1037/c"]


@pytest.mark.parametrize("number", range(len(FACTS)))
def test_every_doi_of_the_list_of_sources_is_linked(number: int) -> None:
    """Those that docs/facts.md names in the column of the sources."""
    list_of_sources = (Path(__file__).parents[2] / "docs/facts.md").read_text("utf-8")
    (row,) = [line.split(" | ") for line in list_of_sources.splitlines() if line.startswith(f"| {number + 1} |")]
    named = set(re.findall(r"https://doi\.org/[^ ,]+(?=\))", row[2].partition(", after")[0]))
    assert {link for link in links(FACTS[number].source) if link and "doi.org" in link} == named


@pytest.mark.parametrize("mood", LABELS)
def test_the_first_fact_fits_the_mood_and_the_next_ones_no_other(mood: str) -> None:
    rng = Random(3)
    assert all(mood in another(FACTS, None, rng, mood)[1].moods for _ in range(50))
    for shown in range(50):
        assert mood in (moods := another(FACTS, shown, rng, mood)[1].moods) or not moods


def test_every_mood_a_fact_fits_is_one() -> None:
    assert {mood for fact in FACTS for mood in fact.moods} == set(LABELS)


def test_without_a_mood_a_fact_fits_any() -> None:
    assert not any(another(FACTS, None, Random(seed), "absent")[1].moods for seed in range(50))


def test_another_is_never_the_one_that_is_shown() -> None:
    rng = Random(1)
    assert all(another(FACTS, 3, rng)[0] != 3 for _ in range(300))
    assert {another(FACTS[:2], 0, rng) for _ in range(20)} == {(1, FACTS[1])}
