"""When the room's mood has really changed, how often to look, and what to play: no clock, no I/O."""
