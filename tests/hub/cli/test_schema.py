"""What editors are led to: every file that people write names a schema that is there and takes what is shipped."""

import json
import tomllib
from datetime import date, datetime, time
from pathlib import Path

import jsonschema_rs
import pytest

import mappings
from hub.cli.schema import all_schemas
from hub.config import scaffold
from hub.config.editors import FILES, led
from tests.journeys.commands import run

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("editors") / "hub"
    scaffold.write(home, "datacentre", demo=True)
    rules = run("rules", "renewal", "cisp", "--toml", "-c", str(home))
    (home / "renewal").mkdir()
    (home / "renewal" / "cisp.toml").write_text(rules.stdout, encoding="utf-8")
    done = run("mapping", "new", "people/mine", "--from", "people/roster_csv", "-c", str(home))
    assert (rules.returncode, done.returncode) == (0, 0), done
    return home


@pytest.fixture(scope="module")
def judge():
    """What finds the faults of a file by its schema, as an editor shows them: place and words."""
    known = {}

    def faults(schema, text):
        path = str(schema)
        judging = known.setdefault(path, jsonschema_rs.validator_for(json.loads(schema.read_text(encoding="utf-8"))))
        return [(".".join(map(str, each.instance_path)), each.message) for each in judging.iter_errors(plain(text))]

    return faults


def plain(value):
    """What a TOML file says, as a schema sees it: days and instants as texts."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def named_by(file):
    """The schema that the first line of a file names, from where the file lies."""
    first = file.read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("#:schema "), f"{file}: {first}"
    return (file.parent / first.removeprefix("#:schema ")).resolve()


def test_every_file_that_init_writes_names_a_schema_that_takes_it(home, judge):
    found = list(led(home))
    assert {each.line.rpartition("/")[2] for each in found} == {*FILES}, "a file of each kind"
    assert sum(each.file.startswith("positions/") for each in found) == len(list((home / "positions").iterdir()))
    for each in found:
        schema = named_by(home / each.file)
        assert each.has_it and schema.parent == home.resolve() / "schemas", each
        assert judge(schema, tomllib.loads((home / each.file).read_text(encoding="utf-8"))) == [], each.file


def test_every_shipped_file_is_taken_by_its_schema(home, judge):
    shipped = [*(ROOT / "hub").glob("positions/*.toml"), *(ROOT / "hub").glob("renewal/*.toml")]
    assert len(shipped) > 8
    for file in shipped:
        schema = home / "schemas" / named_by(file).name
        assert judge(schema, tomllib.loads(file.read_text(encoding="utf-8"))) == [], file


def test_every_setting_that_is_documented_is_known_to_the_schema(home, judge):
    """Of every adapter that is shipped; what it needs and the list cannot invent is asked for, nothing else."""
    listed = tomllib.loads((ROOT / "licet.example.toml").read_text(encoding="utf-8"))
    said = [message for _at, message in judge(home / "schemas" / "licet.schema.json", listed)]
    assert len(listed["connectors"]) > 15 and all(message.endswith("is a required property") for message in said), said


@pytest.mark.parametrize(
    ("file", "old", "new", "at"),
    [
        ("licet.toml", "base_url =", "base_ul =", "connectors.iam"),
        ("licet.toml", "listen =", "listn =", "hub"),
        ("licet.toml", '"file:keys/lms.password"', '"hunter2"', "connectors.lms.password"),
        ("licet.toml", '"access/scim"', '"access/scimm"', "connectors.iam.adapter"),
        ("licet.toml", 'every = "60 seconds"', "every = 60", "connectors.roster.every"),
        ("positions/dc-operations.toml", "at_least_rate = 0.8", "at_least_rate = 80", "requirement.prepost-hours"),
        ("positions/dc-operations.toml", 'risk = "high"', 'risk = "higher"', "risk"),
        ("courses.toml", "[dc-safety]", "[dc-safety]\nnam = 1", "dc-safety"),
        ("calendar/2026.toml", "holidays = [", "holiday = [", ""),
        ("cases/dc-operations.toml", "position =", "positon =", ""),
        ("renewal/cisp.toml", "checked_on =", "checked =", ""),
    ],
)
def test_what_is_written_wrongly_is_shown_at_its_setting(home, judge, file, old, new, at):
    text = (home / file).read_text(encoding="utf-8")
    assert old in text
    faults = judge(named_by(home / file), tomllib.loads(text.replace(old, new, 1)))
    assert faults and any(where.startswith(at) for where, _message in faults), faults
    assert not any("any of the schemas" in message and "connectors" in where for where, message in faults), faults


def test_a_document_begun_from_another_names_a_schema_that_is_there_and_takes_it(home):
    file = home / "mappings" / "people" / "mine.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    schema = (file.parent / document["$schema"]).resolve()
    assert schema == home.resolve() / "mappings" / "mapping.schema.json"
    assert jsonschema_rs.is_valid(json.loads(schema.read_text(encoding="utf-8")), document)
    document["forms"][next(iter(document["forms"]))]["recrods"] = []
    assert not jsonschema_rs.is_valid(json.loads(schema.read_text(encoding="utf-8")), document)


def test_every_document_and_case_that_is_shipped_is_taken_by_its_schema():
    documents = sorted(mappings.SHIPPED.glob("*/*.json"))
    cases = sorted(mappings.SHIPPED.glob("*/*.cases/*.json"))
    assert len(documents) > 5 and len(cases) > 10
    for name, files in (("mapping.schema.json", documents), ("case.schema.json", cases)):
        judging = jsonschema_rs.validator_for(json.loads((mappings.SHIPPED / name).read_text(encoding="utf-8")))
        for file in files:
            said = json.loads(file.read_text(encoding="utf-8"))
            named = said.get("$schema") if files is cases else said["$schema"]
            assert named is None or (file.parent / named).resolve() == mappings.SHIPPED / name, file
            assert [each.message for each in judging.iter_errors(said)] == [], file


def test_the_command_writes_them_anew_and_names_files_without_the_line(home):
    (home / "schemas" / "licet.schema.json").write_text("{}", encoding="utf-8")
    own = home / "positions" / "own.toml"
    own.write_text('id = "own"\n', encoding="utf-8")
    try:
        done = run("schema", "-c", str(home), "--json")
        told = json.loads(done.stdout)
        line = "#:schema ../schemas/position.schema.json"
        assert (done.returncode, told["without"]) == (0, [{"file": "positions/own.toml", "line": line}])
        assert {"schemas/licet.schema.json", "mappings/mapping.schema.json"} <= set(told["written"])
        assert all((home / each).stat().st_size > 100 for each in told["written"])
        assert f"请在首行添加 {line}" in run("schema", "-c", str(home), "--lang", "zh").stdout
        own.write_text(f'{line}\nid = "own"\n', encoding="utf-8")
        assert json.loads(run("schema", "-c", str(home), "--json").stdout)["without"] == []
    finally:
        own.unlink()
    assert run("schema", "-c", str(home / "data")).returncode == 1


def test_what_is_shipped_is_what_the_code_says(home):
    for name, schema in all_schemas().items():
        assert json.loads((home / "schemas" / name).read_text(encoding="utf-8")) == schema, name
