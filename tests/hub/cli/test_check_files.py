"""`licet check` reads what `serve` will read: the roster and plan, the folder's documents and their golden cases."""

import json
import os

import pytest

import connectors
import mappings
from connectors.dialogue.answers import Question
from hub.assembly import Assembly
from hub.config.folder import read_folder
from mappings.finding import WrongFile
from mappings.lint import contexts_unknown
from schemas.door import Asked
from tests.journeys.commands import run
from tests.site import Site, until

NAME = "attendance/ours"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A folder in which somebody stands."""
    home = tmp_path / "hub"
    assert run("init", str(home)).returncode == 0
    monkeypatch.chdir(home)
    return home


def check(_hub, *more):
    return run("check", "--lang", "en", *more)


def edit(file, old, new):
    text = file.read_text("utf-8")
    assert old in text, (file, old)
    file.write_text(text.replace(old, new, 1), "utf-8")


def own_document(hub):
    """The folder's own document, read with by the terminals; its file."""
    assert run("mapping", "new", NAME, "--from", "attendance/zkteco_push", "-c", str(hub)).returncode == 0
    edit(hub / "licet.toml", "[connectors.terminals]\n", f'[connectors.terminals]\nmappings = {{ read = "{NAME}" }}\n')
    return hub / "mappings" / f"{NAME}.json"


def test_a_row_that_would_not_be_taken_is_named_with_its_file_line_and_column(hub):
    edit(hub / "roster" / "people.csv", "dc-operations", "dc-operation")
    edit(hub / "roster" / "plan.csv", "dc-safety", "dc-safty")
    done = check(hub)
    people, plan = [each for each in done.stdout.splitlines() if "found" in each and "id:" not in each]
    assert done.returncode == 1
    assert people.startswith("roster/people.csv:2: ") and "'dc-operation'" in people and "dc-operations" in people
    assert plan.startswith("roster/plan.csv:2: ") and "'dc-safty'" in plan and "dc-safety" in plan
    found = json.loads(check(hub, "--json").stdout)
    assert [each["code"] for each in found if each["refused"]] == ["ref.unknown-name", "ref.unknown-name"]


def test_a_row_is_told_in_the_folder_of_its_file_whatever_its_instance_is_called(hub, monkeypatch):
    edit(hub / "licet.toml", 'folder = "roster"', 'folder = "staff"')
    (hub / "roster").rename(hub / "staff")
    edit(hub / "staff" / "people.csv", "dc-operations", "dc-operation")
    monkeypatch.chdir(hub.parent)
    done = run("check", "-c", "hub", "--lang", "en")
    assert done.returncode == 1 and "hub/staff/people.csv:2: position: found 'dc-operation'" in done.stdout, done


def test_what_refuses_stands_last_and_warnings_are_ordered_and_counted(hub):
    edit(hub / "roster" / "plan.csv", ",E1001", ",E9999")
    (hub / "keys" / "log.pem").chmod(0o644)
    lines = check(hub).stdout.splitlines()
    warned = [n for n, each in enumerate(lines) if ": warning: " in each]
    assert [each.partition(":")[0] for each in lines[warned[0] : warned[0] + 2]] == ["keys/log.pem", "roster/plan.csv"]
    assert "found mode 0644: others than its owner may read it, expected 0600" in lines[warned[0]]
    assert warned == list(range(warned[0], len(lines) - 1)), "nothing stands between them and the last line"
    assert lines[-1].endswith(f": ok, {len(warned)} warnings")
    open_rules = [each for each in lines if "renewal_rule" in each]
    names = [each.partition("found '")[2].partition("'")[0] for each in open_rules]
    assert len(names) == len(set(names)) > 3, "each rule once"
    [both] = [each for each in open_rules if "'cn-special-operation'" in each]
    assert "(also named in positions/dc-operations.toml:" in both
    assert "`licet rules renewal cn-special-operation` shows them" in both
    edit(hub / "roster" / "people.csv", "id:lms", "id:lmsx")
    edit(hub / "roster" / "plan.csv", "dc-safety", "dc-savety")
    done = check(hub)
    refused = [": warning: " not in each for each in done.stdout.splitlines()]
    assert done.returncode == 1 and refused == sorted(refused) and set(refused) == {False, True}, done.stdout


@pytest.mark.parametrize(
    ("mode", "en", "zh"),
    [
        (0o644, "others than its owner may read it", "其他用户可读取"),
        (0o666, "others than its owner may read and change it", "其他用户可读取和更改"),
        (0o620, "others than its owner may change it", "其他用户可更改"),
    ],
)
def test_what_others_may_do_with_a_key_is_told_as_it_is(hub, mode, en, zh):
    (hub / "keys" / "log.pem").chmod(mode)
    assert f"found mode {mode:04o}: {en}, expected" in check(hub).stdout
    assert f"权限 {mode:04o}，{zh}，应为 0600" in run("check", "--lang", "zh").stdout


def test_a_new_folder_has_rows_that_are_taken_and_names_that_there_are(hub):
    done = check(hub)
    assert done.returncode == 0 and "roster" not in [
        line.partition(":")[0] for line in done.stdout.splitlines() if "warning" in line
    ]


def test_whom_only_the_plan_names_is_a_warning_with_the_nearest(hub):
    edit(hub / "roster" / "plan.csv", "E1001", "E1O01")
    done = check(hub)
    [line] = [each for each in done.stdout.splitlines() if each.startswith("roster/plan.csv:2: warning: ")]
    assert done.returncode == 0 and "E1O01" in line and "did you mean 'E1001'? To do: mend the number" in line


def test_whom_the_store_knows_may_be_named_by_the_plan_alone(hub):
    server = Site(hub, 0)
    server.serve("--listen", "127.0.0.1:0")
    until(lambda: run("why", "E1002", "-c", str(hub)).returncode == 0, "the roster was read")
    server.end()
    edit(hub / "roster" / "plan.csv", "E1001", "E1002")
    people = hub / "roster" / "people.csv"
    rows = people.read_text("utf-8").splitlines(keepends=True)
    people.write_text("".join(each for each in rows if not each.startswith("E1002")), "utf-8")
    done = check(hub)
    assert done.returncode == 0 and "plan.csv" not in done.stdout


def test_a_source_that_no_instance_is_called_is_a_warning_with_the_nearest(hub):
    edit(hub / "roster" / "people.csv", "id:terminals", "id:terminal")
    done = check(hub)
    [line] = [each for each in done.stdout.splitlines() if each.startswith("roster: warning: ")]
    assert (
        done.returncode == 0
        and "found id:terminal, " in line
        and "did you mean 'terminals'? To do: write 'terminals'" in line
    )


def test_rows_are_looked_at_beside_a_wrong_case_and_a_document_that_nothing_reads_with(hub):
    document = own_document(hub)
    document.with_suffix(".cases").mkdir()
    (document.with_suffix(".cases") / "none.json").write_text("{", "utf-8")
    edit(hub / "roster" / "people.csv", "dc-operations", "dc-operation")
    *lines, count = check(hub).stdout.splitlines()
    assert count == f"{len(lines)} errors"
    files = {line.partition(":")[0] for line in lines}
    assert files == {f"mappings/{NAME}.cases/none.json", "roster/people.csv"}


def test_a_file_that_would_be_held_whole_is_named(hub):
    (hub / "roster" / "plan.csv").write_text("course;room\nx;y\n", "utf-8")
    done = check(hub)
    assert done.returncode == 1 and "plan.csv" in done.stdout and "session" in done.stdout


def test_a_roster_that_is_not_there_yet_is_a_warning(hub):
    (hub / "roster" / "people.csv").unlink()
    done = check(hub)
    assert done.returncode == 0 and "roster: warning: found no people.csv or people.xlsx" in done.stdout


def test_looking_keeps_nothing(hub):
    before = sorted(str(each) for each in hub.rglob("*"))
    assert check(hub).returncode == 0
    assert sorted(str(each) for each in hub.rglob("*")) == before


def test_a_case_that_comes_out_otherwise_or_is_none_is_named(hub):
    document = own_document(hub)
    cases = document.with_suffix(".cases")
    cases.mkdir()
    shipped = mappings.SHIPPED / "attendance" / "zkteco_push.cases"
    sample = json.loads(next(each for each in sorted(shipped.glob("*.json"))).read_text("utf-8"))
    (cases / "good.json").write_text(json.dumps(sample), "utf-8")
    assert check(hub).returncode == 0
    (cases / "other.json").write_text(json.dumps({**sample, "outcomes": []}), "utf-8")
    (cases / "typo.json").write_text(json.dumps({**sample, "outcome": []}), "utf-8")
    (cases / "none.json").write_text("{", "utf-8")
    done = check(hub)
    *lines, count = done.stdout.splitlines()
    assert count == f"{len(lines)} errors"
    files = {line.partition(":")[0].rpartition("/")[2] for line in lines}
    assert done.returncode == 1 and files == {"other.json", "typo.json", "none.json"}, done


def test_a_context_that_no_connector_gives_is_named_with_the_nearest(hub):
    document = own_document(hub)
    edit(document, '"context": "device"', '"context": "devise"')
    done = check(hub)
    [line] = done.stdout.splitlines()
    number = next(n for n, text in enumerate(document.read_text("utf-8").split("\n"), 1) if '"devise"' in text)
    assert done.returncode == 1
    assert (
        line.startswith(f"mappings/{NAME}.json:{number}:") and "; did you mean 'device'? To do: write 'device'" in line
    )
    assert "found 'devise', expected one of" in line
    with pytest.raises(WrongFile, match=f"^mappings/{NAME}.json:{number}:[0-9]+: "):
        _ = Assembly(read_folder(hub)).mappings  # as it is served


def test_all_files_are_looked_at_though_the_settings_are_refused(hub):
    document = own_document(hub)
    edit(document, '"context": "device"', '"contekst": "device"')
    edit(hub / "licet.toml", 'zone = "Asia/Shanghai"', 'zone = "Asia/Shangai"')
    edit(hub / "courses.toml", "name", "nam")
    done = check(hub)
    assert done.returncode == 1 and done.stdout == ""
    lines = {line.partition(":")[0]: line for line in done.stderr.splitlines()}
    assert {"licet.toml", "courses.toml", f"mappings/{NAME}.json"} <= lines.keys()
    assert "; did you mean 'context'? To do: " in lines[f"mappings/{NAME}.json"]


def test_a_document_that_is_no_json_is_told_to_programs_too(hub):
    document = own_document(hub)
    document.write_text("{", "utf-8")
    done = run("mapping", "preview", os.devnull, "--with", NAME, "-c", str(hub), "--json")
    [finding] = json.loads(done.stderr)["error"]["findings"]
    assert done.returncode == 1 and finding["line"] == 1 and finding["refused"]


@pytest.mark.parametrize("form", ["header", "query"])
def test_what_an_instance_reads_of_a_request_is_what_its_settings_list(tmp_path, form):
    spec = connectors.load("generic/webhook")
    listed = {"headers": ("x-site",), "query": ("site",)}
    settings = spec.settings.model_construct(**listed)
    told = spec.contexts(settings)
    assert told == {"received_at", "zone", "header.x-site", "query.site"}
    name = {"header": "X-Sight", "query": "sight"}[form]
    at = {name: {"at": "/t", "as": "instant"} for name in ("occurred_at", "occurred_local")}
    fields = {"subject": {"at": "/pin"}, "device": {form: name}, **at}
    record = {"record": "attendance.Punch", "fields": {**fields, "direction": {"value": "unknown"}}}
    rules = {"read": "json", "each": ["/all/*"], "key": [{"at": "/id"}], "records": [record]}
    file = tmp_path / "x.json"
    file.write_text(json.dumps({"format": 2, "version": 1, "forms": {"in": rules}}), "utf-8")
    assert mappings.lint(file) == []
    [finding] = contexts_unknown(file, told)
    assert finding.found == repr(f"{form}.{name.lower()}")


@pytest.mark.parametrize("name", [each for each in connectors.shipped() if connectors.load(each).mapping])
def test_a_shipped_document_looks_only_for_what_its_connector_says(name):
    spec = connectors.load(name)
    told = spec.contexts(spec.settings.model_construct())
    assert list(contexts_unknown(mappings.SHIPPED / f"{spec.mapping}.json", told)) == []


def test_what_stands_beside_an_answer_is_what_the_dialects_say():
    asked = Asked(person="p", subject="s", target="t", key="k")
    told = {"status", "media_type", *Question("open", asked).context}
    dialects = [each for each in map(connectors.load, connectors.shipped()) if each.dialect]
    assert dialects and all(set(each.context) == told for each in dialects)
