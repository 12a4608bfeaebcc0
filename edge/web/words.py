"""The page's words in the reader's language: moods, problems, how sure. Pure but for `words`, which reads the
request."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, g, request
from markupsafe import Markup

from edge.languages import (
    DEGREES,
    LANGUAGES,
    MOST_PERCENT,
    OF_THE_DEVICE,
    Texts,
    decimal,
    sure_percent,
    sureness,
    texts,
)
from edge.records import ABSENT, LABELS, UNKNOWN
from edge.status import Health

STARTING = "starting"  # before the first status

#: Values of Health that get a line on the page, by field: the line's key in `troubles`.
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
#: Words of the templates that page.js needs too.
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
    """Words are in the `chosen` language; with `auto` in the one that the browser asks for. Templates have them as
    `t`."""

    @app.before_request
    def choose() -> None:
        g.language = chosen
        if chosen == "auto":
            g.language = request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])

    filters: tuple[Callable[..., Any], ...] = (fill, number, short, clock, moment)
    for each in filters:
        app.add_template_filter(each)
    app.add_template_filter(lambda confidence: sureness(words(), confidence), "sureness")
    app.add_template_filter(sure_percent)
    app.add_template_filter(lambda state: link(words(), state), "link")
    app.add_template_filter(lambda text, number: fact(words(), number, text), "told")
    app.context_processor(lambda: {"t": words(), "language": g.language})


def words() -> Texts:
    """The texts in this request's language."""
    return texts(g.language)


def words_of_answer() -> Texts:
    """The same for the API, which is English for programs: they send no Accept-Language."""
    return texts(g.language if request.accept_languages else OF_THE_DEVICE)


def fill(text: str, **values: object) -> Markup:
    """Fills a text that has HTML tags; the values are escaped."""
    return Markup(text).format(**values)


def number(value: float, digits: int = 0) -> str:
    return decimal(words(), value, digits)


def short(value: float) -> str:
    """A number as in config.yaml, with the language's decimal mark."""
    return f"{value:g}".replace(".", words()["dates"]["decimal"])


def clock(epoch: float, kind: str = "time") -> str:
    """In this device's time, for browsers without scripts; day.js uses the visitor's. `kind` is time, day or date."""
    at, dates = datetime.fromtimestamp(epoch), words()["dates"]
    if kind == "time":
        return f"{at:%H:%M}"
    day: str = dates["days"][at.weekday()]
    return day if kind == "day" else dates["date"].format(day=at.day, month=dates["months"][at.month - 1])


def claimed(mood: str, camera: str) -> str:
    """The mood, but STARTING for `absent` while the camera opens: nobody has looked yet."""
    return STARTING if (mood, camera) == (ABSENT, "opening") else mood


def headline(of: Texts, mood: str, camera: str) -> str:
    """The mood in a word or two; without a picture, the camera's state."""
    title: str = of["moods"][mood]
    return of["cameras"].get(camera, title) if mood == UNKNOWN else title


def moment(epoch: float) -> str:
    """The time, with the day where that is not today."""
    day = "" if datetime.fromtimestamp(epoch).date() == datetime.now().date() else f"{clock(epoch, 'day')} "
    return day + clock(epoch)


def last_seen(of: Texts, mood: str, headline: str) -> str:
    """The headline where nothing is heard any more; as `silent` in page.js."""
    return str(of["script"]["lastSeen"].format(mood=of["within"][mood] if headline == of["moods"][mood] else headline))


def lead(of: Texts, mood: str, silence: float | None) -> str:
    """The line above the headline; `silence`: when the last word came, while none comes."""
    if silence:
        return str(of["script"]["silent"].format(time=clock(silence)))
    return str(of["page"]["lead" if mood in LABELS else "right_now"])


def trouble(of: Texts, health: Health | None) -> str:
    """Problems other than the camera's, with their meaning; empty where there are none."""
    found = [keys.get(getattr(health, field) or "") for field, keys in TROUBLES.items()] if health else []
    return " ".join(of["troubles"][key] for key in found if key)


def of_the_device(of: Texts, table: str, key: str, line: str) -> str:
    """The device's English `line` in the reader's language, where that has it."""
    return str(of.get(table, {}).get(key, line))


def link(of: Texts, state: str) -> str:
    """How broker, player or history is, which the device says in English: `connected with MQTT 5`, `lost`."""
    kind, _, protocol = state.partition(" with ")
    word = of.get("links", {}).get(kind.replace(" ", "_"))
    if word is None:
        return state
    return f"{word} ({protocol})" if protocol else str(word)


def resting(of: Texts, state: str) -> str:
    """How the calibration stands, which the device says in English: `none`, `collecting: …`."""
    return of_the_device(of, "resting", state.partition(":")[0], state)


def fact(of: Texts, number: int, text: str) -> str:
    """Fact `number` of facts.json in the language; `text` is English."""
    return of["facts"]["told"][number] if "facts" in of else text


def for_scripts(of: Texts, hints: Mapping[str, str]) -> dict[str, Any]:
    """The words that the page's scripts need."""
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
