"""What the page says in words: moods, what is wrong and what to do, how sure. Pure; the words are a language's."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, g, request
from markupsafe import Markup

from edge.languages import LANGUAGES, Texts, decimal, texts
from edge.records import UNKNOWN, Health

STARTING = "starting"  # before the first status

#: From how much confidence on which word is said; the last is for the rest.
DEGREES = ((0.8, "clearly"), (0.55, "probably"), (0.0, "perhaps"))
#: Of a feeling nobody is surer, whatever the model computes.
MOST_PERCENT = 99
#: What of the device's health is worth a line on the page, by field and value: its key in `troubles`.
TROUBLES: Mapping[str, Mapping[str, str]] = {
    "mqtt": {
        "unreachable": "broker",
        "silent": "broker",
        "lost": "broker",
        "failed": "broker",
        "tls": "tls",
        "refused": "refused",
        "version": "version",
        "taken over": "taken_over",
    },
    "history": {"waiting": "history"},
}
#: Words of the first moment that page.js says again of the next ones.
AGAIN = {
    "for": ("page", "for"),
    "face": ("page", "face"),
    "faces": ("page", "faces"),
    "lead": ("page", "lead"),
    "rightNow": ("page", "right_now"),
    "again": ("page", "on_again"),
    "note": ("music", "note"),
    "cheer": ("music", "cheer"),
    "notNow": ("music", "not_now"),
    "state": ("rest", "state"),
    "full": ("wall", "full"),
    "useCamera": ("photo", "use_camera"),
}


def install(app: Flask, chosen: str) -> None:
    """Every answer's words are of the `chosen` language, or with `auto` of the one that its reader asks for. Templates
    have them as `t`."""

    @app.before_request
    def choose() -> None:
        g.language = chosen
        if chosen == "auto":
            g.language = request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])

    filters: tuple[Callable[..., Any], ...] = (fill, number, short, clock)
    for each in filters:
        app.add_template_filter(each)
    app.add_template_filter(lambda confidence: sureness(words(), confidence), "sureness")
    app.add_template_filter(sure_percent)
    app.add_template_filter(lambda text, number: fact(words(), number, text), "told")
    app.context_processor(lambda: {"t": words(), "language": g.language})


def words() -> Texts:
    """Those of this request's language."""
    return texts(g.language)


def fill(text: str, **values: object) -> Markup:
    """A text with tags in it; the values have none."""
    return Markup(text).format(**values)


def number(value: float, digits: int = 0) -> str:
    return decimal(words(), value, digits)


def short(value: float) -> str:
    """A number as config.yaml has it, with the language's point."""
    return f"{value:g}".replace(".", words()["dates"]["decimal"])


def clock(epoch: float, kind: str = "time") -> str:
    """In this device's time, for who has no scripts; day.js says it in the visitor's. `kind` is time, day or date."""
    at, dates = datetime.fromtimestamp(epoch), words()["dates"]
    if kind == "time":
        return f"{at:%H:%M}"
    day: str = dates["days"][at.weekday()]
    return day if kind == "day" else dates["date"].format(day=at.day, month=dates["months"][at.month - 1])


def sureness(of: Texts, confidence: float) -> str:
    """The language's `clearly`, `probably` or `perhaps`."""
    said: str = of["degrees"][next(word for least, word in DEGREES if confidence >= least)]
    return said


def sure_percent(confidence: float) -> int:
    return min(MOST_PERCENT, round(confidence * 100))


def headline(of: Texts, mood: str, camera: str) -> str:
    """The mood in a word or two; without a picture, how the camera is."""
    title: str = of["moods"][mood]
    return of["cameras"].get(camera, title) if mood == UNKNOWN else title


def trouble(of: Texts, health: Health | None) -> str:
    """What is wrong beside the camera, and what it means; empty where nothing is, or nobody knows."""
    found = [said.get(getattr(health, field) or "") for field, said in TROUBLES.items()] if health else []
    return " ".join(of["troubles"][key] for key in found if key)


def of_the_device(of: Texts, table: str, key: str, line: str) -> str:
    """What the device says in its own language as `line`, in the reader's where that is another and has a word."""
    said: str = of.get(table, {}).get(key, line)
    return said


def fact(of: Texts, number: int, text: str) -> str:
    """Fact `number` of facts.json in the language; `text` is English."""
    return of["facts"]["told"][number] if "facts" in of else text


def for_scripts(of: Texts, hints: Mapping[str, str]) -> dict[str, Any]:
    """The same words for the page's scripts, which show the next moments."""
    return {
        "titles": of["moods"],
        "within": of["within"],
        "cameras": of["cameras"],
        "states": of["states"],
        "hints": hints,
        "degrees": [(least, of["degrees"][word]) for least, word in DEGREES],
        "most": MOST_PERCENT,
        "troubles": TROUBLES,
        "troubled": of["troubles"],
        "t": {name: of[table][key] for name, (table, key) in AGAIN.items()} | of["script"],
        "problems": of.get("problems", {}),
        "errors": {code: line for code, line in of.get("errors", {}).items() if code.isdigit()},
    }
