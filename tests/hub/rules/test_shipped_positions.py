"""Every shipped position is read, and a wrong one is told by file, key, what was found and what is expected."""

import tomllib
from pathlib import Path

import pytest

from hub.rules.position import parse_position
from schemas.errors import ConfigError

HUB = Path(__file__).parents[3] / "hub"
FILES = sorted((HUB / "positions").glob("*.toml"))
WHOLE = Path(__file__).with_name("dc-operations.toml").read_text("utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_it_is_a_position_whose_file_bears_its_id(file):
    assert parse_position(tomllib.loads(file.read_text("utf-8")), file.name).id == file.stem


def test_all_five_examples_are_there():
    assert {file.stem for file in FILES} == {
        "dc-operations",
        "network-security",
        "classified-developer",
        "machine-room-duty",
        "equipment-mover",
    }


@pytest.mark.parametrize(
    ("found", "instead", "told"),
    [
        ("at_least_rate = 0.9", "at_least_rate = 1.5", ["requirement.prepost-hours", "at_least_rate", "1.5"]),
        ("at_least_hours = 4\nat_least_rate = 0.9", "", ["prepost-hours", "at_least_hours, at_least_rate or both"]),
        ('"12 months"', '"a year"', ["credential.dc-ops-qualification.valid_for", "a year"]),
        ('needs = ["prepost-hours", "prepost-course"]', 'needs = ["hours"]', ["ladder supervised needs", "'hours'"]),
        ('granted_by = ["prepost-hours"', 'granted_by = ["nothing"', ["credential.dc-ops-qualification", "'nothing'"]),
        ('granted_by = ["prepost-hours"', 'granted_by = ["dc-ops-qualification"', ["granted by itself"]),
        ('scope = "supervised"', 'scope = "full"', ["ladder", "scopes that rise"]),
        ('supervised = ["dc-assist"]', '"partial(1)" = ["x"]', ["targets.iam", "partial(1)"]),
        ("[credential.dc-ops-qualification]", "[credential.dc-ops-exam]", ["'dc-ops-exam'", "expected one of the two"]),
        ('risk = "high"', 'risk = "high"\ncolour = "red"', ["colour", "an unknown name"]),
    ],
)
def test_a_mistake_is_named(found, instead, told):
    assert found in WHOLE
    with pytest.raises(ConfigError) as error:
        parse_position(tomllib.loads(WHOLE.replace(found, instead, 1)), "dc.toml")
    assert error.value.message.startswith("dc.toml: ")
    assert all(word in error.value.message for word in told)
