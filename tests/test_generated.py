"""What is derived from the code says what the code says."""

import re
import tomllib

import pytest
import typer

from hub.cli.app import app
from hub.config.settings import Settings
from schemas.errors import CODES
from tests import generated
from tests.pages.adapters import adapter_page, adapters, connectors_page, page_name
from tests.pages.causes_incoming import INCOMING
from tests.pages.causes_own import OWN
from tests.pages.commands import commands_page
from tests.pages.errors import errors_page
from tests.pages.settings import settings_page
from tests.test_house import commands


def test_no_generated_file_is_stale():
    assert generated.stale() == []


def test_a_changed_file_is_noticed(tmp_path):
    assert set(generated.stale(tmp_path)) == set(generated.files())
    assert generated.main([], tmp_path) == 0
    assert generated.main(["--check"], tmp_path) == 0
    (tmp_path / "docs" / "errors.md").write_text("old")
    (tmp_path / "schemas" / "json" / "people.Gone.json").write_text("{}")
    assert generated.stale(tmp_path) == ["docs/errors.md", "schemas/json/people.Gone.json"]
    assert generated.main(["--check"], tmp_path) == 1


def test_the_example_settings_are_toml_and_their_defaults_hold():
    read = tomllib.loads((generated.ROOT / "licet.example.toml").read_text(encoding="utf-8"))
    read.pop("connectors")
    assert Settings.model_validate(read) == Settings()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_has_its_cause_and_its_cure(language):
    page = errors_page(generated.NOTE, language)
    for code, known in CODES.items():
        section = page.partition(f"\n### {code}\n")[2].partition("\n##")[0]
        assert (known.zh if language == "zh" else known.en[1:]) in section, code
        assert str(known.status) in section
        assert len(re.findall(r"^\*\*(?:Cause:|What to do:|原因：|处理：)\*\* ?\S", section, re.MULTILINE)) == 2, code
    assert {*INCOMING, *OWN} == CODES.keys() and not {*INCOMING} & {*OWN}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_setting_has_its_line_in_both_languages(language):
    example = generated.example()
    for name, spec in adapters():
        page = adapter_page(name, spec, generated.NOTE, language)
        for setting, field in spec.settings.model_fields.items():
            assert field.description, f"{name}.{setting} has no description"
            assert f"{setting} =" in example
            [line] = re.findall(rf"^\| `{setting}` \|.*", page, re.MULTILINE)[:1]
            assert language == "en" or re.search("[\u4e00-\u9fff]", line.rpartition(" | ")[2]), line
    for line in re.findall(r"^\| `.*", settings_page(generated.NOTE, language), re.MULTILINE):
        assert language == "en" or re.search("[\u4e00-\u9fff]", line.rpartition("` |")[2]), line


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_command_has_its_section_and_all_that_it_takes_in_both_languages(language):
    page = commands_page(generated.NOTE, language)
    known = list(commands(typer.main.get_command(app)))
    assert len(known) > 90
    for command in known:
        assert re.search(rf"^##+ licet {command}$", page, re.MULTILINE), command
    if language == "zh":
        untranslated = [
            line
            for line in page.splitlines()
            if line and not re.search("[\u4e00-\u9fff]", line) and not re.match(r"#|`licet|<!--|\| ---", line)
        ]
        assert untranslated == []


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Wire", "Trust", "Repeats", "Source")), ("zh", ("报文", "信任", "重复", "依据"))]
)
def test_every_adapter_says_wire_trust_repeats_source(language, words):
    overview = connectors_page(generated.NOTE, language)
    for name, spec in adapters():
        page = adapter_page(name, spec, generated.NOTE, language)
        assert f"]({page_name(name, language)})" in overview
        for word in words:
            assert re.search(rf"^\*\*{word}[:：]\*\*", page, re.MULTILINE), f"{name} does not say {word}"
