"""``licet audit erase``: refused by one, done by two, told; after it the token alone says that there was somebody."""

import json

import pytest

from connectors.simulators import roster_csv as hr
from hub.assembly import Assembly
from hub.config import scaffold
from hub.config.folder import read_folder
from tests.conftest import HandClock
from tests.hub.intake.test_words import E1, E2, NOW
from tests.journeys.commands import one_line, run

SAID = ("--reason", "asked for under the law")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A hub that heard of two people long ago; the post of one has ended."""
    home = tmp_path_factory.mktemp("erase") / "hub"
    scaffold.write(home, "datacentre", demo=True)
    toml = home / "licet.toml"
    toml.write_text(toml.read_text("utf-8").replace("[hub]\n", "[hub]\nkeep_days = 183\n", 1), "utf-8")
    hr.write_people(home / "roster", [{**E1, "ends_on": "2026-04-01"}, E2])
    with Assembly(read_folder(home), HandClock(NOW), deciding=True) as parts:
        assert parts.polling.ask(parts.polling.one("roster")).error is None
    return home


def test_two_people_erase_somebody_and_the_log_says_so(made):
    at = ("-c", str(made), "--lang", "en")
    one_line(run("audit", "erase", "E1", *SAID, "--by", "wang", *at), "two different people")
    one_line(run("audit", "erase", "E2", *SAID, "--by", "wang", "--by", "li", *at), "holds the post dc-operations")
    done = run("audit", "erase", "E1", *SAID, "--by", "wang", "--by", "li", *at, "--json")
    assert done.returncode == 0, done
    gone = json.loads(done.stdout)
    assert gone["keys"] == 1 and gone["entry"]
    assert gone["files"] == [str(made / "roster" / "people.csv")], "what the hub reads next would make them known again"
    one_line(run("why", "E1", *at), "found 'E1', expected the employee number")
    told = run("why", gone["person"], *at)
    assert told.returncode == 0 and "destroyed" in told.stdout and gone["entry"] in told.stdout
    assert "销毁" in run("why", gone["person"], "-c", str(made), "--lang", "zh").stdout
    assert json.loads(run("why", gone["person"], *at, "--json").stdout)["erased"] is True
    assert run("audit", "verify", *at).returncode == 0
    assert run("why", "E2", *at).returncode == 0
    one_line(run("audit", "who", gone["person"], *at), "erased")
