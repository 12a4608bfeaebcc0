"""One frame in, one reading out: faces, mood, playlist, and when to look again. No threads, no I/O, no clock."""

from dataclasses import replace
from random import Random

from edge.config import Config
from edge.mood.expression import ExpressionFilter
from edge.mood.pace import Pace
from edge.mood.playlists import Playlists
from edge.mood.room import RoomMood
from edge.mood.why import explain
from edge.records import NONE, Frame, MusicWish, Playlist, Reading
from edge.vision.look import Vision
from edge.vision.model import Model

#: A frame that comes this much too early is taken: a camera's frames jitter, and the next comes a whole frame later.
EARLY_SECONDS = 0.01


class Pipeline:
    """All steps from a frame to its reading. The same frames give the same readings at any speed."""

    def __init__(
        self, vision: Vision, expressions: ExpressionFilter, room: RoomMood, pace: Pace, playlists: Playlists
    ) -> None:
        self._vision, self._pace, self._playlists = vision, pace, playlists
        self.expressions, self.room = expressions, room
        self._next = float("-inf")

    def due(self, now: float) -> bool:
        """Whether a frame taken at `now` is worth looking at."""
        return now >= self._next

    def process(self, frame: Frame, now: float) -> Reading:
        """Looks at the frame, whether it is due or not, and decides what it changes."""
        look = self._vision.look(frame.grey(), now, self.expressions.settled_seconds(now))
        expression, expression_change = self.expressions.update(look.faces, now)
        if self.expressions.picture_found:
            self.room.discard_doubtful()
            self._playlists.end_hold()
        face_count = sum(face.confirmed and not face.picture for face in look.faces)
        mood, change = self.room.update(expression, face_count, now, alive=self.expressions.alive)
        playlist = self._playlists.follow(mood.label, now)
        why = explain(
            expression,
            self.expressions.challenger,
            mood,
            self.room.standing(),
            playlist,
            self._playlists.held_seconds(mood.label, now),
        )
        settled = self.expressions.settled_seconds(now)
        unconfirmed = any(not face.confirmed for face in look.faces)
        # A face lost a moment ago counts as in view: its expression may be about to end.
        lost = expression.label != NONE and not any(face.expression for face in look.faces)
        people = any(not face.picture for face in look.faces)
        pending = unconfirmed or lost or (people and settled == 0.0)
        interval = self._pace.next_interval(people or lost, pending, settled)
        self._next = now + interval - EARLY_SECONDS
        return Reading(
            t=now,
            faces=look.faces,
            expression=expression,
            expression_change=expression_change,
            mood=mood,
            change=None if change is None else replace(change, playlist=playlist),
            playlist=playlist,
            why=why,
            scan=look.scan,
            next_in=interval,
            music=self._playlists.music(mood.label, now),
            stages_ms=look.stages_ms,
        )

    def configure(self, config: Config) -> None:
        """Sets thresholds, pace and playlists; nothing that was seen is forgotten."""
        self.expressions.configure(config.mood)
        self.room.configure(config.mood)
        self._pace.configure(config.pace)
        self._playlists.configure(config.playlists.by_mood, config.playlists.hold_minutes * 60.0)

    def set_load(self, cpu_percent: float, celsius: float | None, throttled: bool | None) -> None:
        """Takes the device's load: the pace slows down when it is busy or hot."""
        self._pace.set_load(cpu_percent, celsius, throttled)

    def ask(self, wish: MusicWish) -> None:
        """Takes a wish for the music; the next reading has its result."""
        self._playlists.ask(wish)

    def lose_sight(self) -> Playlist | None:
        """Forgets the faces, when the camera gives no picture. The mood and its playlist, which is returned, stay."""
        self._vision.forget()
        self.expressions.forget()
        self._next = float("-inf")
        return self._playlists.current

    def forget(self, mood: str, now: float) -> Playlist | None:
        """Forgets everything seen, when the camera was switched. The mood is then `mood` (`paused` or `absent`), and
        its playlist is returned."""
        self._vision.forget()
        self.expressions.forget()
        self.room.forget()
        self._playlists.forget()
        self._next = float("-inf")
        return self._playlists.follow(mood, now)


def build_pipeline(config: Config, model: Model, random: Random) -> Pipeline:
    """The pipeline of this configuration, the same for a camera and for a recording.

    `random` chooses between a mood's playlists. Raises ModelError when the face cascade is missing.
    """
    vision, expressions = Vision(config.faces, model), ExpressionFilter(config.mood)
    playlists = Playlists(config.playlists.by_mood, config.playlists.hold_minutes * 60.0, random)
    return Pipeline(vision, expressions, RoomMood(config.mood), Pace(config.pace), playlists)
