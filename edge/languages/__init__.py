"""The words of the page and of Home Assistant's names in four languages, one file each: `en.toml`, `de.toml` …

`Texts` is a table of a file: texts by key, and tables. What stands in {braces} is put in with `str.format`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

Texts = Mapping[str, Any]

#: What a browser may ask for; the first is for all others.
LANGUAGES = ("en", "de", "fr", "es")
#: The language of the log, of MQTT, of the API where nobody asks for another, and of config.yaml.
OF_THE_DEVICE = "en"


@cache
def texts(language: str) -> Texts:
    """All texts of a language, of which LANGUAGES has the names."""
    found: Texts = tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))
    return found


#: The least confidence for each word; the last is for the rest.
DEGREES = ((0.8, "clearly"), (0.55, "probably"), (0.0, "perhaps"))
#: The highest confidence that is shown: nobody can be sure of a feeling.
MOST_PERCENT = 99


def told(of: Texts, reason: Iterable[tuple[str, Mapping[str, str | float]]]) -> str:
    """A reason of the mood (`edge.records.Reason`) as a line in the language."""
    return "; ".join(of["why"][key].format(**_words(of, values)) for key, values in reason)


def _words(of: Texts, values: Mapping[str, str | float]) -> dict[str, str]:
    """`sure` is a confidence, which is said with its degree."""
    said = {name: _word(of, name, value) for name, value in values.items()}
    if "sure" in values:
        confidence = float(values["sure"])
        said |= {"degree": sureness(of, confidence), "sure": str(sure_percent(confidence))}
    return said


def _word(of: Texts, name: str, value: str | float) -> str:
    if isinstance(value, str):
        return str(of["within"][value]) if name == "mood" else value
    return decimal(of, value, 1 if isinstance(value, float) else 0)


def decimal(of: Texts, value: float, digits: int = 0) -> str:
    """A number as the language writes it: `1,234.5` or `1.234,5`."""
    signs = str.maketrans({",": of["dates"]["thousands"], ".": of["dates"]["decimal"]})
    return f"{value:,.{digits}f}".translate(signs)


def sureness(of: Texts, confidence: float) -> str:
    """The language's `clearly`, `probably` or `perhaps`."""
    return str(of["degrees"][next(word for least, word in DEGREES if confidence >= least)])


def sure_percent(confidence: float) -> int:
    return min(MOST_PERCENT, round(confidence * 100))
