"""config.yaml, bent in every way that a hand, an editor or a damaged card bends it."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from edge import config
from edge.errors import ConfigError
from tests.fuzz.outcome import Broken, Row

FULL, SMALL = 30_000, 400
#: Room for a path of some hundred characters, twice.
LINE_CHARACTERS = 1500
_SHIPPED = Path(__file__).resolve().parents[2] / "config.yaml"
_SECRET = "hunter2"
_WORDS = (
    "null", "~", "true", "off", "yes", "0", "-1", "010", "1e999", ".nan", ".inf", "12:30", "2001-01-01", "[]", "{}",
    "[1, [2]]", "{a: {b: c}}", '""', "'x'", "!!bool maybe", "!!int x", "!!float y", "!!timestamp x", "!!binary =",
    "!!set {a}", "!x y", "!!python/name:os.system", "*a", "&a b", "&a [*a]", "<<: *a", "|", ">", "|+1", "? [a]", "- a",
    "%YAML 9.9", "---", "...", "\t", "# c", "@", "`", "\x9b", "\u202e", "\u2028", "\ufeff", "\U0001f600", "9" * 40,
    "x" * 500, "moodcast/#", "[::1]", "a:1883",
)  # fmt: skip


def fuzz(random: Random, count: int, folder: Path) -> Iterator[Row]:
    whole = _SHIPPED.read_text(encoding="utf-8").replace("password: null", f"password: {_SECRET}")
    sections = [f"{part}\n" for part in whole.split("\n\n")]
    file = folder / "config.yaml"
    taken = 0
    for number in range(count):
        text = "".join(random.sample(sections, random.choice((1, 1, 1, 2, 3))))
        data = bent(random, text)
        file.write_bytes(data)
        try:
            config.load(file, {})
            taken += 1
        except ConfigError as error:
            for line in error.problems:
                if not line.isprintable() or len(line) > LINE_CHARACTERS:
                    raise Broken(f"configuration {number} gets a line of {len(line)} characters: {line!a}") from error
                if _SECRET in line:
                    raise Broken(f"configuration {number} gets a line with the password: {line!a}") from error
        except Exception as error:
            raise Broken(f"configuration {number} is a {type(error).__name__}: {error}; {data!r}") from error
    yield Row("configurations, bent", count, f"each taken ({taken:,}) or refused in lines, none with the password")


def bent(random: Random, text: str) -> bytes:
    """Words in the place of values and keys, lines moved, doubled, indented; at last a few bytes."""
    lines = text.split("\n")
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        at = random.randrange(len(lines))
        key, colon, value = lines[at].partition(":")
        match random.randrange(9):
            case 0 | 1 | 2:
                lines[at] = f"{key}{colon} {random.choice(_WORDS)}"
            case 3:
                lines[at] = f"{random.choice(_WORDS)}{colon}{value}"
            case 4:
                lines.insert(random.randrange(len(lines)), lines[at])
            case 5:
                lines[at] = " " * random.randrange(5) + lines[at].strip()
            case 6:
                del lines[at]
                lines = lines or [""]
            case 7:
                place = random.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:place] + random.choice(_WORDS) + lines[at][place:]
            case 8:
                lines[at] = lines[at].replace('"', random.choice(("'", "", "\\x9b"))).replace("[", random.choice("[{("))
    data = bytearray("\n".join(lines).encode("utf-8", "surrogatepass"))
    if data and random.randrange(6) == 0:
        data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data)
