"""Plots as SVG text, with no library: they open anywhere and need nothing from outside."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from html import escape

from train.arrays import Array

COLOURS = ("#3366aa", "#cc5533", "#2a8a5a", "#8a5ab0", "#a08020", "#557788")
_LEFT, _TOP, _WIDTH, _HEIGHT = 48, 28, 460, 240
_BOTTOM = _TOP + _HEIGHT + 56


def curves(series: dict[str, list[tuple[float, float]]], title: str) -> str:
    """Lines over the epochs: for each name its points (epoch, value)."""
    points = [point for line in series.values() for point in line]
    if not points:
        return ""
    low_x, high_x = min(x for x, _ in points), max(x for x, _ in points)
    low_y, high_y = min(y for _, y in points), max(y for _, y in points)
    frame = _Frame(low_x, max(high_x, low_x + 1), low_y, high_y if high_y > low_y else low_y + 1)
    body = frame.axes(title, "epoch")
    for i, (name, line) in enumerate(series.items()):
        colour = COLOURS[i % len(COLOURS)]
        path = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in line)
        body += f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        x, y = _LEFT + i % 2 * _WIDTH / 2, _BOTTOM + 18 * (i // 2)
        body += f'<text x="{x:.0f}" y="{y}" fill="{colour}">{escape(name.replace("_", " "))}</text>'
    return _svg(body, lines=(len(series) + 1) // 2)


def reliability_diagram(rows: Sequence[tuple[int, float, float]], title: str) -> str:
    """Accuracy over confidence, bin by bin; the diagonal is a model that knows how sure it may be."""
    frame = _Frame(0, 1, 0, 1)
    total = max(sum(n for n, _, _ in rows), 1)
    body = frame.axes(title, "confidence")
    for b, (n, _, accuracy) in enumerate(rows):
        if n:
            left, right, top = frame.x(b / len(rows)), frame.x((b + 1) / len(rows)), frame.y(accuracy)
            opacity = 0.25 + 0.75 * min(1.0, 4 * n / total)
            body += (
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left - 1:.1f}" height="{frame.y(0) - top:.1f}" '
                f'fill="{COLOURS[0]}" opacity="{opacity:.2f}"><title>{n} faces</title></rect>'
            )
    body += f'<line x1="{frame.x(0)}" y1="{frame.y(0)}" x2="{frame.x(1)}" y2="{frame.y(1)}" stroke="#888"/>'
    return _svg(body)


def confusion_table(matrix: Sequence[Sequence[int]], labels: Sequence[str]) -> str:
    """An HTML table: rows are the truth, shaded by the share of the row."""
    head = "".join(f"<th>{escape(label)}</th>" for label in labels)
    rows = []
    for label, row in zip(labels, matrix, strict=True):
        cells = "".join(
            f'<td style="background:rgba(51,102,170,{count / max(sum(row), 1):.2f})">{count}</td>' for count in row
        )
        rows.append(f"<tr><th>{escape(label)}</th>{cells}</tr>")
    return f'<table class="confusion"><tr><th>truth ╲ guess</th>{head}</tr>{"".join(rows)}</table>'


def face(image: Array) -> str:
    """A grey uint8 face as an <img> with its pixels in it."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    pixels = base64.b64encode(buffer.getvalue()).decode()
    return f'<img alt="" width="96" height="96" src="data:image/png;base64,{pixels}">'


class _Frame:
    """From values to pixels."""

    def __init__(self, low_x: float, high_x: float, low_y: float, high_y: float) -> None:
        self._low = (low_x, low_y)
        self._high = (high_x, high_y)

    def x(self, value: float) -> float:
        return _LEFT + (value - self._low[0]) / (self._high[0] - self._low[0]) * _WIDTH

    def y(self, value: float) -> float:
        return _TOP + _HEIGHT - (value - self._low[1]) / (self._high[1] - self._low[1]) * _HEIGHT

    def axes(self, title: str, below: str) -> str:
        text = f'<rect x="{_LEFT}" y="{_TOP}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#bbb"/>'
        for x in ticks(self._low[0], self._high[0]):
            text += f'<text x="{self.x(x):.0f}" y="{_TOP + _HEIGHT + 16}" text-anchor="middle">{x:.6g}</text>'
        for y in ticks(self._low[1], self._high[1]):
            at = self.y(y)
            text += f'<line x1="{_LEFT}" y1="{at:.1f}" x2="{_LEFT + _WIDTH}" y2="{at:.1f}" stroke="#eee"/>'
            text += f'<text x="{_LEFT - 6}" y="{at + 4:.0f}" text-anchor="end">{y:.6g}</text>'
        middle = _LEFT + _WIDTH / 2
        text += f'<text x="{_LEFT}" y="{_TOP - 10}" font-weight="bold">{escape(title)}</text>'
        return text + f'<text x="{middle}" y="{_TOP + _HEIGHT + 34}" text-anchor="middle">{escape(below)}</text>'


def ticks(low: float, high: float) -> list[float]:
    """Three to nine round numbers from `low` to `high`, which is larger."""
    size = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(size * times for times in (1, 2, 5, 10) if (high - low) / (size * times) <= 8)
    return [n * step for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _svg(body: str, lines: int = 0) -> str:
    """With room for so many lines of a legend."""
    return f'<svg viewBox="0 0 {_LEFT + _WIDTH + 20} {_BOTTOM - 10 + 18 * lines}" role="img">{body}</svg>'
