"""By which JSON Schema editors complete and check the files of a hub folder, and the first lines that lead there."""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import NamedTuple

FOLDER = "schemas"
"""Where the schemas lie in a hub folder."""
SHIPPED = resources.files("hub") / "editors"
"""The schemas of the adapters that are shipped."""
FILES: Mapping[str, str] = {
    "licet.schema.json": "licet.toml",
    "position.schema.json": "positions/*.toml",
    "courses.schema.json": "courses.toml",
    "calendar.schema.json": "calendar/*.toml",
    "renewal.schema.json": "renewal/*.toml",
    "case.schema.json": "cases/*.toml",
}
"""Each schema, and the TOML files of a hub folder that it is of. A document of ``mappings/`` names its own."""


class Led(NamedTuple):
    """A file of a hub folder, the line that leads an editor to its schema, and whether the file begins with it."""

    file: str
    line: str
    has_it: bool


def first_line(file: str) -> str:
    """The first line of a TOML file of a hub folder, by its path there: Taplo (Even Better TOML) and Tombi read it."""
    schema = next((name for name, pattern in FILES.items() if Path(file).match(pattern)), "")
    return f"#:schema {'../' * file.count('/')}{FOLDER}/{schema}" if schema else ""


def led(folder: Path) -> Iterator[Led]:
    """Every TOML file of a hub folder that people write."""
    for pattern in FILES.values():
        for path in sorted(folder.glob(pattern)):
            file = path.relative_to(folder).as_posix()
            text = path.read_text(encoding="utf-8-sig", errors="replace")
            yield Led(file, first_line(file), text.partition("\n")[0].rstrip() == first_line(file))


def lay(folder: Path, schemas: Mapping[str, bytes] | None = None) -> list[str]:
    """Write schemas into a hub folder, the shipped ones unless others are given: their paths there."""
    (folder / FOLDER).mkdir(exist_ok=True)
    for name, content in (schemas or {each.name: each.read_bytes() for each in SHIPPED.iterdir()}).items():
        (folder / FOLDER / name).write_bytes(content)
    return [f"{FOLDER}/{name}" for name in sorted(schemas or FILES)]
