"""The web room: the page and the API, served on the LAN. docs/api.md is its contract."""

from edge.web.app import create_app
from edge.web.ports import Calibration, HistoryReader, Photo
from edge.web.server import Server, probe

__all__ = ["Calibration", "HistoryReader", "Photo", "Server", "create_app", "probe"]
