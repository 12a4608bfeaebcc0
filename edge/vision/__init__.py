"""The vision room: from a grey frame to faces and their expressions."""
