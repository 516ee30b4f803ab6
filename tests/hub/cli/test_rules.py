"""``licet rules lint``: what is shipped passes, a fault is named by file and line, in words or for programs."""

import json

import pytest

from tests.journeys.commands import run


@pytest.fixture
def folder(tmp_path):
    assert run("init", str(tmp_path / "hub")).returncode == 0
    return tmp_path / "hub"


@pytest.fixture
def draft(folder, tmp_path):
    """A draft of a shipped file, with a text in it changed."""

    def changed(found, instead):
        text = (folder / "positions" / "dc-operations.toml").read_text("utf-8")
        assert found in text
        (tmp_path / "draft.toml").write_text(text.replace(found, instead, 1), "utf-8")
        return tmp_path / "draft.toml"

    return changed


def lint(folder, *arguments):
    return run("rules", "lint", "-c", str(folder), *map(str, arguments))


def test_what_is_shipped_has_no_errors(folder):
    done = lint(folder, "--lang", "en")
    assert done.returncode == 0
    assert "5 files: 0 errors" in done.stdout


def test_a_misspelt_key_of_a_draft_is_told_with_its_line_and_what_was_meant(folder, draft):
    file = draft('valid_for = "12 months"', 'valid_fro = "12 months"')
    line = next(n for n, each in enumerate(file.read_text("utf-8").splitlines(), 1) if "valid_fro" in each)
    done = lint(folder, file, "--lang", "en")
    assert done.returncode == 1
    assert done.stdout.startswith(f"{file}:{line}:1: credential.dc-ops-qualification.valid_fro: found ")
    assert "did you mean 'valid_for'?" in done.stdout and "1 files: 1 errors" in done.stdout
    assert "是否应为 'valid_for'？" in lint(folder, file, "--lang", "zh").stdout


def test_every_finding_is_an_object_for_programs(folder, draft):
    file = draft('courses = ["dc-annual"]', 'courses = ["dc-anual"]')
    done = lint(folder, file, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["errors"]) == (1, 2)
    undated, error = (each for each in told["findings"] if each["refused"])
    assert undated["path"] == ["id"] and undated["expected"].endswith("effective_from = DAY")
    assert (error["file"], error["found"], error["hint"]) == (str(file), "'dc-anual'", "did you mean 'dc-annual'?")
    assert error["line"] > 0 and error["path"] == ["requirement", "annual-hours", "courses"]


def test_what_is_no_toml_is_told_with_its_line(folder, draft):
    file = draft('risk = "high"', "risk = high")
    done = lint(folder, file)
    assert done.returncode == 1 and done.stdout.startswith(f"{file}:4:")


def test_a_draft_comes_into_force_later_and_what_is_in_force_may_be_old(folder, draft):
    file = draft('risk = "high"', 'risk = "high"\neffective_from = 2020-01-01')
    assert "the day of its activation" in lint(folder, file, "--lang", "en").stdout
    own = folder / "positions" / "dc-operations-2020.toml"
    own.write_text(file.read_text("utf-8"), "utf-8")
    assert lint(folder).returncode == 0 and lint(folder, own).returncode == 0


def test_courses_that_cannot_be_read_are_the_finding(folder):
    (folder / "courses.toml").write_text('[basics]\nmode = "online"\n', "utf-8")
    done = lint(folder, "--lang", "en")
    assert done.returncode == 1 and done.stdout.startswith(f"{folder / 'courses.toml'}:1:1: basics: ")


def test_a_file_that_is_not_there_is_said(folder):
    done = lint(folder, folder / "nothing.toml")
    assert done.returncode == 1 and "nothing.toml" in done.stderr


def test_a_citation_past_its_review_is_warned_of_by_lint_and_by_check(folder):
    file = folder / "positions" / "dc-operations.toml"
    scheme = 'scheme = "low-voltage-electrician"'
    text = file.read_text("utf-8")
    for reviewed, told in (("2020-06-01", True), ("2999-06-01", False)):
        cite = f'cite = {{ text = "article", checked_on = 2019-06-01, next_review_on = {reviewed} }}'
        file.write_text(text.replace(scheme, f"{scheme}\n{cite}"), "utf-8")
        for done in (lint(folder, "--lang", "en"), run("check", "-c", str(folder), "--lang", "en")):
            assert done.returncode == 0
            assert (f"a citation to be reviewed by {reviewed}" in done.stdout) is told
