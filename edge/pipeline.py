"""One frame in, one reading out: faces, mood, playlist, and when to look again. No threads, no I/O, no clock."""

from dataclasses import replace
from random import Random

from edge.config import Config
from edge.mood.baseline import Baseline
from edge.mood.expression import ExpressionFilter
from edge.mood.pace import Pace, Scene
from edge.mood.playlists import Playlists
from edge.mood.room import RoomMood
from edge.mood.why import explain
from edge.records import NONE, Frame, MusicWish, Playlist, Reading
from edge.vision.look import Vision
from edge.vision.model import Model

#: A frame this much before its time is taken: a camera's frames jitter, and the next is a whole frame later.
EARLY_SECONDS = 0.01


class Pipeline:
    """Everything between a frame and what is shown of it. The same frames give the same readings at any speed."""

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
        """Looks at the frame, whether it is due or not."""
        look = self._vision.look(frame.grey(), now)
        expression, expression_change = self.expressions.update(look.faces, now)
        if self.expressions.exposed:
            self.room.doubt()
            self._playlists.release()
        faces = sum(face.confirmed and not face.picture for face in look.faces)
        mood, change = self.room.update(expression, faces, now, alive=self.expressions.alive)
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
        # A face lost a moment ago is looked for as closely as any: it is its expression that may be about to end.
        lost = expression.label != NONE and not any(face.expression for face in look.faces)
        people = any(not face.picture for face in look.faces)
        scene = Scene(people or lost, unconfirmed or lost or (people and settled == 0.0), settled)
        interval = self._pace.next_interval(scene)
        self._next = now + interval - EARLY_SECONDS
        return Reading(
            number=frame.number,
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
        """Other thresholds, pace and playlists from now on; nothing that was seen is forgotten."""
        self.expressions.configure(config.mood)
        self.room.configure(config.mood)
        self._pace.configure(config.pace)
        self._playlists.configure(config.playlists.by_mood, config.playlists.hold_minutes * 60.0)

    def load(self, cpu_percent: float, celsius: float | None, throttled: bool | None) -> None:
        """How the device is doing: the pace slows down when it is busy or hot."""
        self._pace.load(cpu_percent, celsius, throttled)

    def ask(self, wish: MusicWish) -> None:
        """Somebody asks something of the music; the next reading has it."""
        self._playlists.ask(wish)

    def lose_sight(self) -> Playlist | None:
        """The camera gives no picture: who is there next is seen anew. The mood of the last minutes and its playlist,
        which is returned, are there still when it is soon back."""
        self._vision.forget()
        self.expressions.forget()
        self._next = float("-inf")
        return self._playlists.current

    def forget(self, mood: str, now: float) -> Playlist | None:
        """The camera was switched: nothing seen before counts any more, and the room's mood is `mood` without a look
        (`paused`, or `absent` again). Returns the playlist of that."""
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
    expressions = ExpressionFilter(config.mood, Baseline(config.mood.baseline_hours))
    playlists = Playlists(config.playlists.by_mood, config.playlists.hold_minutes * 60.0, random)
    return Pipeline(Vision(config.faces, model), expressions, RoomMood(config.mood), Pace(config.pace), playlists)
