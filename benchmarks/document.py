"""Tables in docs/cost.md that the benchmarks write themselves, between two marks."""

from pathlib import Path

COST = Path(__file__).parent.parent / "docs/cost.md"


def with_table(document: str, mark: str, text: str) -> str:
    """`document` with `text` between `<!-- MARK -->` and `<!-- end of MARK -->`. Raises ValueError without the two."""
    before, begin, rest = document.partition(f"<!-- {mark} -->\n")
    _, end, after = rest.partition(f"<!-- end of {mark} -->\n")
    if not (begin and end):
        raise ValueError(f"no <!-- {mark} --> with its end in the document")
    return f"{before}{begin}{text}\n{end}{after}"


def write_table(mark: str, text: str) -> None:
    COST.write_text(with_table(COST.read_text(encoding="utf-8"), mark, text), encoding="utf-8")
