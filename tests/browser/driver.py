"""A browser for tests: Chromium through chromedriver, spoken to in the W3C WebDriver protocol (JSON over HTTP)."""

import base64
import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element's reference (W3C WebDriver, section 11)
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


#: What chromedriver says of an element whose page is being left.
GONE = ("stale element reference", "no such element", "does not belong to the document")


class Gone(AssertionError):
    """The element is not there, or not any more: the page may be on its way."""


class Browser:
    """One window of a new profile in `folder`; a context manager that ends Chromium."""

    def __init__(self, chromedriver: str, folder: Path) -> None:
        with (folder / "chromedriver.log").open("wb") as log:
            self._process = subprocess.Popen([chromedriver, "--port=0"], stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdout
        for line in self._process.stdout:
            if found := re.search(rb"successfully on port (\d+)", line):
                self._base = f"http://127.0.0.1:{found[1].decode()}"
                break
        else:
            raise RuntimeError("chromedriver did not start")
        options = {"args": [*FLAGS, f"--user-data-dir={folder / 'profile'}"]}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        try:
            self._base += f"/session/{self._send('POST', '/session', {'capabilities': wanted})['sessionId']}"
        except BaseException:  # whatever it is: chromedriver must not outlive it
            self._process.kill()
            raise

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._send("DELETE", "")
        self._process.terminate()
        self._process.wait(10)
        if self._process.stdout:
            self._process.stdout.close()

    def _send(self, method: str, path: str, content: Any = None) -> Any:
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                problem = json.load(error)["value"]
            line = f"{method} {path}: {problem['error']}: {problem['message']}"
            gone = any(sign in line for sign in GONE)
            raise Gone(line) if gone else AssertionError(line) from None

    def cdp(self, command: str, **params: Any) -> Any:
        """A command of the Chrome DevTools protocol."""
        return self._send("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

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
        self._send("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """What `script` (the body of a function) returns in the page."""
        return self._send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector: str) -> str:
        found = self._send("POST", "/element", {"using": "css selector", "value": selector})
        return str(found[ELEMENT])

    def enter(self, frame: str) -> None:
        """What follows is asked of the page in this frame, until another page is opened."""
        self._send("POST", "/frame", {"id": {ELEMENT: self.find(frame)}})

    def click(self, selector: str) -> None:
        self._send("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        """Types into an element; for a file field, chooses the file of that path."""
        self._send("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def text(self, selector: str) -> str:
        return str(self._send("GET", f"/element/{self.find(selector)}/text"))

    def shown(self, selector: str) -> bool:
        return bool(self._send("GET", f"/element/{self.find(selector)}/displayed"))

    def name(self, selector: str) -> str:
        """What a screen reader calls the element."""
        return str(self._send("GET", f"/element/{self.find(selector)}/computedlabel"))

    def complaints(self) -> list[str]:
        """Errors and warnings of the browser's console since the last call: broken scripts, blocked files."""
        entries = self._send("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

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
            except Gone as error:
                value = error
            assert time.monotonic() < end, f"not within {seconds} s; the last value was {value!r}"
            time.sleep(0.1)
