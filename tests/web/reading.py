"""What a reader sees of a page."""

import re

from tests.web.room import Room


def page(room: Room, path: str = "/") -> str:
    answer = room.client().get(path)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def words(html: str) -> str:
    """What a reader sees: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
