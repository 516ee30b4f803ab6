"""A folder that cannot work is refused when it is read, not when a terminal calls."""

import pytest

from hub import folder
from hub.config import read_folder
from schemas.errors import ConfigError


def test_two_instances_at_the_same_fixed_path_are_refused(tmp_path):
    home = tmp_path / "hub"
    folder.write(home, "datacentre")
    with (home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[connectors.west]\nadapter = "attendance/zkteco_push"\nzone = "Asia/Urumqi"\n')
    with pytest.raises(ConfigError, match=r"west.*terminals.*/iclock/"):
        read_folder(home)


def test_a_roster_that_is_no_instance_is_refused(tmp_path):
    home = tmp_path / "hub"
    folder.write(home, "datacentre")
    settings = home / "licet.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('roster = "roster"', 'roster = "rostr"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"hub\.roster.*'rostr'.*roster"):
        read_folder(home)
