"""The past for the page's chart: an hour, a day, a week or a month in bins, each with a description. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from edge.languages import Texts
from edge.past import QUARTER_SECONDS, Quarter
from edge.records import ABSENT, LABELS, PAUSED, UNKNOWN
from edge.web.ribbon import OFF, Span, duration

#: The hours of each span of time that the page shows.
HOURS = {"hour": 1, "day": 24, "week": 7 * 24, "month": 30 * 24}
WEEK_DAYS, MONTH_DAYS = 7, 30
#: The bins of an hour, of a day in its own chart, and of a day in the week's.
_IN_AN_HOUR, _IN_A_DAY, _IN_A_WEEKDAY = 60, 96, 8
#: From bottom to top.
ORDER = (*LABELS, ABSENT, UNKNOWN, PAUSED, OFF)
#: A time is written at every so many bins, and its kind.
_TICKS = {"hour": (15, "time"), "day": (24, "time"), "week": (_IN_A_WEEKDAY, "day"), "month": (7, "date")}
#: Smaller shares are left out of a description.
_LEAST_SHARE = 0.005
#: The most moods that a description names.
_MOST_NAMED = 4
#: A day's name further right would not fit.
_RIGHTMOST = 0.92


@dataclass(frozen=True, slots=True)
class Bin:
    """For how many seconds each mood was between `start` and `end` (wall-clock seconds), without unknown times."""

    start: float
    end: float
    seconds: Mapping[str, float]

    @property
    def shares(self) -> list[tuple[str, float]]:
        """(mood, its share of the bin), in ORDER."""
        whole = self.end - self.start
        return [(mood, self.seconds[mood] / whole) for mood in ORDER if self.seconds.get(mood)]


@dataclass(frozen=True, slots=True)
class Tick:
    """A time under the chart; `place` is a share of its width, `kind` is time, day or date."""

    at: float
    place: float
    kind: str


def edges(span: str, now: float) -> list[float]:
    """The starts of a span's bins, and the end of the last: at full times in this device's time zone."""
    if span == "hour":
        return _even(ceil(now / 300) * 300, 3600, _IN_AN_HOUR)
    if span == "day":
        return _even(ceil(now / 3600) * 3600, 86400, _IN_A_DAY)
    days = WEEK_DAYS if span == "week" else MONTH_DAYS
    midnight = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    # The day on which summer time begins has 23 hours.
    starts = [(midnight + timedelta(days=day)).timestamp() for day in range(1 - days, 2)]
    if span == "month":
        return starts
    parts = range(_IN_A_WEEKDAY)
    found = [a + (b - a) * part / _IN_A_WEEKDAY for a, b in pairwise(starts) for part in parts]
    return [*found, starts[-1]]


def _even(end: float, seconds: float, count: int) -> list[float]:
    return [end - seconds + seconds * part / count for part in range(count + 1)]


def ticks(span: str, at: Sequence[float]) -> list[Tick]:
    """The times under the chart with these edges."""
    every, kind = _TICKS[span]
    last = len(at) - 1
    places = range(0, last + (span in ("hour", "day")), every)
    found = [Tick(at[place], place / last, kind) for place in places]
    return [tick for tick in found if kind == "time" or tick.place <= _RIGHTMOST]


def bins(of: Iterable[Span], at: Sequence[float]) -> list[Bin]:
    """The bins between these edges."""
    seconds: list[dict[str, float]] = [{} for _ in at[1:]]
    for span in of:
        for index in range(max(0, bisect_right(at, span.start) - 1), min(len(seconds), bisect_left(at, span.end))):
            within = min(at[index + 1], span.end) - max(at[index], span.start)
            seconds[index][span.mood] = seconds[index].get(span.mood, 0.0) + within
    return [Bin(start, end, each) for (start, end), each in zip(pairwise(at), seconds, strict=True)]


def kinds(of: Texts) -> dict[str, str]:
    """The moods' names for the past, where `unknown` may mean no picture or forgotten."""
    return {**of["moods"], UNKNOWN: of["day"]["unknown"]}


def kinds_within(of: Texts) -> dict[str, str]:
    """The same within a sentence."""
    return {**of["within"], UNKNOWN: of["day"]["unknown_within"]}


def describe(of: Texts, one: Bin, quarters: Iterable[Quarter], now: float) -> str:
    """A bin's moods, and its expressions where they are known: `Happy: happy 31 %, neutral 69 %`."""
    whole = sum(one.seconds.values())
    if one.start >= now:
        return str(of["day"]["to_come"])
    if not whole:
        return str(of["day"]["not_known"])
    moods = [(mood, share * (one.end - one.start) / whole) for mood, share in one.shares]
    text = _list(of, moods) if len(moods) > 1 else kinds(of)[moods[0][0]]
    text = text[:1].upper() + text[1:]
    shown = [0.0] * len(LABELS)
    for quarter in quarters:
        if quarter.at < one.end and one.start < quarter.at + QUARTER_SECONDS:
            shown = [a + b for a, b in zip(shown, quarter.seconds, strict=True)]
    if not any(shown):
        return text
    shares = [(label, part / sum(shown)) for label, part in zip(LABELS, shown, strict=True)]
    return f"{text}: {_list(of, shares)}"


def _list(of: Texts, shares: Iterable[tuple[str, float]]) -> str:
    most = sorted((pair for pair in shares if pair[1] >= _LEAST_SHARE), key=lambda pair: -pair[1])
    names = kinds_within(of)
    words = [f"{names[mood]} {percent(of, share)}" for mood, share in most[:_MOST_NAMED]]
    if rest := sum(share for _, share in most[_MOST_NAMED:]):
        words.append(of["day"]["others"].format(share=percent(of, rest)))
    return ", ".join(words)


def percent(of: Texts, share: float) -> str:
    return of["day"]["under"] if 0 < share < _LEAST_SHARE else f"{share * 100:.0f} %"


def comparison(of: Texts, now: Mapping[str, float], before: Mapping[str, float], weekday: int) -> str:
    """The longest mood other than neutral, compared with a week ago (`weekday`: 0 is Monday); empty where unknown."""
    moods = [(seconds, mood) for mood, seconds in now.items() if mood in LABELS and mood != "neutral"]
    if not moods or not any(mood in LABELS for mood in before):
        return ""
    seconds, mood = max(moods)
    more = seconds - before.get(mood, 0.0)
    key = "same" if abs(more) < 60 else "more" if more > 0 else "less"
    day, name = of["dates"]["weekdays"][weekday], kinds_within(of)[mood]
    return str(of["day"][key].format(long=duration(abs(more)), mood=name, day=day))
