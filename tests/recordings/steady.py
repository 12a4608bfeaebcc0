"""Ten minutes in which the mood does not change, and what a camera and a household do to them."""

from collections.abc import Callable
from functools import partial

from edge.records import NONE, Image
from tests.recordings.film import HEIGHT, WIDTH, Camera, Film, Person, Span, cluttered_wall, plain_wall
from tests.recordings.material import Material
from tests.recordings.scenario import Scenario, steady

TEN_MINUTES = 600.0
#: A cheap camera on a shelf: its noise, its exposure, a frame in twenty lost, and now and then a second without any.
SHELF = Camera(noise=5.0, steps=0.35, dropped=0.05, stalls=((47.0, 48.3), (123.0, 124.5), (401.0, 402.6)))
#: Faces of 40 to 60 grey levels of 255. Below 35 the detector, as any Haar detector here, finds few of them.
DIM = Camera(noise=8.0, light=0.5, steps=0.2, dropped=0.05)
SHAKEN = Camera(noise=5.0, shake=2.0, blur=5, dropped=0.1)

#: Cluttered walls by which nothing was chosen.
FRESH = range(200, 212)


def every(period: float, length: float, seconds: float = TEN_MINUTES) -> tuple[Span, ...]:
    """`length` seconds out of every `period`, first after one of them."""
    return tuple((i * period, i * period + length) for i in range(1, int(seconds / period)))


def steady_scenarios(material: Material, seconds: float = TEN_MINUTES) -> list[Scenario]:
    """`seconds` each."""

    def alone(name: str, mood: str, person: Person, camera: Camera = SHELF, wall: Image | None = None) -> Scenario:
        room = plain_wall() if wall is None else wall
        return Scenario(name, lambda: (Film(seconds, (person,), room, camera), steady(mood, seconds)))

    def shown(name: str) -> Person:
        return Person(((0.0, material.photo(name)),))

    def moving(name: str, width: int = Person.width) -> Person:
        return Person(((0.0, material.stretch(name)),), width)

    neutral, happy, sad = "neutral_073.jpg", "happy_072.jpg", "sad_074.jpg"
    company = Person(((0.0, material.photo(sad)),), 90, 520.0, 200.0, here=every(40.0, 18.0, seconds), seed=3)
    return [
        alone("a man talks, gestures and covers his face", "neutral", moving("talking man")),
        alone("a woman is sad", "sad", moving("sad woman")),
        alone("a woman is happy", "happy", moving("the same, happy")),
        alone("a man is happy", "happy", moving("man with glasses, happy")),
        alone("a calm photo", "neutral", shown(neutral)),
        alone("a sad photo", "sad", shown(sad)),
        alone("a surprised photo", "surprise", shown("surprise_075.jpg")),
        alone("an angry photo", "angry", shown("angry_018.jpg")),
        alone("the talking man in a dim room", "neutral", moving("talking man"), DIM),
        alone("the talking man before a shaking camera", "neutral", moving("talking man"), SHAKEN),
        alone("the talking man far away", "neutral", moving("talking man", width=75)),
        alone("the talking man before a cluttered wall", "neutral", moving("talking man"), wall=cluttered_wall(5)),
        alone(
            "the face is hidden for 1.5 s every 10 s",
            "happy",
            Person(((0.0, material.photo(happy)),), hidden=every(10.0, 1.5, seconds)),
        ),
        alone(
            "a hand is before the mouth for 1 s every 10 s",
            "happy",
            Person(((0.0, material.stretch("the same, happy")),), hand=every(10.0, 1.0, seconds)),
        ),
        Scenario(
            "two people talk at once",
            lambda: (
                Film(
                    seconds,
                    tuple(Person(((0.0, material.stretch("talking man")),), 140, x, seed=x) for x in (170, 450)),
                    plain_wall(),
                    SHELF,
                ),
                steady("neutral", seconds),
            ),
        ),
        Scenario(
            "somebody sad and further away comes and goes",
            lambda: (
                Film(seconds, (Person(((0.0, material.photo(happy)),), 160, 220.0), company), plain_wall(), SHELF),
                steady("happy", seconds),
            ),
        ),
    ]


def empty_scenarios(material: Material, seconds: float = TEN_MINUTES / 2) -> list[Scenario]:
    """Nobody is there: `seconds` of walls, and of the pictures in which Haar may see what is none."""

    def nobody(name: str, wall: Callable[[], Image], moment: int = 0) -> Scenario:
        return Scenario(name, lambda: (Film(seconds, (), wall(), shaken, moment), steady(NONE, seconds)))

    shaken = Camera(noise=5.0, steps=0.35, shake=1.0, dropped=0.05)
    pictures = ("none_skimage_chelsea.png", "none_skimage_coffee.png", "none_skimage_rocket.jpg")
    return [
        *(nobody(f"a cluttered wall, number {seed}", partial(cluttered_wall, seed)) for seed in (*range(4), *FRESH)),
        nobody("number 3 at another moment", partial(cluttered_wall, 3), moment=3),
        *(nobody(f"a picture: {name}", partial(material.scenery, name, WIDTH, HEIGHT)) for name in pictures),
    ]
