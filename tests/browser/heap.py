"""Whether a page that stays open grows: `python -m tests.browser.heap http://127.0.0.1:8080/ --minutes 30`.

Prints, once a minute and after the garbage is collected, what the tab's scripts hold, and how many nodes and listeners
there are.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from tests.browser.driver import Browser


def main() -> None:
    parser = argparse.ArgumentParser(description="What an open page holds, minute by minute.")
    parser.add_argument("address", help="of the page of a running Moodcast")
    parser.add_argument("--minutes", type=int, default=30)
    args = parser.parse_args()
    chromedriver = shutil.which("chromedriver")
    if not chromedriver:
        parser.error("chromedriver is not installed: apt-get install chromium chromium-driver")
    with tempfile.TemporaryDirectory() as name, Browser(chromedriver, Path(name)) as browser:
        browser.look(1280, 800)
        browser.open(args.address)
        browser.cdp("Performance.enable")
        print("minute  heap KiB  nodes  listeners")
        for minute in range(args.minutes + 1):
            browser.cdp("HeapProfiler.collectGarbage")
            found = {each["name"]: each["value"] for each in browser.cdp("Performance.getMetrics")["metrics"]}
            heap, nodes, listeners = (found[key] for key in ("JSHeapUsedSize", "Nodes", "JSEventListeners"))
            print(f"{minute:6} {heap / 1024:9.0f} {nodes:6.0f} {listeners:10.0f}", flush=True)
            time.sleep(60)


if __name__ == "__main__":
    main()
