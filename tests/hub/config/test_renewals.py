"""What issuers demand for a renewal: what is shipped, what a folder settles, and what is said of names and dates."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.config.folder import read_folder
from hub.config.renewals import read_renewals, renewal_text, shipped_renewals
from hub.config.scaffold import write
from hub.rules.files.finding import UnreadableFile
from hub.rules.files.lint import lint

TODAY = date(2026, 12, 1)
FILE = """
id = "cissp"
name = { zh = "CISSP", en = "CISSP" }
checked_on = 2026-12-01
next_review_on = 2027-12-01

[[statements]]
about = "training"
says = { zh = "每个周期 120 个 CPE", en = "120 CPE in a cycle" }
source = "letter of 2026-12-01"
known = "employer"
"""
NAMED = """
id = "post"
name = {{ zh = "岗位", en = "Post" }}
risk = "low"

[credential.licence]
issuer = "authority"
renewal_rule = "{rule}"

[[ladder]]
scope = "full"
needs = ["licence"]

[targets.iam]
full = ["post"]
"""


def own(folder: Path, text: str, name: str = "cissp") -> Path:
    (folder / "renewal").mkdir()
    (folder / "renewal" / f"{name}.toml").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    "name", ["cissp", "cisp", "cn-special-operation", "cn-mlps-assessor", "cn-classified-personnel"]
)
def test_each_shipped_rule_has_a_day_to_look_again_and_says_of_every_statement_where_it_stands(name):
    rule = shipped_renewals()[name]
    assert rule.checked_on < rule.next_review_on <= rule.checked_on + timedelta(days=366)
    assert all(each.source and each.says.zh and each.says.en for each in rule.statements)
    assert rule.unsettled, "nobody has read an issuer's own text of any of them"


def test_a_rule_of_the_folder_stands_instead_of_the_shipped_one_and_is_settled(tmp_path):
    found = read_renewals(own(tmp_path, FILE))
    assert found["cissp"].unsettled == () and found.keys() == shipped_renewals().keys()
    assert renewal_text(tmp_path, "cissp") == FILE
    assert "1500" in renewal_text(tmp_path, "cisp"), "the others are as they come"


def test_what_a_folder_says_stays_beside_what_is_shipped_when_it_has_a_name_of_its_own(tmp_path):
    assert read_renewals(own(tmp_path, FILE.replace('"cissp"', '"own"'), "own")).keys() - shipped_renewals() == {"own"}


@pytest.mark.parametrize(
    ("found", "instead", "told"),
    [
        ("known = ", "knwon = ", "did you mean 'known'?"),
        ('known = "employer"', 'known = "sure"', "statements.0.known"),
        ("next_review_on = 2027-12-01", "", "next_review_on"),
        ('id = "cissp"', 'id = "cisp"', "expected the name of the file"),
        ("[[statements]]", "[statements", "expected [TABLE] on a line of its own"),
        ('source = "letter of 2026-12-01"', 'source = ""', "statements.0.source"),
    ],
)
def test_what_cannot_be_read_is_told_with_file_place_and_what_was_meant(tmp_path, found, instead, told):
    assert found in FILE
    with pytest.raises(UnreadableFile) as caught:
        read_renewals(own(tmp_path, FILE.replace(found, instead)))
    assert told in str(caught.value) and "renewal/cissp.toml" in str(caught.value)


def test_a_name_that_leads_nowhere_is_refused_and_what_is_open_is_warned_of():
    def said(rule: str, today: date = TODAY) -> list[str]:
        text = NAMED.format(rule=rule)
        found = lint({"post.toml": text}, {}, today, renewals=shipped_renewals())
        return [str(each) for each in found if "renewal_rule" in str(each)]

    [refused] = said("cisps")
    assert "found 'cisps'" in refused and "did you mean 'cisp'?" in refused and "warning" not in refused
    [open_] = said("cisp")
    assert "warning" in open_ and "unverified or contradicted" in open_ and "renewal/cisp.toml" in open_
    past = said("cisp", shipped_renewals()["cisp"].next_review_on + timedelta(days=1))
    due = shipped_renewals()["cisp"].next_review_on
    assert len(said("cisp", due - timedelta(days=31))) == 1, "a month ahead it is not said"
    near = said("cisp", due - timedelta(days=30))
    assert len(near) == 2 and any("to be reviewed by 2027-05-31, in 30 days" in each for each in near)
    assert any("in 0 days" in each for each in said("cisp", due))
    assert len(past) == 2 and any("to be reviewed by 2027-05-31, last read on 2026-11-27" in each for each in past)


def test_a_hub_does_not_begin_with_a_name_that_leads_nowhere(tmp_path):
    write(tmp_path / "hub", "datacentre")
    file = tmp_path / "hub" / "positions" / "network-security.toml"
    file.write_text(file.read_text("utf-8").replace('rule = "cisp"', 'rule = "cisps"', 1), "utf-8")
    with pytest.raises(UnreadableFile, match="did you mean 'cisp'"):
        read_folder(tmp_path / "hub")
    own(tmp_path / "hub", FILE.replace('"cissp"', '"cisps"'), "cisps")
    assert read_folder(tmp_path / "hub").renewals["cisps"].name.en == "CISSP"


def test_an_own_credential_has_no_rule_of_an_issuer():
    text = NAMED.format(rule="cisp").replace('issuer = "authority"', 'issuer = "hub"\nvalid_for = "1 year"')
    found = lint({"post.toml": text}, {}, TODAY)
    assert any(each.refused for each in found)
