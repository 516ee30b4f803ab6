"""A file that a setting names counts from the hub folder, wherever the process was started."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from connectors import load, shipped
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.config.settings_text import nested_models
from tests.connectors.test_http import certificate

CA = "keys/cert.pem"
WITH_CA = {
    "access/scim": 'base_url = "https://iam.example/v2"\nidentifiers = "roster"',
    "access/ldap": """
url = "ldaps://directory.example"
bind_dn = "cn=licet,dc=example"
password = "env:LICET_TEST_PASSWORD"
people_base = "ou=people,dc=example"
groups_base = "ou=groups,dc=example"
identifiers = "roster"
""",
    "notification/smtp": 'host = "mail.example"\nsender = "licet@hub.example"',
}


def files_of(model: type[BaseModel]) -> list[tuple[str, str]]:
    """Settings of a model and of those within it that name a file, each with what it is read as."""
    found = [(name, str(field.annotation)) for name, field in model.model_fields.items() if name.endswith("_file")]
    return found + [each for _name, nested in nested_models(model) for each in files_of(nested)]


@pytest.mark.parametrize("adapter", shipped())
def test_no_adapter_reads_a_file_as_it_stands(adapter):
    for name, annotation in files_of(load(adapter).settings):
        assert "Path" in annotation, f"{adapter}: {name} would count from where the process was started"


@pytest.mark.parametrize("adapter", sorted(WITH_CA))
def test_private_authorities_count_from_the_hub_folder(adapter, tmp_path, monkeypatch):
    monkeypatch.setenv("LICET_TEST_PASSWORD", "for-tests-only")
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    with (home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[connectors.other]\nadapter = "{adapter}"\nca_file = "{CA}"\n{WITH_CA[adapter]}\n')
    certificate(home / "keys")
    monkeypatch.chdir(tmp_path)
    assert Path(read_folder(home).instances["other"].settings.ca_file) == home / CA


def test_those_of_a_set_of_keys_do_too(tmp_path, monkeypatch):
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre", demo=True)
    with (home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[connectors.authority.key_set]\nurl = "https://ca.example/jwks"\nca_file = "{CA}"\n')
    monkeypatch.chdir(tmp_path)
    assert read_folder(home).instances["authority"].settings.key_set.ca_file == home / CA
