"""Files of a hub folder as they go into a package, and out of one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hub.config.mappings import named_document
from hub.config.rule_files import COURSES_FILE, case_texts, course_text, position_texts
from hub.packages.manifest import Manifest
from schemas.errors import CallError, TrustError
from schemas.words import Words


@contextmanager
def within(path: Path) -> Iterator[None]:
    """Whatever is refused of a package names its file."""
    try:
        yield
    except TrustError as error:
        raise error.of(str(path)) from error


def documents(folder: Path, documents: Sequence[str]) -> dict[str, bytes]:
    """Mapping documents of a folder with their golden cases, by the names that they have in a package."""
    files: dict[str, bytes] = {}
    for each in documents:
        name, path = named_document(folder, each)
        files[f"{name}.json"] = path.read_bytes()
        for case in sorted(path.with_suffix(".cases").glob("*.json")):
            files[f"{name}.cases/{case.name}"] = case.read_bytes()
    return files


def rules(folder: Path) -> dict[str, bytes]:
    """The positions, cases and courses of a folder, by the names that they have in a package."""
    texts = {**position_texts(folder), **case_texts(folder), COURSES_FILE: course_text(folder)}
    return {path: text.encode() for path, text in texts.items()}


def unpack(manifest: Manifest, out: Path) -> None:
    """Write what a package holds into a new folder.

    Raises:
        CallError: The folder is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise CallError(Words(f"{out} is not empty; choose a new folder", f"{out} 不是空目录；请另选新目录"))
    for path, content in manifest.contents().items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(content)
