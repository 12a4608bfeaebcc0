"""Why there is no connection to the broker."""

from typing import Literal

Kind = Literal["unreachable", "tls", "refused", "version", "silent", "lost", "taken over"]


class BrokerError(Exception):
    """There is no connection, or none any more. `str()` is one line for the owner; `kind` is for deciding.

    unreachable: no TCP connection; tls: the certificates do not fit; refused: the broker said no; version: it does
    not speak this protocol; silent: it hung up or said nothing before it accepted us; lost: it was accepted and
    broke; taken over: another device has our device.id. `host_answers`: its machine is up, only the broker is not.
    """

    def __init__(self, kind: Kind, text: str, host_answers: bool = False) -> None:
        self.kind: Kind = kind
        self.host_answers = host_answers
        super().__init__(text)


class TooLong(BrokerError):
    """The broker sends what is far too long to be for us; the connection is lost."""
