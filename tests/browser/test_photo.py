"""Photos in a real Chromium: chosen, dropped, pasted, taken there, and without scripts."""

from pathlib import Path

import pytest

from edge.records import Box
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.web.room import ReadPhoto, Room, face


def portrait(root: Path) -> str:
    return str(root / "edge" / "demo" / "eileen_collins.png")


def result(page: Browser) -> str:
    return str(
        page.until(lambda: page.run("return document.querySelector('#result .found, #result .error')?.innerText"))
    )


def test_a_chosen_photo_is_read(page: Browser, room: Room, root: Path) -> None:
    room.found = ReadPhoto((face("happy", Box(180, 70, 90, 90)),))
    page.type("#photo", portrait(root))
    seen = result(page)
    assert "Happy" in seen
    assert "probably, 70 %" in seen
    assert "Happy Hits!" in seen
    assert room.photos[0][:2] == b"\xff\xd8", "made small by the browser, and JPEG"
    assert page.shown("#preview")
    assert page.complaints() == []


def test_the_faces_are_marked_on_the_photo(page: Browser, room: Room, root: Path) -> None:
    room.found = ReadPhoto((face("happy", Box(80, 60, 110, 110)),), width=268, height=280)
    page.type("#photo", portrait(root))
    result(page)
    marked = page.run(
        "const pen = document.getElementById('preview').getContext('2d');"
        "return [[80, 115], [135, 170], [135, 115]].map(([x, y]) => [...pen.getImageData(x, y, 1, 1).data].slice(0, 3))"
    )
    left, bottom, inside = marked
    assert left == bottom == [239, 171, 34], "the mood's colour on the left and the lower side of the box"
    assert inside != left


SEND = """
const canvas = document.createElement('canvas'); canvas.width = canvas.height = 64;
const photo = await new Promise((done) => canvas.toBlob(done));
const carried = new DataTransfer();
const [way, isPhoto] = arguments;
carried.items.add(new File([isPhoto ? photo : 'text'], 'sent', { type: isPhoto ? 'image/png' : 'text/plain' }));
const settings = { bubbles: true, cancelable: true };
const event = way === 'paste' ? new ClipboardEvent(way, { ...settings, clipboardData: carried })
  : new DragEvent(way, { ...settings, dataTransfer: carried });
document.getElementById('drop').dispatchEvent(event);
return event.defaultPrevented
"""


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_pasted_or_dropped_photo_is_read(page: Browser, room: Room, way: str) -> None:
    assert page.run(f"return (async function () {{ {SEND} }}).apply(null, arguments)", way, True)
    assert "Happy" in result(page)
    assert len(room.photos) == 1


def test_dropped_text_is_no_photo_and_does_not_leave_the_page(page: Browser, room: Room) -> None:
    assert page.run(f"return (async function () {{ {SEND} }}).apply(null, arguments)", "drop", False)
    assert result(page) == "That is not a picture."
    assert room.photos == []


def test_a_picture_is_taken_with_the_camera_of_the_browser(page: Browser, room: Room) -> None:
    page.click("#take")
    page.until(lambda: page.run("return document.getElementById('viewfinder').videoWidth > 0"))
    page.click("#snap")
    assert "Happy" in result(page)
    assert len(room.photos) == 1
    assert not page.shown("#viewfinder")
    assert page.run("return document.getElementById('viewfinder').srcObject.getTracks()[0].readyState") == "ended"


def test_what_the_browser_cannot_read_is_left_to_the_device(page: Browser, room: Room, tmp_path: Path) -> None:
    file = tmp_path / "odd.tiff"
    file.write_bytes(b"not a picture")
    page.type("#photo", str(file))
    assert "this is no picture that can be read" in result(page)
    assert room.photos == [b"not a picture"]


def test_a_photo_that_is_too_large_is_not_even_sent(page: Browser, room: Room, tmp_path: Path) -> None:
    file = tmp_path / "huge.tiff"
    file.write_bytes(bytes(9 * 2**20))
    page.type("#photo", str(file))
    assert result(page) == "This photo is too large: at most 8 MiB."
    assert room.photos == []


def test_without_scripts_the_essentials_work(served: Server, browser: Browser, room: Room, root: Path) -> None:
    browser.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(f"http://127.0.0.1:{served.port}/")
        assert browser.text("h1") == "Happy"
        browser.click("#camera")
        browser.until(lambda: room.switched == [False])
        browser.until(lambda: browser.text("h1") == "Happy")
        browser.type("#photo", portrait(root))
        browser.click("#photo-form noscript button")
        browser.until(lambda: "probably, 70 %" in browser.text("#result"))
        assert room.photos[0][:4] == b"\x89PNG"
    finally:
        browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
