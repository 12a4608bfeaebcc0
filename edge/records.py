"""The records that rooms exchange. All are frozen; geometry is in `Box`.

Times named `t`, `at`, `now` or `since` inside the pipeline are seconds on the frame source's own clock
(monotonic for a live camera, the media's own for a recording). What people and other machines read has wall-clock time
(seconds since 1970): the present moment (status.py) and the past (past.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

#: FER-2013's seven expressions, alphabetical: the order of every vector of scores in the project.
LABELS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
#: The mood of a room that has been empty for a while.
ABSENT = "absent"
#: The expression while nobody is in view.
NONE = "none"
#: The owner switched the camera off.
PAUSED = "paused"
#: The camera gives no picture.
UNKNOWN = "unknown"
#: Everything the mood topic may say.
MOODS: tuple[str, ...] = (*LABELS, ABSENT, PAUSED, UNKNOWN)
#: Everything the expression topic may say.
EXPRESSIONS: tuple[str, ...] = (*LABELS, NONE, PAUSED, UNKNOWN)

Image = npt.NDArray[np.uint8]
Scores = tuple[float, ...]


def scores_json(scores: Scores) -> dict[str, float]:
    """Each with its label, to four digits."""
    return {label: round(score, 4) for label, score in zip(LABELS, scores, strict=True)}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of its frame: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int

    def to_json(self) -> list[int]:
        return [self.x, self.y, self.w, self.h]

    @property
    def area(self) -> int:
        return self.w * self.h

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2

    def scaled(self, factor: float) -> "Box":
        """The same rectangle in an image whose sides are `factor` times as long."""
        return Box(round(self.x * factor), round(self.y * factor), round(self.w * factor), round(self.h * factor))

    def moved(self, dx: int, dy: int) -> "Box":
        return Box(self.x + dx, self.y + dy, self.w, self.h)

    def grown(self, share: float) -> "Box":
        """Grown by `share` of its width and height on every side (negative shrinks); may leave the frame."""
        dx, dy = round(self.w * share), round(self.h * share)
        return Box(self.x - dx, self.y - dy, self.w + 2 * dx, self.h + 2 * dy)

    def clipped(self, width: int, height: int) -> "Box":
        """The part inside a frame of `width` × `height`; its width or height is 0 where it lies outside."""
        x0, y0 = min(max(self.x, 0), width), min(max(self.y, 0), height)
        x1, y1 = min(max(self.x + self.w, 0), width), min(max(self.y + self.h, 0), height)
        return Box(x0, y0, max(0, x1 - x0), max(0, y1 - y0))

    def shared(self, other: "Box") -> int:
        """The area in both, in pixels."""
        w = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        h = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        return max(0, w) * max(0, h)

    def overlap(self, other: "Box") -> float:
        """Intersection over union, 0 to 1."""
        both = self.shared(other)
        return both / (self.area + other.area - both) if both else 0.0

    def cut(self, image: Image) -> Image:
        """A view (no copy) of the part of `image` inside the box; the box must lie within it."""
        return image[self.y : self.y + self.h, self.x : self.x + self.w]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the source. Pixels are decoded only on demand, so an unused frame costs nothing.

    `grey()` is uint8 (height, width), `bgr()` is uint8 (height, width, 3); both may be called from any thread
    and any number of times; callers must not write into what they get.
    """

    t: float
    width: int
    height: int
    grey: Callable[[], Image]
    bgr: Callable[[], Image]


@dataclass(frozen=True, slots=True)
class Expression:
    """The classifier's result for one look at one face: seven calibrated probabilities in the order of LABELS."""

    scores: Scores

    @property
    def label(self) -> str:
        return LABELS[max(range(len(LABELS)), key=self.scores.__getitem__)]

    @property
    def confidence(self) -> float:
        return max(self.scores)


#: Whether a face is alive: `unknown`: not watched for long enough; `alive`: it changes; `still`: not for some seconds;
#: `picture`: not for so long that it is a picture of a face.
Life = Literal["unknown", "alive", "still", "picture"]


@dataclass(frozen=True, slots=True)
class Face:
    """A face in view. `track` stays the same while it stays in view (it is no one's identity).

    `expression` is None where this look was not classified (the face is not confirmed, or the detector missed it now).
    `quality`, 0 to 1, is the weight of the look as evidence. Where the face was not `read` now, both are of a moment
    ago.
    """

    track: int
    box: Box
    quality: float
    expression: Expression | None = None
    confirmed: bool = True
    life: Life = "unknown"
    read: bool = True

    @property
    def picture(self) -> bool:
        """Whether it is a picture of a face and counts for nothing."""
        return self.life == "picture"

    def to_json(self) -> dict[str, Any]:
        """A classified face as `photo --json` prints it and POST /api/photo answers; shares to four digits."""
        assert self.expression is not None
        return {
            "box": self.box.to_json(),
            "label": self.expression.label,
            "confidence": round(self.expression.confidence, 4),
            "scores": scores_json(self.expression.scores),
        }


@dataclass(frozen=True, slots=True)
class Playlist:
    name: str
    url: str

    def to_json(self) -> dict[str, str]:
        """As in the MQTT state and events, the HTTP answers, and `replay --json`."""
        return {"name": self.name, "url": self.url}


@dataclass(frozen=True, slots=True)
class Music:
    """Why this playlist plays. `mood` is the mood of the list; `cheering`: somebody who is sad asked for the happy one;
    `held_until`: the list stays until then although the mood changes; `quiet_until`: there is none until then, because
    somebody said "not now". Times on the clock of the record that holds this; None where they do not apply."""

    mood: str | None = None
    cheering: bool = False
    held_until: float | None = None
    quiet_until: float | None = None


@dataclass(frozen=True, slots=True)
class MusicWish:
    """A request for the music. `another`: another list of this mood; `cheer`: the happy list until the mood changes;
    `mood`: the mood's own list again; `quiet`: none for `seconds`, 0 ends that."""

    what: Literal["another", "cheer", "mood", "quiet"]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RoomExpression:
    """What the faces in view show now: one of LABELS, or `none`; `scores` are the smoothed seven (zeros for `none`)."""

    label: str
    confidence: float
    scores: Scores
    since: float


@dataclass(frozen=True, slots=True)
class ExpressionChange:
    """The expression changed at `at` on the source's clock."""

    expression: str
    previous: str
    confidence: float
    at: float
    face_count: int


@dataclass(frozen=True, slots=True)
class Mood:
    """The mood of the last minutes: one of LABELS, `absent` or `paused`.

    `strength` is 0 to 1; `shares` are the shares of the last minutes in which each of LABELS was shown (zeros for
    `absent` and `paused`).
    """

    label: str
    strength: float
    shares: Scores
    since: float


@dataclass(frozen=True, slots=True)
class MoodChange:
    """The mood changed at `at` on the source's clock."""

    mood: str
    previous: str
    strength: float
    at: float
    face_count: int
    playlist: Playlist | None = None


Scan = Literal["none", "near", "full"]


class Clause(NamedTuple):
    """A part of a reason: a key of the languages' table [why], and what is put in. `mood` is a label."""

    key: str
    values: Mapping[str, str | float]


#: Why the mood is what it is: a line's clauses. `edge.languages.told` says it.
Reason = tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of one frame. `why` explains the mood in a few lines; the next frame is due in `next_in` seconds."""

    t: float
    faces: tuple[Face, ...]
    expression: RoomExpression
    expression_change: ExpressionChange | None
    mood: Mood
    change: MoodChange | None
    playlist: Playlist | None
    why: tuple[Reason, ...]
    scan: Scan
    next_in: float
    music: Music = Music()
    stages_ms: Mapping[str, float] = field(default_factory=dict)
