"""Tries what a package brings before it is taken: documents and rules are linted and run their cases."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hub.config.rule_files import COURSES_FILE
from hub.packages.manifest import Manifest
from hub.packages.worked import FOLDER, failures
from hub.rules.files.finding import UnreadableFile
from hub.rules.files.lint import lint
from hub.rules.files.reading import read_courses, read_position
from mappings.finding import LintFinding
from mappings.golden import run_cases
from schemas.errors import TrustError
from schemas.renewal import RenewalRule
from schemas.words import Words

TEST = "package.test"


def require_working(
    manifest: Manifest,
    contents: Mapping[str, bytes],
    now: datetime,
    zone: ZoneInfo,
    protected: Collection[str],
    renewals: Mapping[str, RenewalRule],
) -> None:
    """Return if everything in a package works in a hub with these protected targets and renewal rules.

    Raises:
        TrustError: ``package.test``: something is refused, fails its case, or has none; the first that was found.
    """
    if manifest.kind == "mappings":
        _mappings(contents)
    else:
        _rules(contents, now, zone, protected, renewals)


def documents_of(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """The mapping documents among the files of a package, by name."""
    return {path.removesuffix(".json"): content for path, content in contents.items() if path.count("/") == 1}


def _mappings(contents: Mapping[str, bytes]) -> None:
    names = documents_of(contents)
    if not names:
        raise TrustError(
            TEST,
            Words("found no mapping document, expected <world>/<name>.json", "没有映射文档，应为 <world>/<name>.json"),
        )
    with _written(contents) as folder:
        for name in names:
            for run in run_cases(name, folder / f"{name}.json"):
                if not run.passed:
                    said = run.findings[:1] or run.differences[:1]
                    which = Words(run.case or "has no golden case", run.case or "没有用例")
                    zh = " ".join(each.told("zh") if isinstance(each, LintFinding) else str(each) for each in said)
                    words = Words(f"{name} {which}: {' '.join(map(str, said))}", f"{name} {which.zh}：{zh}")
                    raise TrustError(TEST, words)


def _rules(
    contents: Mapping[str, bytes],
    now: datetime,
    zone: ZoneInfo,
    protected: Collection[str],
    renewals: Mapping[str, RenewalRule],
) -> None:
    texts = {path: _text(path, content) for path, content in contents.items()}
    cases = {path: texts.pop(path) for path in list(texts) if path.startswith(FOLDER)}
    try:
        courses = read_courses(texts.pop(COURSES_FILE, ""), COURSES_FILE)
    except UnreadableFile as error:
        raise TrustError(TEST, Words(str(error), error.told("zh"))) from error
    if not texts or any(not path.startswith("positions/") for path in texts):
        raise TrustError(
            TEST,
            Words(
                f"found {', '.join(texts) or 'nothing'}, expected positions/*.toml, cases/*.toml and {COURSES_FILE}",
                f"现有 {'、'.join(texts) or '无'}，应为 positions/*.toml、cases/*.toml 和 {COURSES_FILE}",
            ),
        )
    found = lint(texts, courses, now.astimezone(zone).date(), protected, drafts=(), renewals=renewals)
    if wrong := [each for each in found if each.refused]:
        raise TrustError(TEST, Words(str(wrong[0]), wrong[0].told("zh")))
    positions = [read_position(text, path) for path, text in texts.items()]
    if failed := next(failures(cases, positions, courses, zone), None):
        raise TrustError(TEST, failed)


def _text(path: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TrustError(TEST, Words(f"{path}: found no UTF-8", f"{path}：不是 UTF-8 编码")) from error


@contextmanager
def _written(contents: Mapping[str, bytes]) -> Iterator[Path]:
    with TemporaryDirectory(prefix="licet-package-") as folder:
        for path, content in contents.items():
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        yield Path(folder)
