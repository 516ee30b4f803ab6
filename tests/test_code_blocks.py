"""What a page shows is so: every fenced block of the documentation is of a kind that is looked at, in both languages.

Commands are found by the parser of the program, with their options; settings, positions, courses, cases and documents
are read by what reads them at work. Pages that are typed as a whole have tests of their own (first mapping, jobs).
"""

import configparser
import json
import re
import shlex
import tomllib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

import connectors
from hub.cli.app import app
from hub.config.settings import ConnectorSettings, Settings
from hub.packages.worked import WorkedCase, failures
from hub.rules.attendance.room import Tolerances, credit
from hub.rules.attendance.sightings import presence
from hub.rules.files.lint import lint
from hub.rules.files.reading import read_courses, read_position
from hub.rules.files.refusals import PROTECTED
from mappings import MappingDocument
from schemas.authority_event import AuthorityEvent
from tests.hub.rules.attendance.test_room import S, seen, window

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("README*.md")])
PEER = X25519PrivateKey.generate().public_key()
SHELLS = ("sh", "bash")
KINDS = (*SHELLS, "toml", "json", "xml", "ini", "text", "python")
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HERE_TEXT = re.compile(r"<<'?(\w+)'?[^\n]*\n.*?^\1$", re.DOTALL | re.MULTILINE)


def blocks(page: Path, *kinds: str) -> list[str]:
    found = _FENCE.findall(page.read_text(encoding="utf-8"))
    return [text for kind, text in found if not kinds or kind in kinds]


def pages_with(*kinds: str) -> list[Any]:
    return [pytest.param(each, id=str(each.relative_to(ROOT))) for each in PAGES if blocks(each, *kinds)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_is_of_a_kind_that_is_looked_at(page):
    text = page.read_text(encoding="utf-8")
    assert {kind for kind, _text in _FENCE.findall(text)} <= set(KINDS)
    assert len(re.findall("^```", text, re.MULTILINE)) == 2 * len(blocks(page))


# --- commands --------------------------------------------------------------------------------------------------


def typed(block: str) -> Iterator[list[str]]:
    """Every call of ``licet`` or of a module of ours in a block of shell, word by word."""
    text = re.sub(r"\\\n\s*", " ", _HERE_TEXT.sub("", block))
    for line in text.splitlines():
        for part in re.split(r"[|;&]+|\$\(|\)", re.sub(r"(?:^|\s)#.*$", "", line)):
            words = shlex.split(part, posix=True) if part.count('"') % 2 == 0 and part.count("'") % 2 == 0 else []
            words = words[: words.index(">")] if ">" in words else words
            if words[:1] == ["licet"] or words[:2] == ["python", "-m"]:
                yield words


@cache
def program() -> Any:
    return typer.main.get_command(app)


def refuse_unknown(words: list[str], *, whole: bool) -> None:
    """Find a command as the program does; ``whole``: all that it cannot do without is there."""
    if words[0] == "python":
        assert find_spec(words[2]) is not None, words
        return
    command, rest = program(), words[1:]
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        if rest[0] not in command.commands:
            assert command.invoke_without_command, f"licet has no {' '.join(words[1:])}"
            break
        command, rest = command.commands[rest[0]], rest[1:]
    context = command.context_class(command, info_name=words[0], resilient_parsing=not whole)
    if whole:
        given, left, _order = command.make_parser(context).parse_args(args=list(rest))
        assert not left, f"{words}: {left}"
        for each in command.params:
            assert not each.required or given.get(each.name) not in (None, (), []), f"{words}: lacks {each.name}"
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"-h", "--help"}
    for word in rest:
        assert not re.match(r"--?[a-z]", word) or word.partition("=")[0] in known, f"{words}: no option {word}"


@pytest.mark.parametrize("page", pages_with(*SHELLS))
def test_every_command_that_is_shown_is_one(page):
    for block in blocks(page, *SHELLS):
        for words in typed(block):
            refuse_unknown(words, whole=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_named_is_one(page):
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for named in re.findall(r"`(licet [a-z][^`]*)`", text):
        if "…" not in named:
            refuse_unknown(named.split(), whole=False)


@pytest.mark.parametrize(
    "shown",
    ["licet frobnicate", "licet people frobnicate x", "licet check --frobnicate", "licet why", "licet devices approve"],
)
def test_a_command_that_there_is_not_is_found(shown):
    with pytest.raises(Exception, match=r"has no|lacks|No such|Missing|no option"):
        refuse_unknown(shown.split(), whole=True)


@pytest.mark.parametrize("page", pages_with("ini"))
def test_a_unit_of_systemd_runs_a_command_that_there_is(page):
    for block in blocks(page, "ini"):
        unit = configparser.ConfigParser(strict=True, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(block)
        words = unit["Service"]["ExecStart"].split()
        refuse_unknown(["licet", *words[1:]], whole=True)
        assert unit["Service"]["RestartPreventExitStatus"] == "74"


# --- what stands in files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", pages_with("toml"))
def test_every_table_is_taken_by_what_reads_it(page):
    position, before = None, {}
    courses = {**example_courses(), **courses_of(page)}
    for block in blocks(page, "toml"):
        read = tomllib.loads(block)
        if "ladder" in read:
            position = read_position(block, "positions/shown.toml")
            refused = [
                each
                for each in lint({"positions/shown.toml": block}, courses, date(2026, 1, 1), PROTECTED, ())
                if each.refused
            ]
            assert refused == []
        elif "asked" in read:
            case = WorkedCase.model_validate(read)
            if position is not None and position.id == case.position:
                assert list(failures({"cases/x.toml": block}, [position], courses, ZoneInfo("Asia/Shanghai"))) == []
        elif all(isinstance(each, dict) and "mode" in each for each in read.values()):
            assert read_courses(block, "courses.toml")
        elif not {*read} - {*Settings.model_fields}:
            require_settings(read)
            before = read
        else:
            before = beside(before, read)
            require_settings(before)


def beside(shown: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
    """The instance that was shown last with some settings that are shown apart, in place of those it has."""
    [(name, table), *_] = shown["connectors"].items()
    return {"connectors": {name: {**table, **more}}}


def require_settings(read: Mapping[str, Any]) -> None:
    tables = dict(read.get("connectors", {}))
    Settings.model_validate({**read, "connectors": {}})
    common = ConnectorSettings.model_fields
    for name, table in tables.items():
        spec = connectors.load(table["adapter"])
        ConnectorSettings.model_validate({key: each for key, each in table.items() if key in common})
        own = {key: each for key, each in table.items() if key not in common}
        assert spec.settings.model_validate(given(own)), name


def given(value: Any, name: str = "") -> Any:
    """Settings with what their references lead to: a secret that signs, the key of a peer."""
    if isinstance(value, dict):
        return {key: given(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [given(each, name) for each in value]
    if not isinstance(value, str) or not value.startswith("file:"):
        return value
    if name == "public":
        return PEER.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return f"whsec_{b64encode(bytes(32)).decode()}" if "secret" in name else value


def example_courses() -> Mapping[str, Any]:
    return read_courses((ROOT / "hub/examples/datacentre/courses.toml").read_text(encoding="utf-8"), "courses.toml")


def courses_of(page: Path) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for block in blocks(page, "toml"):
        read = tomllib.loads(block)
        if read and all(isinstance(each, dict) and "mode" in each for each in read.values()):
            found |= read_courses(block, "courses.toml")
    return found


@pytest.mark.parametrize("page", pages_with("json"))
def test_every_document_is_taken_by_what_reads_it(page):
    for block in blocks(page, "json"):
        read = json.loads(block)
        if "docs/adapters/" in str(page):
            continue  # bodies of golden cases, some of them wrong on purpose: `mapping test` reads each
        if "forms" in read:
            MappingDocument.parsed("door/shown", "shown.json", block.encode())
        elif "specversion" in read:
            AuthorityEvent.model_validate(read)
        else:
            assert read, "a body of somebody else's, which a document on the same page reads"


def test_python_is_shown_to_airflow_alone():
    """tests/airflow/test_provider.py has Airflow load it."""
    assert {each.values[0].name for each in pages_with("python")} == {"airflow.md", "airflow.zh-CN.md"}


@pytest.mark.parametrize("page", pages_with("xml"))
def test_every_xml_is_well_formed(page):
    for block in blocks(page, "xml"):
        etree.fromstring(re.sub(r"<\?xml[^>]*\?>", "", block).strip())


@pytest.mark.parametrize("name", ["rules-for-hr.md", "rules-for-hr.zh-CN.md"])
def test_the_minutes_of_the_page_for_hr_are_those_that_are_counted(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\d\d:\d\d in[^`]*)` \| ([^|]+) \|", text, re.MULTILINE)
    assert len(rows) == 6
    for punches, told in rows:
        found = credit(S, presence(seen(punches), window(S)), Tolerances())
        figures = [int(each) for each in re.findall(r"\d+", told)]
        assert figures[:2] == [found.credited / 60, found.required / 60], punches
        assert (figures[2:] or [0]) == [found.open / 60], punches
