"""The camera room: pictures come in here."""
