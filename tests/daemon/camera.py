"""A camera for the switch."""

from edge.camera.capture import Capture


class Camera(Capture):
    """`on` is what the switch made of it."""

    def __init__(self) -> None:
        self.on = True

    def pause(self) -> None:
        self.on = False

    def resume(self) -> None:
        self.on = True
