"""Every state of the page under axe-core, narrow and dark, wide and light; `screenshots --axe` has all sizes."""

from collections.abc import Iterator

import pytest

from tests.browser.axe import source, violations
from tests.browser.driver import Browser
from tests.browser.screenshots import opened, rooms


@pytest.fixture(scope="module")
def axe() -> Iterator[str]:
    found = source()
    if found is None:
        pytest.skip("axe-core is not here: pip install --no-deps -r requirements-axe.txt")
    yield found


@pytest.mark.parametrize(("size", "scheme"), [((320, 640), "dark"), ((1280, 800), "light")], ids=["phone", "desk"])
@pytest.mark.parametrize("state", rooms())
def test_axe_finds_nothing(browser: Browser, axe: str, state: str, scheme: str, size: tuple[int, int]) -> None:
    with opened(browser, state, size, scheme):
        assert violations(browser, axe) == []


def test_axe_finds_a_picture_without_words(browser: Browser, axe: str) -> None:
    """What finds nothing must be able to find something."""
    browser.open("data:text/html,<html lang=en><title>x</title><main><h1>x</h1><img src=x></main>")
    assert any(line.startswith("image-alt: ") for line in violations(browser, axe))
