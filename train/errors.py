"""What can be wrong with what the user gave: one line, exit 2."""

from edge.errors import EdgeError


class TrainError(EdgeError):
    """Bad data, votes, model or recipe; the message names the file and what is wrong with it."""


def first_line(error: BaseException) -> str:
    """What a library's error says, cut to what fits into one line of ours."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
