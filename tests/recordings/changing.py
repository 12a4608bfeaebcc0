"""Recordings in which the mood really changes: one person's expression, who is there, who is nearest."""

import math
from collections.abc import Callable, Sequence
from random import Random

from edge.records import NONE
from tests.recordings.cutouts import Clip
from tests.recordings.film import Camera, Film, Person, plain_wall
from tests.recordings.material import Material
from tests.recordings.scenario import Scenario, Truth, turns
from tests.recordings.steady import DIM, SHELF

#: Changes come this far apart, so that they meet every phase of the pace and of the rescans.
PERIOD = 11.3
#: FER-2013 has enough faces on which the crowd agrees of these.
CROWD_LABELS = ("neutral", "happy", "sad", "angry", "surprise")


def alternating(clips: Sequence[tuple[str, Clip]], count: int) -> list[tuple[float, str, Clip]]:
    return [(i * PERIOD, *clips[i % len(clips)]) for i in range(count)]


Shown = Sequence[tuple[float, str, Clip]]


def one_person(name: str, shown: Callable[[], Shown], camera: Camera = SHELF, fade: float = 0.0) -> Scenario:
    """A face in one place that shows one clip after the other; each change counts from the middle of its fade."""

    def make() -> tuple[Film, Truth]:
        clips = shown()
        seconds = clips[-1][0] + PERIOD
        person = Person(tuple((since, clip) for since, _, clip in clips), fade=fade)
        moods = [(since + (fade / 2 if since else 0.0), mood) for since, mood, _ in clips]
        return Film(seconds, (person,), plain_wall(), camera), turns(moods, seconds)

    return Scenario(name, make)


def crowd(material: Material, each: int) -> list[tuple[str, Clip]]:
    """`each` faces of every one of CROWD_LABELS, shuffled so that no label follows itself."""
    random = Random(5)
    columns = [[(label, clip) for clip in material.crowd(label, each)] for label in CROWD_LABELS]
    faces: list[tuple[str, Clip]] = []
    for row in zip(*columns, strict=True):
        mixed = list(row)
        while True:
            random.shuffle(mixed)
            if not faces or mixed[0][0] != faces[-1][0]:
                break
        faces += mixed
    return faces


def changing_scenarios(material: Material, count: int = 20, each: int = 6) -> list[Scenario]:
    """`count` turns of each person, and `each` FER-2013 faces of every label, of those who come and go, two more."""

    def pair(one: tuple[str, str], other: tuple[str, str]) -> Callable[[], Shown]:
        return lambda: alternating([(mood, material.stretch(name)) for mood, name in (one, other)], count)

    def cuts() -> Shown:
        return [(i * PERIOD, label, clip) for i, (label, clip) in enumerate(crowd(material, each))]

    woman = pair(("sad", "sad woman"), ("happy", "the same, happy"))
    man = pair(("neutral", "neutral man"), ("happy", "the same man, happy"))
    calm = pair(("neutral", "calm man"), ("happy", "calm man, happy"))
    glasses = pair(("neutral", "man with glasses"), ("happy", "man with glasses, happy"))
    return [
        one_person("a woman turns from sad to happy and back", woman),
        one_person("a man smiles and stops", man),
        one_person("another man smiles and stops", calm),
        one_person("a man with glasses smiles and stops", glasses),
        one_person("the woman, each change taking 0.6 s", woman, fade=0.6),
        one_person("the man with glasses in a dim room", glasses, DIM),
        one_person("FER-2013 faces, one after the other in one place", cuts),
        Scenario("FER-2013 faces come and go", lambda: visitors(crowd(material, each + 2))),
    ]


def visitors(faces: Sequence[tuple[str, Clip]], stay: float = 9.1, away: float = 4.3) -> tuple[Film, Truth]:
    """One face after the other slides in, stays, and slides out; between them nobody is there.

    The mood counts from when a face is in place, its absence from when half of it has gone.
    """
    people, moods = [], [(0.0, NONE)]
    for i, (label, clip) in enumerate(faces):
        start = 3.0 + i * (stay + away)
        people.append(Person(((0.0, clip),), x=280.0 + 17 * (i % 5), here=((start, start + stay),), seed=i))
        moods += [(start + 0.6, label), (start + stay - 0.2, NONE)]
    seconds = 3.0 + len(faces) * (stay + away)
    return Film(seconds, tuple(people), plain_wall(), SHELF), turns(moods, seconds)


def company_scenarios(material: Material, count: int = 60) -> list[Scenario]:
    """Somebody is there; somebody else comes `count` times and goes again."""

    def second(
        name: str, first: Person, mood: str, other: Clip, theirs: str | None, width: int, where: float
    ) -> Scenario:
        """`theirs`: the mood that is true while the other is there; None where the first one's stays."""
        period, stay = 19.7, 9.1
        visits = tuple((5.0 + i * period, 5.0 + i * period + stay) for i in range(count))
        seconds = 5.0 + count * period
        moods = [(0.0, mood)]
        if theirs is not None:
            for start, end in visits:
                moods += [(start + 0.6, theirs), (end - 0.2, mood)]
        people = (first, Person(((0.0, other),), width, where, 250.0, here=visits, seed=4))
        return Scenario(name, lambda: (Film(seconds, people, plain_wall(), SHELF), turns(moods, seconds)))

    def aside(clip: Clip, width: int = 100) -> Person:
        return Person(((0.0, clip),), width, 150.0, 260.0, here=((0.0, math.inf),))

    happy, sad = material.photo("happy_072.jpg"), material.photo("sad_074.jpg")
    glasses, woman = material.stretch("man with glasses"), material.stretch("the same, happy")
    return [
        second("somebody sad comes much nearer than the one who smiles", aside(happy), "happy", sad, "sad", 230, 420.0),
        second(
            "somebody happy comes much nearer than the one who is sad", aside(sad), "sad", happy, "happy", 230, 420.0
        ),
        second(
            "somebody happy comes nearer than a calm one", aside(glasses, 90), "neutral", woman, "happy", 200, 440.0
        ),
        second("somebody sad comes, as near as the one who smiles", aside(happy, 130), "happy", sad, None, 130, 470.0),
        second("somebody happy comes, as happy as the one there", aside(happy), "happy", woman, None, 180, 440.0),
    ]
