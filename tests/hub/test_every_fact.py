"""Every kind of fact that the hub reads has a way in: a mapping of a source, a word of people, or the hub itself."""

import ast
import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import schemas
from hub.store.tables.facts import statements_of
from schemas.record import Record

ROOT = Path(__file__).parents[2]
NOT_WAYS_IN = ("hub/demo", "hub/proving", "hub/evidence/facts.py", "hub/evidence/rulings.py")
"""Where records are made that are nobody's words: stories, proofs, what is read back from the store."""
BESIDE = {
    "session",
    "study",
    "voided",
    "clock_offset",
    "device_retired",
    "punch",
    "present_access",
    "issued",
    "warned",
    "renewal_demand",
}
"""Kinds that are not read as statements of a person, but by a question or a table of their own."""

LEFT_OUT = {"Voided"}
"""What a dossier has been rid of, and says so (``gone``)."""


def kinds() -> dict[str, type[Record]]:
    """Every record of the schemas, by kind."""
    for file in Path(schemas.__file__).parent.glob("*.py"):
        importlib.import_module(f"schemas.{file.stem}")
    found = (each for each in Record.__subclasses__() if each.__module__.startswith("schemas."))
    return {each.KIND: each for each in found if each.FACT}


def calls(folder: str) -> Iterator[str]:
    """Names that are called in a folder, but where they are no ways in."""
    for file in (ROOT / folder).rglob("*.py"):
        if file.relative_to(ROOT).as_posix().startswith(NOT_WAYS_IN):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield getattr(node.func, "id", getattr(node.func, "attr", ""))


def mapped() -> set[str]:
    """Names of the records that mapping documents give."""
    return {
        name for file in (ROOT / "mappings").rglob("*.json") for name in _records(json.loads(file.read_text("utf-8")))
    }


def _records(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("record"), str):
            yield value["record"]
        for each in value.values():
            yield from _records(each)
    elif isinstance(value, list):
        for each in value:
            yield from _records(each)


def test_every_kind_of_fact_has_a_way_in():
    made = {*calls("hub"), *calls("connectors")} | {name.rpartition(".")[2] for name in mapped()}
    assert [each.__name__ for each in kinds().values() if each.__name__ not in made] == []


def test_every_kind_of_fact_is_read():
    read = {kind for kind in kinds() if f"'{kind}'" in statements_of.text}
    assert set(kinds()) - read == BESIDE


def test_every_record_that_the_rules_ask_for_reaches_them():
    """What ``hub/rules`` looks for among the facts of a dossier is what the dossier gives, or what the hub writes."""
    asked = set()
    for file in (ROOT / "hub" / "rules").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "of_kind":
                asked.add(getattr(node.args[1], "id", ""))
    given = (ROOT / "hub" / "evidence" / "dossier.py").read_text("utf-8")
    listed = given[given.index("_RECORDS") : given.index("_EVERY_WORD")]
    written = {"Issued": "issues.py", "Warned": "warned.py"}
    missing = {name for name in asked if f" {name}," not in listed} - set(written) - LEFT_OUT
    assert missing == set()
    for name, file in written.items():
        assert name in (ROOT / "hub" / "evidence" / file).read_text("utf-8")
