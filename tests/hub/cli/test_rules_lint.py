"""``licet rules lint``: what it finds, where, in which language, and how it ends."""

import json
from contextlib import chdir
from pathlib import Path

import pytest

from tests.hub.rules.test_position_files import WHOLE, line_of
from tests.journeys.commands import run

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "hub" / "examples" / "datacentre"
FAULTY = (
    WHOLE.replace('courses = ["dc-annual"]', 'courses = ["dc-anual"]')
    .replace('before = "3 months"', 'before = "13 months"')
    .replace('full = ["dc-assist", "dc-ops"]', 'full = ["mail"]')
    .replace('id = "dc-operations"', 'id = "dc-draft"')
    .replace('"dc-ops-qualification", "high-voltage"', '"dc-ops-qualifiction", "high-voltage"')
)


def apart(done):
    """What is said to programs, with what refuses a file and what is only warned of apart."""
    said = json.loads(done.stdout)
    found = {True: [], False: []}
    for each in said["findings"]:
        found[each["refused"]].append(each)
    assert (said["errors"], said["warnings"]) == (len(found[True]), len(found[False]))
    assert said["findings"] == [*found[True], *found[False]], "what refuses a file comes first"
    return {"files": said["files"], "errors": found[True], "warnings": found[False]}


def licet(*words, cwd):
    with chdir(cwd):
        return run("rules", "lint", *words)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A hub folder as ``licet init`` makes it, with the five positions that are shipped."""
    path = tmp_path_factory.mktemp("site") / "hub"
    assert run("init", str(path)).returncode == 0
    return path


def draft(folder, text, name="draft.toml"):
    file = folder.parent / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_every_fault_of_a_file_has_its_line_and_ends_with_1(folder):
    file = draft(folder, FAULTY)
    done = licet(file, "--lang", "en", cwd=folder)
    assert done.returncode == 1, done
    for part, *told in (
        ("dc-anual", "found 'dc-anual', expected a course of courses.toml", "did you mean 'dc-annual'?"),
        ("13 months", "found 13 months, expected less than it is valid for, 12 months"),
        ('"mail"', "found iam/mail, expected a target that a post may open and close"),
        ('"dc-ops-qualifiction"', "did you mean 'dc-ops-qualification'?"),
    ):
        at = f"{file}:{line_of(FAULTY, part)}:"
        assert any(line.startswith(at) and all(t in line for t in told) for line in done.stdout.splitlines()), (
            at,
            done,
        )
    lines = done.stdout.splitlines()
    warned = [": warning: " in line for line in lines[:-1]]
    assert sorted(warned) == warned and any(warned), "what refuses the file comes first, and warnings apart"
    assert lines[-1] == f"1 files: {warned.count(False)} errors, {warned.count(True)} warnings"


def test_for_programs_errors_and_warnings_are_apart(folder):
    done = licet(draft(folder, FAULTY), "--json", cwd=folder)
    said = apart(done)
    assert done.returncode == 1 and said["files"] == 1 and len(said["errors"]) >= 4 and said["warnings"]
    hints = [each["hint"] for each in said["errors"] if each["found"] == "'dc-anual'"]
    assert hints == ["did you mean 'dc-annual'?"]
    assert all(each["line"] > 0 and each["file"] for each in [*said["errors"], *said["warnings"]])


def test_faults_of_shape_and_of_toml_have_their_lines_too(folder):
    wrong = WHOLE.replace("at_least_rate = 0.9", "at_least_rat = 0.9").replace('risk = "high"\n', "")
    errors = apart(licet(draft(folder, wrong), "--json", cwd=folder))["errors"]
    assert {tuple(each["path"]) for each in errors} == {("requirement", "annual-hours", "at_least_rat"), ("risk",)}
    assert all(each["line"] > 0 for each in errors)
    broken = licet(draft(folder, WHOLE + "\n[half"), "--json", cwd=folder)
    assert broken.returncode == 1
    (only,) = apart(broken)["errors"]
    assert only["line"] == len(WHOLE.splitlines()) + 2 and only["expected"].startswith("[TABLE] on a line")


def test_the_five_shipped_positions_have_no_error_and_warnings_end_with_0(folder):
    done = licet("--json", cwd=folder)
    said = apart(done)
    assert said["errors"] == [] and said["warnings"] and done.returncode == 0, done
    assert said["files"] == 5
    named = licet("--json", *sorted(map(str, (ROOT / "hub" / "positions").glob("*.toml"))), cwd=folder.parent)
    assert apart(named)["errors"] == [] and named.returncode == 0, named


def test_each_is_told_in_the_language_that_is_asked_for(folder):
    file = draft(folder, FAULTY)
    said = licet(file, "--lang", "zh", cwd=folder).stdout
    assert "现为 'dc-anual'，应为" in said and "是否应为 'dc-annual'？" in said and "警告：" in said
    assert said.splitlines()[-1].startswith("1 个文件：")
    assert licet(file, "--lang", "fr", cwd=folder).returncode == 2


def test_outside_a_hub_folder_the_named_files_are_looked_at(folder, tmp_path):
    file = draft(folder, FAULTY)
    alone = licet(file, "--lang", "en", cwd=tmp_path)
    assert alone.returncode == 1 and "no courses" in alone.stdout and "dc-anual" not in alone.stdout
    beside = licet(file, str(EXAMPLES / "courses.toml"), "--lang", "en", cwd=tmp_path)
    assert "did you mean 'dc-annual'?" in beside.stdout and "no courses" not in beside.stdout
    assert licet(cwd=tmp_path).returncode == 1, "without files there is nothing to look at"
    assert licet(file, "-c", "elsewhere", cwd=tmp_path).returncode == 1, "a folder that is named must be one"
    missing = licet("gone.toml", cwd=tmp_path)
    assert missing.returncode == 1 and "gone.toml" in missing.stderr and missing.stderr.count("\n") == 1


def test_courses_that_cannot_be_read_hide_no_fault_of_a_position(folder, tmp_path):
    courses = tmp_path / "courses.toml"
    courses.write_text('[basics]\nmode = "online"\n', encoding="utf-8")
    errors = apart(licet(draft(folder, FAULTY), str(courses), "--json", cwd=tmp_path))["errors"]
    assert {Path(each["file"]).name for each in errors} == {"courses.toml", "draft.toml"}


def test_a_citation_past_its_review_is_warned_of_from_the_day_after(folder):
    cite = 'cite = { text = "article", checked_on = 2025-06-01, next_review_on = 2026-05-31 }'
    file = draft(
        folder, WHOLE.replace('scheme = "low-voltage-electrician"', cite).replace("dc-operations", "dc-draft", 1)
    )

    def reviewed(day):
        done = licet(file, "--on", day, "--json", cwd=folder)
        assert done.returncode == 0, done
        return [each["line"] for each in apart(done)["warnings"] if "reviewed by 2026-05-31" in each["found"]]

    assert reviewed("2026-05-31") == []
    assert reviewed("2026-06-01") == [line_of(WHOLE, 'scheme = "low-voltage-electrician"')]


def test_the_missing_calendar_of_the_next_year_is_told_in_november(folder):
    def told(day):
        found = apart(licet("--on", day, "--json", cwd=folder))["warnings"]
        return [each["file"] for each in found if each["file"].startswith("calendar/")]

    assert told("2026-10-31") == []
    assert told("2026-11-01") == ["calendar/2027.toml"]
    assert told("2027-01-04") == ["calendar/2027.toml"]
