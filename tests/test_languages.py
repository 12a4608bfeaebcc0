"""The words of the page: every language says everything, and says nothing that is not shown."""

import re
from pathlib import Path
from typing import Any

import pytest

from edge.languages import LANGUAGES, Texts, decimal, sure_percent, sureness, texts, told
from edge.records import Clause
from edge.web.facts import FACTS
from edge.web.words import AGAIN

ROOT = Path(__file__).resolve().parent.parent
PAGE = sorted((ROOT / "edge" / "web").glob("templates/*")) + sorted((ROOT / "edge" / "web").glob("static/*.js"))
PYTHON = [*sorted((ROOT / "edge" / "web").glob("*.py")), ROOT / "edge" / "languages" / "__init__.py"]
#: What the device says itself, in English; other languages have their own words for it.
OF_OTHERS = {"problems", "links", "errors", "resting", "facts", "entities"}
#: Tables whose keys come from elsewhere: moods, states of the camera, degrees, troubles.
BY_VALUE = {"moods", "within", "cameras", "states", "hints", "closed", "degrees", "troubles", "spans", "why"}


def flat(of: Texts) -> dict[str, Any]:
    return {f"{table}.{key}": text for table, said in of.items() for key, text in said.items()}


def english(language: str) -> dict[str, Any]:
    """What English has to say what this language says."""
    return {key: text for key, text in flat(texts(language)).items() if key.partition(".")[0] not in OF_OTHERS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_all_that_english_says(language: str) -> None:
    assert english(language).keys() == flat(texts("en")).keys()


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_what_is_put_into_a_text_and_its_tags_are_the_same(language: str) -> None:
    def parts(text: Any) -> Any:
        return sorted(re.findall(r"\{\w+\}|<[^>]+>", text)) if isinstance(text, str) else len(text)

    ours = flat(texts("en"))
    different = [key for key, text in english(language).items() if parts(text) != parts(ours[key])]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_words_for_the_same_of_what_the_device_says_in_english(language: str) -> None:
    for table in OF_OTHERS:
        assert texts(language)[table].keys() == texts("de")[table].keys()
    assert len(texts(language)["facts"]["told"]) == len(FACTS)
    for fact, text in zip(FACTS, texts(language)["facts"]["told"], strict=True):
        assert re.findall(r"\d+", text) == re.findall(r"\d+", fact.text.replace(",", " ")), "a number is another"
    assert "{seconds}" in texts(language)["errors"]["login_429"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_can_stand_in_an_attribute(language: str) -> None:
    lines = [line for text in flat(texts(language)).values() for line in ([text] if isinstance(text, str) else text)]
    assert [line for line in lines if '"' in line or (set("<>") & set(line) and 'href="' in line)] == []
    assert all(line.strip(" ") or line == " " for line in lines), "no text is empty"


def test_every_text_is_shown_and_every_text_that_is_shown_is_there() -> None:
    """Read from the sources: `t.day.nothing` in a template (`h.` stands for `t.health.`), `t.calm` in a script."""
    of = texts("en")
    written = {file: re.sub(r"\bh\.", "t.health.", file.read_text("utf-8")) for file in PAGE}
    templates = " ".join(source for file, source in written.items() if file.suffix == ".html")
    scripts = " ".join(source for file, source in written.items() if file.suffix == ".js")
    asked = {(table, key) for table, key in re.findall(r"\bt\.(\w+)\.(\w+)", templates) if key != "get"}
    asked |= {("script", key) for key in re.findall(r"\bt\.(\w+)", scripts) if key not in AGAIN}
    assert sorted(f"{table}.{key}" for table, key in asked if key not in of.get(table, ())) == []
    code = " ".join([*written.values(), *(file.read_text("utf-8") for file in PYTHON)])
    for table in of.keys() - BY_VALUE:
        for key in of[table]:
            assert re.search(rf"""[."']{key}\b""", code), f"[{table}] {key} is shown nowhere"


def test_a_number_is_written_as_the_language_writes_it() -> None:
    assert [decimal(texts(each), 1234.56, 1) for each in LANGUAGES] == ["1,234.6", "1.234,6", "1\u00a0234,6", "1.234,6"]
    assert decimal(texts("de"), 7) == "7"


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "mood: afraid; next is sad with 5 % of the 20 % it needs, which lacks 15 %"),
        ("de", "Stimmung: ängstlich; als Nächstes traurig mit 5 % von nötigen 20 %, es fehlen 15 %"),
    ],
)
def test_why_the_mood_is_what_it_is_is_said_in_each_language(language: str, line: str) -> None:
    rival = Clause("next_lacks", {"mood": "sad", "evidence": 5, "needed": 20, "lacking": 15})
    assert told(texts(language), (Clause("mood", {"mood": "fear"}), rival)) == line
    held = Clause("held_minutes", {"name": "happy", "left": 7})
    assert "happy" in told(texts(language), (held,)), "a list's name is no mood"
    assert (
        told(texts("fr"), (Clause("leads", {"mood": "sad", "seconds": 0.5}),)) == "triste est plus net, il manque 0,5 s"
    )


@pytest.mark.parametrize(
    ("confidence", "word", "percent"),
    [(1.0, "clearly", 99), (0.8, "clearly", 80), (0.7, "probably", 70), (0.54, "perhaps", 54), (0.15, "perhaps", 15)],
)
def test_how_sure_is_said_in_a_word_and_never_as_a_hundred_per_cent(confidence: float, word: str, percent: int) -> None:
    assert (sureness(texts("en"), confidence), sure_percent(confidence)) == (word, percent)
    line = f"expression: {word} happy, {percent} %"
    assert told(texts("en"), (Clause("expression", {"mood": "happy", "sure": confidence}),)) == line
