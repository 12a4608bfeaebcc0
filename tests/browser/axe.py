"""axe-core, which looks for what people with disabilities cannot use: WCAG 2.2 A and AA, and its own best practice."""

import importlib.util
from pathlib import Path

from tests.browser.driver import Browser

_RUN = """
return axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
  .then((found) => found.violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)}`)))
"""


def source() -> str | None:
    """axe-core, from the package that carries it (requirements-axe.txt), which is not imported; None without it."""
    found = importlib.util.find_spec("axe_playwright_python")
    if not found or not found.submodule_search_locations:
        return None
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")


def violations(browser: Browser, axe: str) -> list[str]:
    """What axe finds in the page that is open, as it is and with all open that can be: the rule and the element, one
    line each."""
    browser.run(axe + "\nreturn true")
    lines: list[str] = browser.run(_RUN)
    browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
    lines += browser.run(_RUN)
    return lines
