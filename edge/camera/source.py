"""What every source of frames can do."""

from abc import ABC, abstractmethod

from edge.records import Frame


class Source(ABC):
    """Frames from one camera or recording. Opened by its constructor, used by one thread at a time."""

    #: What the log says; never a password.
    name: str
    #: A camera, whose frames are lost unless they are taken; otherwise a recording, with a clock of its own.
    live: bool = True
    #: Frames that are not taken queue up: they must be skipped as they come, or the next read gets an old one.
    backlog: bool = False
    #: A file or a folder, which is not opened again at its end.
    ends: bool = False
    #: Frames a second at present; None where unknown (never for a recording).
    fps: float | None = None
    #: How long its picture may stay the same, pixel by pixel; None: for ever.
    still_seconds: float | None = None

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame; None at the end of a recording. Raises CameraError.

        A camera's `t` is `time.monotonic()`, a recording's the media's own clock in seconds from its first frame. It
        rises with every frame, also from one round of a loop to the next.
        """

    @abstractmethod
    def skip(self) -> bool:
        """Takes one frame without making its pixels; False at the end of a recording. Raises CameraError."""

    @abstractmethod
    def close(self) -> None:
        """Releases the device or file. May be called twice."""

    def pace(self, interval_seconds: float) -> None:  # noqa: B027 - most have a fixed rate
        """Lets a sensor run slower: no frame is wanted more often than this."""

    def interrupt(self) -> None:  # noqa: B027 - most calls cannot be stopped
        """Ends a call that is running; called from another thread, before `close`."""


class Recording(Source):
    """A file or a folder."""

    live = False
    ends = True
