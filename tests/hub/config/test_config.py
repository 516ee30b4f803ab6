"""A folder that cannot work is refused when it is read, not when a terminal calls."""

import re

import pytest

from hub.config import scaffold
from hub.config.folder import read_folder
from schemas.errors import ConfigError


def test_two_instances_at_the_same_fixed_path_are_refused(tmp_path):
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    with (home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[connectors.west]\nadapter = "attendance/zkteco_push"\nzone = "Asia/Urumqi"\n')
    with pytest.raises(ConfigError, match=r"west.*terminals.*/iclock/"):
        read_folder(home)


def test_a_roster_that_is_no_instance_is_refused(tmp_path):
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    settings = home / "licet.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('roster = "roster"', 'roster = "rostr"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"hub\.roster.*'rostr'.*roster"):
        read_folder(home)


def known_by(tmp_path, source):
    """A folder whose door knows people as a source does."""
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    settings = home / "licet.toml"
    text = settings.read_text(encoding="utf-8")
    assert 'identifiers = "roster"' in text
    settings.write_text(text.replace('identifiers = "roster"', f'identifiers = "{source}"'), encoding="utf-8")
    return home


def test_a_door_that_knows_people_as_no_instance_does_is_refused(tmp_path):
    with pytest.raises(
        ConfigError, match=r"connectors\.iam\]: identifiers: found 'rooster'.*roster, terminals.*did you mean 'roster'"
    ):
        read_folder(known_by(tmp_path, "rooster"))


@pytest.mark.parametrize("source", ["terminals", "iam", ""])
def test_a_door_may_know_people_as_a_terminal_does_or_as_the_roster_says_of_it(source, tmp_path):
    assert read_folder(known_by(tmp_path, source)).instances["iam"].identifiers == source


def test_a_mail_server_knows_nobody(tmp_path):
    with pytest.raises(ConfigError, match="identifiers"):
        read_folder(known_by(tmp_path, "mail"))


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    settings = home / "licet.toml"
    text = settings.read_text(encoding="utf-8").replace('listen = "127.0.0.1:8710"', 'listen = "0.0.0.0:8710"')
    settings.write_text(text.replace("[connectors.iam]", "[connectors.doors]"), encoding="utf-8")
    (home / "courses.toml").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_folder(home)
    for said in (
        "hub.listen",
        "targets.iam: found 'iam', expected one of doors",
        "'dc-annual', expected a course of courses",
    ):
        assert said in error.value.message
    assert "\n" not in error.value.message


def opening(tmp_path, written, hub="", connectors=""):
    """A folder of which dc-operations opens something else at iam."""
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    file, settings = home / "positions" / "dc-operations.toml", home / "licet.toml"
    text = file.read_text(encoding="utf-8")
    found = re.search(r"\[targets\.iam\]\n(?:\w+ = .*\n)+", text)
    file.write_text(text.replace(found[0], written), encoding="utf-8")
    known = settings.read_text(encoding="utf-8").replace("[hub]\n", f"[hub]\n{hub}\n", 1)
    settings.write_text(known + connectors, encoding="utf-8")
    return home


def test_a_rung_that_is_not_mapped_at_a_sink_is_refused_and_an_empty_list_says_nothing_is_meant(tmp_path):
    with pytest.raises(
        ConfigError, match=r"targets\.iam: found nothing of the rung supervised, expected what it opens"
    ):
        read_folder(opening(tmp_path / "a", '[targets.iam]\nfull = ["dc-ops"]\n'))
    assert read_folder(opening(tmp_path / "b", '[targets.iam]\nsupervised = []\nfull = ["dc-ops"]\n'))


@pytest.mark.parametrize(
    ("target", "setting"),
    [("mail", ""), ("exits", ""), ("exit-3", '["exit-*"]'), ("door-9", '["iam/door-*"]'), ("dc-ops", '["iam"]')],
)
def test_a_target_that_nobody_may_be_shut_out_of_is_refused(tmp_path, target, setting):
    written = f'[targets.iam]\nsupervised = []\nfull = ["{target}"]\n'
    with pytest.raises(ConfigError, match=rf"iam/{target}.*a target that a post may open and close"):
        read_folder(opening(tmp_path, written, f"protected = {setting}" if setting else ""))


def test_a_target_that_a_terminal_has_no_table_of_is_refused(tmp_path):
    terminal = """
[connectors.gate]
adapter = "access/hikvision"
url = "https://10.0.0.9"
allow_private_address = true
user = "licet"
password = "file:keys/lms.password"
targets = { hall = { doors = [1] } }
"""
    written = '[targets.iam]\nsupervised = []\nfull = ["dc-ops"]\n[targets.gate]\nsupervised = []\nfull = ["%s"]\n'
    with pytest.raises(ConfigError, match=r"'halls', expected one of hall \(targets of licet.toml\)"):
        read_folder(opening(tmp_path / "a", written % "halls", connectors=terminal))
    assert read_folder(opening(tmp_path / "b", written % "hall", connectors=terminal))


def lms_password(tmp_path, written):
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    settings = home / "licet.toml"
    text = settings.read_text(encoding="utf-8")
    assert 'password = "file:keys/lms.password"' in text
    settings.write_text(text.replace('password = "file:keys/lms.password"', written), encoding="utf-8")
    return home


@pytest.mark.parametrize(
    "written",
    ['password = "74927492"', "password = 74927492", "password = [74927492]", 'pasword = "74927492"'],
)
def test_a_secret_written_in_the_place_of_a_reference_is_refused_and_never_shown(written, tmp_path):
    with pytest.raises(ConfigError) as error:
        read_folder(lms_password(tmp_path, written))
    assert re.match(r"licet\.toml:[0-9]+:1: \[connectors\.lms\]: ", error.value.message)
    assert "password" in error.value.message and "74927492" not in error.value.message


@pytest.mark.parametrize(
    ("written", "told"),
    [('password = "file:keys/nowhere"', "keys/nowhere"), ('password = "env:LICET_NOT_SET"', "LICET_NOT_SET")],
)
def test_a_reference_that_leads_nowhere_is_named_with_its_setting(written, told, tmp_path):
    with pytest.raises(ConfigError, match=rf"licet\.toml:32:1: \[connectors\.lms\]: password: .*{told}"):
        read_folder(lms_password(tmp_path, written))


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ('[operators.wang]\nlanguage = "zh"\n', r"operators\.wang\]: mail"),
        ('[operators.wang]\nmail = "wang"\n', r"operators\.wang\]: mail"),
        ('[operators.wang]\nmail = "w@x.example"\n[alarms]\nto = ["li"]\n', r"alarms\.to: found 'li'.*wang"),
        ('[operators.wang]\nmail = "w@x.example"\n[alarms]\nby = ["iam"]\n', r"alarms\.by: found 'iam'.*mail"),
        ('[operators.wang]\nmail = "w@x.example"\n[alarms]\nby = ["pigeon"]\n', r"by: found 'pigeon'.*mail"),
        ('[operators.wang]\nmail = "w@x.example"\n[alarms]\nremind_seconds = "soon"\n', r"alarms\.remind_seconds"),
    ],
)
def test_an_operator_who_cannot_be_told_of_alarms_is_refused(tmp_path, added, said):
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    with (home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n{added}")
    with pytest.raises(ConfigError, match=said):
        read_folder(home)


def test_operators_without_any_connector_that_sends_mail_are_refused(tmp_path):
    home = tmp_path / "hub"
    scaffold.write(home, "datacentre")
    settings = home / "licet.toml"
    text = re.sub(r"\[connectors\.mail\]\n(?:[^\[]+\n)*", "", settings.read_text(encoding="utf-8"))
    settings.write_text(f'{text}\n[operators.wang]\nmail = "w@x.example"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="operators: found no connector that sends mail"):
        read_folder(home)
