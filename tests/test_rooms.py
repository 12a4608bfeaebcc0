"""The house's walls: which module may import what. Read from the sources, imports inside functions included.

import-linter (2.13) forbids, protects and layers, but has no contract that names all that a room may import, libraries
included: a new dependency would pass it.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CONFIG = {"edge.config"}
PI_CAMERA = {"picamera2", "libcamera"}
INTERPRETERS = {"ai_edge_litert", "tflite_runtime", "tensorflow"}

#: Room of edge -> what it may import beyond the standard library and itself.
ROOMS: dict[str, set[str]] = {
    "records": {"numpy"},
    "past": {"edge.records"},
    "status": {"edge.records"},
    "errors": set(),
    "languages": set(),
    "mailbox": set(),
    "console": set(),
    "password": set(),
    "config": {"edge.errors", "edge.languages", "edge.password", "edge.records", "yaml"},
    "picture": {"edge.records", "edge.errors", "numpy", "cv2"},
    "camera": {
        "edge.picture",
        "edge.records",
        "edge.status",
        *CONFIG,
        "edge.errors",
        "edge.mailbox",
        "numpy",
        "cv2",
        *PI_CAMERA,
    },
    "vision": {"edge.records", *CONFIG, "edge.errors", "numpy", "cv2", *INTERPRETERS},
    "mood": {"edge.records", "edge.status", *CONFIG, "numpy"},
    "outputs": {"edge.languages", "edge.past", "edge.records", "edge.status", *CONFIG, "edge.errors", "paho", "mpd"},
    "web": {
        "edge.past",
        "edge.records",
        "edge.status",
        *CONFIG,
        "edge.errors",
        "edge.languages",
        "edge.mailbox",
        "edge.password",
        "cv2",
        "yaml",
        "flask",
        "jinja2",
        "markupsafe",
        "werkzeug",
        "waitress",
    },
    "pipeline": {"edge.records", *CONFIG, "edge.vision", "edge.mood"},
    "cli.broker": {"edge.errors", "amqtt"},
}
#: What puts the rooms together: any of edge, and these. Nobody else imports them.
ASSEMBLERS = {"__main__", "app", "cli", "daemon", "photos"}
ASSEMBLERS_MAY = {"edge", "numpy", "cv2"}
#: Where a name of the training side's libraries may stand in edge: the last of the interpreters to be tried.
TENSORFLOW_ONLY_IN = {"edge.vision.runtime"}
#: All of edge that the training side may know: one preprocessing and one order of labels for both, one way to refuse
#: an argument, and for judging a model the very code that runs it and finds faces on the device.
TRAINING_MAY = {
    "edge.records",
    "edge.errors",
    "edge.console",
    "edge.vision.preprocess",
    "edge.vision.model",
    "edge.vision.runtime",
    "edge.vision.classifier",
    "edge.vision.photo",
}

#: The clocks: the deciding rooms, and these modules, are told what time it is.
CLOCKS = {"time", "datetime"}
DECIDING = {"edge.pipeline", "edge.outputs.player"}


def modules(package: str) -> dict[str, Path]:
    """Dotted name -> file of every module in a package of the repository."""
    found = {}
    for file in sorted((ROOT / package).rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


EDGE, TRAIN, CONVERT = modules("edge"), modules("train"), modules("convert")
EVERY = EDGE | TRAIN | CONVERT


def imports(source: str, module: str, is_package: bool) -> set[str]:
    """Every module that `source` imports, as full dotted names, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")
            above = above[: len(above) - node.level + (1 if is_package else 0)] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                # `from edge import config` imports edge.config; `from edge.records import Box` edge.records.
                found.add(f"{base}.{alias.name}" if f"{base}.{alias.name}" in EVERY else base)
    return found


def imported_by(module: str) -> set[str]:
    file = EVERY[module]
    return imports(file.read_text(encoding="utf-8"), module, file.name == "__init__.py")


def room_of(module: str) -> str:
    """edge.vision.faces -> vision."""
    return module.split(".")[1]


def within(module: str, allowed: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def foreign(module: str) -> set[str]:
    """What a module imports beyond the standard library and the bare package `edge` (its version)."""
    return {name for name in imported_by(module) if name.split(".")[0] not in sys.stdlib_module_names} - {"edge"}


@pytest.mark.parametrize("module", [name for name in EDGE if name != "edge"])
def test_a_module_of_edge_imports_only_what_its_room_may(module: str) -> None:
    room = room_of(module)
    assert room in ROOMS or room in ASSEMBLERS, f"{module} is in no room: give it one in {Path(__file__).name}"
    allowed = ROOMS.get(module.removeprefix("edge."), ROOMS.get(room, ASSEMBLERS_MAY))
    beyond = {
        name
        for name in foreign(module)
        if not (name.startswith("edge.") and room_of(name) == room) and not within(name, allowed)
    }
    assert not beyond, f"{module} imports {sorted(beyond)}; its room may import {sorted(allowed)}"


@pytest.mark.parametrize("module", [name for name in EDGE if name != "edge" and room_of(name) not in ASSEMBLERS])
def test_only_the_assemblers_import_an_assembler(module: str) -> None:
    taken = {name for name in foreign(module) if name.startswith("edge.") and room_of(name) in ASSEMBLERS}
    assert not taken, f"{module} imports {sorted(taken)}"


@pytest.mark.parametrize("module", EDGE)
def test_edge_never_imports_the_training_side(module: str) -> None:
    taken = {name.split(".")[0] for name in imported_by(module)} & {"train", "convert", "tensorflow", "keras"}
    if module in TENSORFLOW_ONLY_IN:
        taken -= {"tensorflow"}
    assert not taken, f"{module} imports {sorted(taken)}, which a device does not have"


@pytest.mark.parametrize("module", TRAIN | CONVERT)
def test_the_training_side_knows_little_of_edge(module: str) -> None:
    taken = {name for name in imported_by(module) if name.split(".")[0] == "edge"} - {"edge"}
    assert not {name for name in taken if not within(name, TRAINING_MAY)}, f"{module} imports {sorted(taken)}"


def test_the_tests_never_import_the_benchmarks() -> None:
    files = list((ROOT / "tests").rglob("*.py"))
    named = {path: imports(path.read_text(encoding="utf-8"), "tests.any", False) for path in files}
    taken = [path for path, names in named.items() if any(name.split(".")[0] == "benchmarks" for name in names)]
    assert files and not taken, "what they need belongs beside them; the benchmarks' own tests are in benchmarks/tests"


@pytest.mark.parametrize("module", [n for n in EDGE if n in DECIDING or n.startswith("edge.mood")])
def test_deciding_code_reads_no_clock(module: str) -> None:
    assert not imported_by(module) & CLOCKS, f"{module} must be given `now`"


def test_an_import_inside_a_function_and_a_relative_one_are_seen() -> None:
    source = "def f():\n    import cv2.data\n    from ..mood.room import x\nfrom edge import config\nfrom .a import b"
    seen = imports(source, "edge.vision.runtime", is_package=False)
    assert seen == {"cv2.data", "edge.mood.room", "edge.config", "edge.vision.a"}


def test_taking_the_page_s_port_costs_no_flask_and_no_mpd() -> None:
    """The daemon, `check` and scripts/run take it; Flask is imported while the camera is opened, MPD's client where it
    is switched on."""
    late = "{'flask', 'waitress', 'mpd'}"
    code = f"import sys, edge.app, edge.cli.checks, edge.cli.launch; sys.exit(len({late} & {{*sys.modules}}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
