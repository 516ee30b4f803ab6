"""What stands in a table within an instance's settings is read like the rest: secrets by reference, paths by folder."""

import pytest

from hub.config import scaffold
from hub.config.folder import read_folder
from hub.rules.files.finding import UnreadableFile
from tests.journeys.commands import one_line, run


@pytest.fixture
def home(tmp_path):
    scaffold.write(tmp_path / "hub", "datacentre", demo=True)
    return tmp_path / "hub"


def add(home, text):
    with (home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n{text}\n")


def test_a_key_of_one_terminal_is_what_its_reference_names(home):
    scaffold.secret(home / "keys" / "gate.key", b"s3cret\n")
    add(home, '[connectors.terminals.devices.SN1]\ncomm_key = "file:keys/gate.key"\nzone = "Asia/Urumqi"')
    device = read_folder(home).instances["terminals"].settings.devices["SN1"]
    assert (device.comm_key.get_secret_value(), device.zone) == ("s3cret", "Asia/Urumqi")


@pytest.mark.parametrize("value", ['"s3cret"', '"file:keys/none.key"', "5"])
def test_a_key_of_one_terminal_in_plain_text_is_refused_and_never_shown(home, value):
    add(home, f"[connectors.terminals.devices.SN1]\ncomm_key = {value}")
    with pytest.raises(UnreadableFile) as error:
        read_folder(home)
    assert "comm_key" in str(error.value) and "s3cret" not in str(error.value)
    one_line(run("check", "-c", str(home), "--lang", "en"), "comm_key", "licet.toml")


def test_a_path_within_a_table_counts_from_the_hub_folder(home):
    add(home, '[connectors.authority.key_set]\nurl = "https://ca.example/jwks.json"\nca_file = "keys/ca.pem"')
    assert read_folder(home).instances["authority"].settings.key_set.ca_file == home / "keys" / "ca.pem"


@pytest.mark.parametrize("text", ["devices = 5", 'devices = ["SN1"]', "devices = { SN1 = 5 }"])
def test_what_is_no_table_is_refused_at_its_place(home, text):
    settings = (home / "licet.toml").read_text("utf-8")
    (home / "licet.toml").write_text(settings.replace("[connectors.terminals]\n", f"[connectors.terminals]\n{text}\n"))
    one_line(run("check", "-c", str(home), "--lang", "en"), "devices")
