"""The mood room: from evidence to the room's mood; pure, it reads no clock."""
