"""The web room: the page and the API, served on the LAN. docs/api.md is its contract."""
