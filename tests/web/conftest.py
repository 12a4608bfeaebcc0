"""What the page's tests have in common."""

import pytest

from tests.web.room import Room, status


@pytest.fixture
def room() -> Room:
    """A room in which somebody is happy; a test file with other needs has its own."""
    made = Room()
    made.status.put(status())
    return made
