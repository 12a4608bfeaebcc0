"""What a kind of input gives back to the runner."""

from dataclasses import dataclass


class Broken(AssertionError):
    """Something that must hold did not; the message says what, and which input did it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was put in, how often, and what held."""

    input: str
    count: int
    held: str
