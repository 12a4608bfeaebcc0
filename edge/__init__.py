"""Moodcast on the device: a camera in, the room's mood out."""

__version__ = "0.1.0"
