"""How many instructions a frame costs on an emulated Cortex-A53, A72 and A76, beside the plain loop's.

python -m benchmarks.instructions [--cpu NAME]... [--model FILE] [--folder USERLAND] [--json FILE] [--check | --measure]

Counts are repeatable to a fraction of a percent whatever else the machine does, so they can be held: `--check` fails
where one is over its ceiling in benchmarks/ceilings.json by more than 2 %, `--measure` writes that file and the table
in docs/cost.md anew. They compare two programs on one kind of CPU; they are not time. Needs what benchmarks/arm64
needs, and a few minutes a CPU.
"""

import argparse
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.arm64.userland import CPUS, HERE, Cpu, Userland, UserlandError
from benchmarks.document import write_table
from edge.vision.model import SHIPPED

CEILINGS = Path(__file__).parent / "ceilings.json"
MARGIN = 1.02
#: What a face may cost the classifier (millions of instructions).
INFERENCE_LIMITS = {"cortex-a53": 36.0, "cortex-a72": 30.0}
#: Figures in the order they are shown, and what they are.
FIGURES = {
    "recording_frame": "a frame of a recording with a person, on average",
    "analysed_frame": "a frame that is looked at, on average",
    "near_look": "  a look at a face that is tracked",
    "full_look": "  a look with a full scan",
    "empty_look": "a look at an empty room",
    "empty_second": "a second of an empty room",
    "plain_frame": "the plain loop, a frame",
    "full_scan": "full scan alone",
    "near_scan": "scan near a known face alone",
    "second_opinion": "the second cascade's opinion alone",
    "inference": "inference alone",
    "crop": "crop alone",
    "quality": "quality of a look alone",
    "motion": "motion alone",
    "grey": "grey from colour alone",
    "mood": "mood alone",
}

Counts = dict[str, list[int]]


def counts(names: Sequence[str], said: str) -> Counts:
    """Name -> instructions of each of its sections, from the plugin's lines in `said`.

    Section n of `names`, counted from 1, lies between the marks 2n and 2n + 1.
    """
    marks = {int(mark): int(total) for mark, total in re.findall(r"^counted (\d+) (\d+)$", said, re.MULTILINE)}
    found: Counts = defaultdict(list)
    for number, name in enumerate(names, 1):
        try:
            found[name].append(marks[2 * number + 1] - marks[2 * number])
        except KeyError:
            raise UserlandError(f"section {number} ({name}) has no count; does QEMU load the plugin?") from None
    return dict(found)


def figures(result: Mapping[str, Any], found: Counts) -> dict[str, float]:
    """Millions of instructions under the names of FIGURES; the marks' own are taken off."""
    nothing = sum(found["nothing"]) / len(found["nothing"])
    sums = {name: sum(each) - nothing * len(each) for name, each in found.items()}
    means = {name: total / len(found[name]) for name, total in sums.items()}
    person, empty = result["person"], result["empty"]

    def of(kind: str) -> float:
        return sum(total for name, total in sums.items() if name.startswith(f"{kind}: "))

    whole = {
        "recording_frame": of("person") / person["frames"],
        "analysed_frame": of("person") / person["analysed"],
        "near_look": means["person: near"],
        "full_look": means["person: full"],
        "empty_look": means["empty: empty"],
        "empty_second": of("empty") / empty["seconds"],
        "plain_frame": means["plain"],
    }
    alone = {name: means[name.replace("_", " ")] for name in FIGURES if name not in whole}
    return {name: round(value / 1e6, 3) for name, value in (whole | alone).items()}


def count(userland: Userland, cpu: Cpu, model: Path) -> dict[str, Any]:
    """The figures of one CPU, and how its recordings went."""
    out, err = userland.run(cpu, ["python3", "-m", "benchmarks.arm64.guest"], model, count=True)
    result = json.loads(out)
    return {"millions": figures(result, counts(result.pop("sections"), err)), **result}


def problems(measured: Mapping[str, Any], ceilings: Mapping[str, Any]) -> list[str]:
    """A line for every figure that is over its ceiling or limit, or has no ceiling."""
    found = []
    for cpu, result in measured.items():
        millions, held = result["millions"], ceilings["millions"].get(cpu, {})
        for name, value in millions.items():
            if name not in held:
                found.append(f"{cpu}: {name} has no ceiling; set it with scripts/test-arm64 --measure")
            elif value > held[name] * MARGIN:
                found.append(f"{cpu}: {name} is {value:.2f} M, {value / held[name] - 1:+.1%} on {held[name]:.2f} M")
        limit = INFERENCE_LIMITS.get(cpu)
        if limit is not None and millions["inference"] > limit:
            found.append(f"{cpu}: inference is {millions['inference']:.1f} M, over the limit of {limit:g} M")
    return found


def table(measured: Mapping[str, Any]) -> str:
    """Markdown, millions of instructions."""
    lines = ["| millions of instructions | " + " | ".join(measured) + " |", "|---" * (len(measured) + 1) + "|"]
    for name, text in FIGURES.items():
        values = " | ".join(f"{result['millions'][name]:.2f}" for result in measured.values())
        lines.append(f"| {text.strip()} | {values} |")
    for title, key in (("a frame", "recording_frame"), ("a frame looked at", "analysed_frame")):
        shares = (result["millions"]["plain_frame"] / result["millions"][key] for result in measured.values())
        times = " | ".join(f"{share:.1f} times" for share in shares)
        lines.append(f"| **the plain loop is dearer, {title}** | {times} |")
    for cpu, result in measured.items():
        person = result["person"]
        seen = f"{person['analysed']} looked at, {person['full_scans']} scanned in full"
        of = f"of {person['frames']} frames with a person {seen}, a face known at {person['with_face']}"
        lines.append(f"\n{cpu}, {result['model']}: {of}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="How many instructions a frame costs on emulated ARM cores.")
    parser.add_argument("--cpu", choices=CPUS, action="append", help="may be repeated; all three")
    parser.add_argument("--model", type=Path, help="$MOODCAST_MODEL, else the one that ships")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/moodcast-arm64/counted"), help="the userland")
    parser.add_argument("--json", type=Path, metavar="FILE")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="fail over the ceilings")
    what.add_argument("--measure", action="store_true", help="write the ceilings")
    arguments = parser.parse_args()
    named = os.environ.get("MOODCAST_MODEL")
    model = (arguments.model or Path(named or SHIPPED)).resolve()
    userland = Userland(arguments.folder, "bookworm", HERE / "requirements.txt")
    measured = {}
    try:
        userland.make()
        for name in arguments.cpu or CPUS:
            measured[name] = count(userland, CPUS[name], model)
    except UserlandError as error:
        print(f"instructions: {error}", file=sys.stderr)
        return 2
    print(table(measured))
    if arguments.json:
        arguments.json.write_text(json.dumps(measured, indent=1) + "\n")
    used = next(iter(measured.values()))["model"]
    ceilings = json.loads(CEILINGS.read_text()) if CEILINGS.exists() else {"model": None, "millions": {}}
    if arguments.measure:
        millions = ceilings["millions"] | {name: result["millions"] for name, result in measured.items()}
        CEILINGS.write_text(json.dumps({"model": used, "millions": millions}, indent=1) + "\n")
        write_table("counts", table(measured))
        return 0
    found = problems(measured, ceilings) if arguments.check else []
    if found and used != ceilings["model"]:
        print(f"the ceilings are those of the model {ceilings['model']}, this is {used}", file=sys.stderr)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
