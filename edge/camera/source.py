"""What every source of frames can do."""

from abc import ABC, abstractmethod

from edge.records import Frame


class Source(ABC):
    """Frames from one camera or recording. Opened by its constructor, used by one thread at a time."""

    #: What the log says; never a password.
    name: str
    #: A camera, whose frames are lost when nobody takes them; otherwise a recording, with a clock of its own.
    live: bool = True
    #: Frames nobody takes wait in a queue, so they must be skipped as they come, or the next read is late.
    backlog: bool = False
    #: It is a file or a folder, whose end is the end; anything else is opened again.
    ends: bool = False
    #: The frames a second it gives now, None where it cannot say; a recording always can.
    fps: float | None = None
    #: How long its picture may stay the very same; None: for ever.
    still_seconds: float | None = None

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame; None at the end of a recording. Raises CameraError.

        A recording's `t` is the media's own clock in seconds from its first frame, rising with every frame,
        also from one round of a loop to the next. A camera's is `time.monotonic()`.
        """

    @abstractmethod
    def skip(self) -> bool:
        """Goes one frame on without making its pixels; False at the end of a recording. Raises CameraError."""

    @abstractmethod
    def close(self) -> None:
        """Gives the device or file back. May be called twice."""

    def pace(self, interval_seconds: float) -> None:  # noqa: B027 - most have no rate that could be changed
        """No frame is wanted more often than this: a sensor that can run slower may."""

    def interrupt(self) -> None:  # noqa: B027 - most calls cannot be stopped
        """From another thread, before `close`: whatever call is under way need not go on."""


class Recording(Source):
    """A file or a folder."""

    live = False
    ends = True
