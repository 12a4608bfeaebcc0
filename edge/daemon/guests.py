"""The guest switch: an MQTT topic of the house that keeps the camera off while it says so."""

from edge.daemon.switch import Switch

#: Why the camera is off, as the switch keeps it.
WHY = "topic"


class GuestSwitch:
    """`says` is called by the MQTT thread, `obey` by the main one. Whoever switches the camera on meanwhile has it on
    until the topic says so anew; a camera that was off for good stays so when the topic says otherwise."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._said: bool | None = None
        self._obeyed: bool | None = None

    def says(self, off: bool) -> None:
        self._said = off

    def obey(self) -> None:
        """Every turn of the loop."""
        if self._said is self._obeyed:
            return
        self._obeyed = self._said
        if self._said:
            if self._switch.on or self._switch.until is not None:
                self._switch.ask(False, why=WHY)
        elif self._switch.why == WHY:
            self._switch.ask(True)
