"""The documentation in a terminal: every page, and what every code means; a refusal says where that stands."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hub.cli import docs
from hub.rules.files.finding import Finding
from schemas.errors import CODES
from tests.journeys.commands import one_line, run
from tests.pages.contents import page_names

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_listed_by_its_title(language):
    listed = run("docs", "--lang", language)
    assert listed.returncode == 0
    named = {line.split()[0] for line in listed.stdout.splitlines()}
    assert {"index", *page_names()} <= named
    assert ("接入第一台终端" if language == "zh" else "The first terminal") in listed.stdout


@pytest.mark.parametrize(("language", "words"), [("en", "# Operations"), ("zh", "# 运维")])
def test_a_page_is_printed_in_the_language_that_is_asked_for(language, words):
    assert run("docs", "operations", "--lang", language).stdout.startswith(words)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("code", CODES)
def test_every_code_leads_to_what_it_means_and_what_to_do(language, code):
    text = docs.section(code, language)
    known = CODES[code].zh if language == "zh" else CODES[code].en[1:]
    assert text.startswith(f"{code}\n") and known in text
    assert ("**What to do:**" if language == "en" else "**处理：**") in text and "###" not in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_refusal_names_leads_to_its_code(tmp_path, language):
    refused = run("check", "-c", str(tmp_path / "nowhere"), "--lang", language)
    assert refused.returncode == 1
    [code] = re.findall(r"licet docs ([a-z.-]+)", refused.stderr)
    assert f": {code}" in refused.stderr
    shown = run("docs", code, "--lang", language)
    assert shown.returncode == 0 and shown.stdout.startswith(code)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_finding_names_leads_to_its_code(language):
    finding = Finding("licet.toml", 3, ("hub", "listen"), "nothing", "HOST:PORT")
    [code] = re.findall(r"licet docs ([a-z.-]+)", finding.told(language))
    assert docs.section(code, language).startswith("config.invalid\n")


def test_a_name_that_there_is_not_is_refused_with_the_nearest():
    one_line(run("docs", "opperations", "--lang", "en"), "opperations", "did you mean 'operations'?")
    one_line(run("docs", "device.pendin", "--lang", "zh"), "device.pendin", "是否应为 'device.pending'？")


def test_a_package_that_is_built_carries_the_pages(tmp_path):
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        held = {each.removeprefix("hub/pages/") for each in packed.namelist() if each.startswith("hub/pages/")}
        tops = {each.split("/")[0] for each in packed.namelist()}
    assert {f"{name}.md" for name in docs.names()} <= held and "errors.zh-CN.md" in held
    assert not {"docs", "tests", "site"} & tops and not any(each.startswith("site/") for each in held)
