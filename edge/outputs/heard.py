"""What a message that came in means. Pure: it decides, others act."""

from dataclasses import dataclass

from edge.outputs.messages import ONLINE, Topics

_CAMERA = {b"ON": True, b"OFF": False}
_SHOWN_BYTES = 40


@dataclass(frozen=True, slots=True)
class Heard:
    """`camera`: switch it so; `born`: Home Assistant has started and knows nothing of us; `warning`: a line for
    the log about a command that is not obeyed; `again`: the broker sends it at every connection, so one line is
    enough. All empty: nothing to do."""

    camera: bool | None = None
    born: bool = False
    warning: str = ""
    again: bool = False


def understand(topics: Topics, topic: str | None, payload: bytes, retained: bool) -> Heard:
    """`retained` says that the broker had kept the message: it is as old as may be, so it is never obeyed.

    `topic` is None where it was not UTF-8. ON and OFF are taken in any case of letters and with space around. An empty
    payload is how a kept message is removed: whoever listens gets it live, and it asks for nothing.
    """
    if topic in topics.births:
        return Heard(born=payload == ONLINE.encode() and not retained)
    if topic != topics.camera_set or not payload:
        return Heard()
    shown = repr(payload[:_SHOWN_BYTES]) + (f"… ({len(payload)} bytes or more)" if len(payload) > _SHOWN_BYTES else "")
    camera = _CAMERA.get(payload.strip().upper()) if len(payload) <= _SHOWN_BYTES else None
    if camera is None:
        return Heard(warning=f"{topic}: {shown} is not a command; ON and OFF are", again=retained)
    if retained:
        return Heard(
            warning=f"{topic}: {shown} was kept by the broker (retained), so it is old and not obeyed; "
            f"remove it with: mosquitto_pub -r -n -t {topic}",
            again=True,
        )
    return Heard(camera=camera)
