"""A browser for tests: Chromium through Selenium, with the words the tests speak in."""

import base64
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
#: What is said of an element that is not there, or not any more: the page may be on its way.
GONE = (NoSuchElementException, StaleElementReferenceException)
_LEFT = "does not belong to the document"  # of an element whose page is being left


class Browser:
    """One window of a new profile in `folder`; a context manager that ends Chromium."""

    def __init__(self, chromedriver: str, folder: Path) -> None:
        options = ChromeOptions()
        for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self._driver = Chrome(options, ChromeService(chromedriver, log_output=str(folder / "chromedriver.log")))

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._driver.quit()

    def cdp(self, command: str, **params: Any) -> Any:
        """A command of the Chrome DevTools protocol."""
        return self._driver.execute_cdp_cmd(command, params)

    def look(self, width: int, height: int, scheme: str = "light", *, touch: bool = False, still: bool = False) -> None:
        """The window's size in CSS pixels, the colour scheme, a phone's touch screen, a wish for no motion."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=touch)
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=touch)
        motion = "reduce" if still else "no-preference"
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        self.cdp("Emulation.setEmulatedMedia", features=features)

    def open(self, url: str) -> None:
        self._driver.get(url)

    def run(self, script: str, *arguments: Any) -> Any:
        """What `script` (the body of a function) returns in the page."""
        return self._driver.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        return self._driver.find_element(By.CSS_SELECTOR, selector)

    def enter(self, frame: str) -> None:
        """What follows is asked of the page in this frame, until another page is opened."""
        self._driver.switch_to.frame(self.find(frame))

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def type(self, selector: str, text: str) -> None:
        """Types into an element; for a file field, chooses the file of that path."""
        self.find(selector).send_keys(text)

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def shown(self, selector: str) -> bool:
        return self.find(selector).is_displayed()

    def name(self, selector: str) -> str:
        """What a screen reader calls the element."""
        return self.find(selector).accessible_name

    def complaints(self) -> list[str]:
        """Errors and warnings of the browser's console since the last call: broken scripts, blocked files. What a page
        that was left did not get to its end is none."""
        entries = self._driver.get_log("browser")  # type: ignore[no-untyped-call]
        said = [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]
        return [message for message in said if not message.startswith("about:blank")]

    def screenshot(self, file: Path, *, whole: bool = False) -> None:
        shot = self.cdp("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def until(self, what: Callable[[], Any], seconds: float = 15.0) -> Any:
        """What `what` returns as soon as it is true; fails with its last value otherwise. An element may yet come."""
        end = time.monotonic() + seconds
        while True:
            try:
                if value := what():
                    return value
            except WebDriverException as error:
                if not isinstance(error, GONE) and _LEFT not in str(error.msg):
                    raise
                value = error.msg
            assert time.monotonic() < end, f"not within {seconds} s; the last value was {value!r}"
            time.sleep(0.1)
