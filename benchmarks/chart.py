"""Draws what benchmarks.replaced_system measured: `python -m benchmarks.chart` makes docs/cost.svg of docs/cost.json,
and writes the table of docs/cost.md."""

import argparse
import json
from collections.abc import Mapping
from xml.sax.saxutils import escape

from benchmarks.document import COST, write_table
from benchmarks.replaced_system import TITLES, table

WIDTH, BAR, GAP, LEFT, RIGHT, TOP = 720, 26, 18, 190, 140, 56
#: Follows the reader's colour scheme, on no background of its own.
_STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 16px }
.note { font-size: 12px; fill: #59636e }
.other { fill: #8c959f }
.ours { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .note { fill: #9198a1 } .other { fill: #6e7681 } .ours { fill: #3fb950 }
}
"""


def chart(result: Mapping[str, Mapping[str, float]]) -> str:
    """An SVG: one bar a contender, as long as its CPU time a frame, Moodcast first."""
    names = sorted(result, key=lambda name: result[name]["cpu_ms_per_frame"])
    most = max(result[name]["cpu_ms_per_frame"] for name in names)
    ours = result["moodcast"]["cpu_ms_per_frame"]
    height = TOP + len(names) * (BAR + GAP) + 22
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">',
        '<title id="t">CPU time for each frame of the same recording</title>',
        f'<desc id="d">{escape("; ".join(said(name, result) for name in names))}</desc>',
        f"<style>{_STYLE}</style>",
        '<text class="title" x="0" y="20">CPU time for each frame of the same recording</text>',
        '<text class="note" x="0" y="40">640×480, 30 frames a second, a person in view; milliseconds, shorter is better'
        "</text>",
    ]
    for row, name in enumerate(names):
        ms = result[name]["cpu_ms_per_frame"]
        y = TOP + row * (BAR + GAP)
        length = max(2.0, (WIDTH - LEFT - RIGHT) * ms / most)
        times = "" if name == "moodcast" or not ours else f" · {ms / ours:.0f} ×"
        kind = "ours" if name == "moodcast" else "other"
        rounded = f"{ms:.0f}" if ms >= 10 else f"{ms:.2g}"
        middle = y + BAR / 2 + 5
        lines += [
            f'<text x="{LEFT - 10}" y="{middle:g}" text-anchor="end">{escape(TITLES[name])}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3"/>',
            f'<text x="{LEFT + length + 8:.1f}" y="{middle:g}">{rounded} ms{times}</text>',
        ]
    note = "python -m benchmarks.replaced_system; see docs/cost.md"
    return "\n".join([*lines, f'<text class="note" x="0" y="{height - 6}">{note}</text>', "</svg>", ""])


def said(name: str, result: Mapping[str, Mapping[str, float]]) -> str:
    """A bar in words."""
    return f"{TITLES[name]}: {result[name]['cpu_ms_per_frame']:.2f} ms"


def main() -> None:
    argparse.ArgumentParser(description="Draws docs/cost.json and writes its table into docs/cost.md.").parse_args()
    result = json.loads(COST.with_suffix(".json").read_text(encoding="utf-8"))
    COST.with_suffix(".svg").write_text(chart(result), encoding="utf-8")
    write_table("comparison", table(result))


if __name__ == "__main__":
    main()
