"""The playlists of a device whose owner chose none: one of Spotify's own a mood."""

from collections.abc import Mapping
from types import MappingProxyType

from edge.records import Playlist

_SPOTIFY = "https://open.spotify.com/playlist/"

DEFAULT_PLAYLISTS: Mapping[str, tuple[Playlist, ...]] = MappingProxyType(
    {
        "angry": (Playlist("Rock Hard", _SPOTIFY + "37i9dQZF1DWWJOmJ7nRx0C"),),
        "disgust": (Playlist("Kickass Metal", _SPOTIFY + "37i9dQZF1DWTcqUzwhNmKv"),),
        "fear": (Playlist("Ambient Relaxation", _SPOTIFY + "37i9dQZF1DX3Ogo9pFvBkY"),),
        "happy": (Playlist("Happy Hits!", _SPOTIFY + "37i9dQZF1DXdPec7aLTmlC"),),
        "neutral": (Playlist("Chill Vibes", _SPOTIFY + "37i9dQZF1DX889U0CL85jj"),),
        "sad": (Playlist("Sad Songs", _SPOTIFY + "37i9dQZF1DX7qK8ma5wgG1"),),
        "surprise": (Playlist("Dance Party", _SPOTIFY + "37i9dQZF1DXaXB8fQg7xif"),),
    }
)
