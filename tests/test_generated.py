"""What is derived from the code says what the code says."""

import tomllib

from hub.config.settings import Settings
from schemas.errors import CODES
from tests import generated


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


def test_every_code_and_every_setting_has_its_line():
    page = generated.errors()
    assert all(f"| `{name}` | {code.status} | {code.en} | {code.zh} |" in page for name, code in CODES.items())
    connectors_page, example = generated.adapters_page(), generated.example()
    for name, spec in generated.adapters():
        assert f"## {name}\n" in connectors_page
        for setting, field in spec.settings.model_fields.items():
            assert field.description, f"{name}.{setting} has no description"
            assert f"| `{setting}` |" in connectors_page
            assert f"{setting} =" in example


def test_every_adapter_says_wire_trust_repeats_source():
    page = generated.adapters_page()
    for section in page.split("\n## ")[1:]:
        for word in ("Wire:", "Trust:", "Repeats:", "Source:"):
            assert word in section, f"{section.partition(chr(10))[0]} does not say {word}"
