"""The words of the page and of Home Assistant's names in four languages, one file each: `en.toml`, `de.toml` …

`Texts` is a table of a file: texts by key, and tables. What stands in {braces} is put in with `str.format`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Texts = Mapping[str, Any]

#: What a browser may ask for; the first is for all others.
LANGUAGES = ("en", "de", "fr", "es")
#: The language of the log, of MQTT, of the API and of config.yaml.
OF_THE_DEVICE = "en"


@cache
def texts(language: str) -> Texts:
    """All texts of a language, of which LANGUAGES has the names."""
    found: Texts = tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))
    return found


def decimal(of: Texts, value: float, digits: int = 0) -> str:
    """A number as the language writes it: `1,234.5` or `1.234,5`."""
    signs = str.maketrans({",": of["dates"]["thousands"], ".": of["dates"]["decimal"]})
    return f"{value:,.{digits}f}".translate(signs)
