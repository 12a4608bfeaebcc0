"""The web room: the page and the API."""
