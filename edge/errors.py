"""The few errors that reach the owner: each message is one line that names the key or the file and what to do."""


def printable(text: str) -> str:
    """What a terminal shows as it is: control characters and what turns the direction become escapes; lines stay."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


class EdgeError(Exception):
    """Something the owner can mend. Shown as one line, without a traceback; the process exits with 2."""

    def __init__(self, text: str) -> None:
        super().__init__(printable(text))


class ConfigError(EdgeError):
    """The configuration is not usable. `problems` holds one line a problem, each naming its key."""

    def __init__(self, problems: list[str] | str) -> None:
        self.problems = [printable(line) for line in ([problems] if isinstance(problems, str) else problems)]
        super().__init__("\n".join(self.problems))


class CameraError(EdgeError):
    """The camera, video, folder or picture cannot be opened or read. A camera is then tried again."""


class SourceError(CameraError):
    """What no waiting can mend: a file that is not there, an address that is none."""


class ModelError(EdgeError):
    """The model or its JSON is missing, damaged, of another shape, or no runtime can load it."""


class PictureError(EdgeError):
    """The bytes are no picture that can be used; the line is without the file's name, which the caller knows."""
