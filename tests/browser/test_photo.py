"""Photos in a real Chromium: chosen, dropped, pasted, taken there, and without scripts."""

from pathlib import Path

import pytest

from edge.records import Box
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.browser.serving import serving
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


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_photo_that_comes_before_its_code_is_read_too(page: Browser, room: Room, way: str) -> None:
    page.look(1280, 300)  # its card is far below
    page.open(page.run("return location.href"))
    assert not page.run("return performance.getEntriesByType('resource').some((one) => one.name.endsWith('/photo.js'))")
    assert page.run(f"return (async function () {{ {SEND} }}).apply(null, arguments)", way, True)
    assert "Happy" in result(page)
    assert len(room.photos) == 1


def test_dropped_text_is_no_photo_and_does_not_leave_the_page(page: Browser, room: Room) -> None:
    assert page.run(f"return (async function () {{ {SEND} }}).apply(null, arguments)", "drop", False)
    assert result(page) == "That is not a picture."
    assert room.photos == []


def test_a_picture_is_taken_with_the_camera_of_the_browser(page: Browser, room: Room) -> None:
    page.run("document.getElementById('photo-card').scrollIntoView()")
    page.click("#take")
    page.until(lambda: page.run("return document.getElementById('viewfinder').videoWidth > 0"))
    mirrored = "return new DOMMatrix(getComputedStyle(document.getElementById('viewfinder')).transform).a"
    assert page.run(mirrored) == -1
    page.click("#snap")
    assert "Happy" in result(page)
    assert len(room.photos) == 1
    assert not page.shown("#viewfinder")
    assert page.run("return document.getElementById('viewfinder').srcObject.getTracks()[0].readyState") == "ended"


def test_taking_a_picture_keeps_the_keyboards_focus(page: Browser, room: Room) -> None:
    page.run("document.getElementById('photo-card').scrollIntoView()")
    page.until(lambda: page.shown("#paste"))
    page.type("#take", " ")
    page.until(lambda: page.run("return document.getElementById('viewfinder').videoWidth > 0"))
    page.type("#snap", " ")
    assert "Happy" in result(page)
    assert page.run("return document.activeElement.id") == "take"


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


FROZEN = """
const patient = AbortSignal.timeout;
AbortSignal.timeout = () => patient.call(AbortSignal, 100);
window.fetch = (_, { signal } = {}) => new Promise((_, fail) =>
  signal?.addEventListener('abort', () => fail(signal.reason)));
"""


def test_a_device_that_freezes_over_a_photo_is_told_and_not_waited_for(page: Browser, root: Path) -> None:
    page.run(FROZEN)  # a fake: it takes what is sent and never answers; patience is a tenth of a second
    page.type("#photo", portrait(root))
    assert result(page) == "The device did not answer. Is it still there?"


def test_that_the_device_did_not_answer_goes_when_it_is_back(
    page: Browser, room: Room, served: Server, root: Path
) -> None:
    page.run("document.getElementById('photo-card').scrollIntoView()")
    page.until(lambda: page.shown("#paste"))
    served.close()
    page.until(lambda: page.text("#connection") == "reconnecting…")
    page.type("#photo", portrait(root))
    assert result(page) == "The device did not answer. Is it still there?"
    with serving(page, room, served.port):
        page.until(lambda: not page.shown("#photo-error"))
    page.complaints()


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


TWO = ReadPhoto((face("sad", Box(20, 40, 60, 60)), face("happy", Box(120, 60, 110, 110))), width=268, height=280)


def test_each_face_has_one_number_and_one_colour_in_the_picture_and_in_the_result(
    page: Browser, room: Room, root: Path
) -> None:
    room.found = TWO
    page.type("#photo", portrait(root))
    assert "what both faces show together" in result(page)
    rows = page.run("return [...document.querySelectorAll('.seen-faces summary')].map((row) => row.innerText)")
    assert [row.split()[1:3] for row in rows] == [["1", "Happy,"], ["2", "Sad,"]]
    at = "return [[120, 115], [20, 70]].map(([x, y]) => "
    drawn = page.run(
        "const pen = document.getElementById('preview').getContext('2d');"
        + at
        + "[...pen.getImageData(x, y, 1, 1).data].slice(0, 3).join(', '))"
    )
    shown = page.run(
        "return [...document.querySelectorAll('.number')].map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert shown == [f"rgb({colour})" for colour in drawn]


def test_the_verdict_is_in_view_and_is_what_is_read_out_without_the_bars(page: Browser, room: Room, root: Path) -> None:
    room.found = TWO
    page.type("#photo", portrait(root))
    result(page)
    page.until(lambda: page.text("#photo-said").startswith("Happy") or page.text("#photo-said").startswith("Sad"))
    said = page.run("return document.getElementById('photo-said').textContent")
    assert said.endswith("Face 1: probably happy. Face 2: probably sad.")
    assert page.run("return document.getElementById('result').closest('[aria-live]')") is None
    box = page.run(
        "const { top, bottom } = document.querySelector('.verdict').getBoundingClientRect(); return [top, bottom]"
    )
    assert box[0] >= 0 and box[1] <= page.run("return innerHeight")


def test_a_photo_is_enlarged_and_goes_back(page: Browser, room: Room, root: Path) -> None:
    page.type("#photo", portrait(root))
    result(page)
    before = page.run("return document.getElementById('preview').getBoundingClientRect().height")
    page.click("#enlarge")
    assert page.run("return document.querySelector('dialog').open")
    assert page.run("return document.getElementById('preview').getBoundingClientRect().height") > before
    page.click("dialog .button")
    page.until(lambda: page.run("return !document.querySelector('dialog')"))
    assert page.run("return document.getElementById('drop').contains(document.getElementById('preview'))")
    assert page.run("return document.activeElement.id") == "enlarge"


def test_a_photo_is_cleared(page: Browser, room: Room, root: Path) -> None:
    page.type("#photo", portrait(root))
    result(page)
    page.click("#clear")
    assert page.run("return document.getElementById('result').childElementCount") == 0
    assert not page.shown("#preview") and not page.shown("#clear")


@pytest.mark.parametrize(("there", "said"), [(True, "Happy"), (False, "There is no picture on the clipboard.")])
def test_a_photo_is_pasted_by_a_button(page: Browser, room: Room, there: bool, said: str) -> None:
    page.run("document.getElementById('photo-card').scrollIntoView()")
    page.until(lambda: page.shown("#paste"))
    page.run(
        "const canvas = document.createElement('canvas'); canvas.width = canvas.height = 64;"
        "const getType = () => new Promise((done) => canvas.toBlob(done));"
        "navigator.clipboard.read = async () => arguments[0] ? [{ types: ['text/html', 'image/png'], getType }] : [];",
        there,
    )
    page.click("#paste")
    assert said in result(page)


def test_where_no_camera_is_lent_the_page_says_so_and_what_to_do(served: Server, browser: Browser) -> None:
    plain = "Object.defineProperty(window, 'isSecureContext', { get: () => false });"
    added = browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=plain)
    try:
        browser.open(f"http://127.0.0.1:{served.port}/")
        browser.run("document.getElementById('photo-card').scrollIntoView()")
        browser.until(lambda: browser.shown("#no-camera"))
        assert "caddy reverse-proxy" in browser.text("#no-camera")
        assert not browser.shown("#take")
    finally:
        browser.cdp("Page.removeScriptToEvaluateOnNewDocument", **added)
