"""``licet check`` says where the word of one authority would be taken about what another issues."""

import pytest

from tests.journeys.commands import close, run

TABLE = """
[connectors.%s]
adapter = "credential/authority_push"
source = "urn:authority:%s"
zone = "Asia/Shanghai"
secret = "env:WORD"
profile = "webhook"
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """What ``check`` says with some tables added to a new folder, and the number of the first of their lines."""
    home = tmp_path_factory.mktemp("hubs") / "hub"
    assert run("init", str(home)).returncode == 0
    file = home / "licet.toml"
    before = file.read_text("utf-8")

    def check(added, language="en"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("WORD", "whsec_Zm9yLXRlc3RzLW9ubHktMDEyMzQ1Njc4OWFiY2RlZiE=")
            file.write_text(before + added, "utf-8")
            done = run("check", "--lang", language, "-c", str(home))
        assert done.returncode == 0, done
        return [close(line) for line in done.stdout.splitlines() if "schemes" in line]

    return check, before.count("\n") + 1


def test_of_several_who_push_each_that_may_speak_of_all_is_named_with_its_line_and_what_to_write(asked):
    check, begins = asked
    [first, second] = check(TABLE % ("ca", "ca") + TABLE % ("bureau", "bureau"))
    assert f"licet.toml:{begins + 1}:" in first and "whatbureautells" in first
    assert "below[connectors.ca]addthelineschemes=[" in first
    assert f"licet.toml:{begins + 8}:" in second and "whatcatells" in second
    [first, _second] = check(TABLE % ("ca", "ca") + TABLE % ("bureau", "bureau"), "zh")
    assert "在[connectors.ca]下补充一行schemes=[" in first and "由bureau告知" in first


def test_whose_credentials_are_listed_is_named_no_more_and_they_are_not_proposed_to_the_other(asked):
    check, _begins = asked
    [line] = check(TABLE % ("ca", "ca"))[:1] or [""]
    assert not line, "one alone speaks of what there is"
    [left] = check(TABLE % ("ca", "ca") + 'schemes = ["low-voltage-electrician"]\n' + TABLE % ("bureau", "bureau"))
    assert "[connectors.bureau]addtheline" in left and "low-voltage" not in left


def test_a_credential_that_no_position_asks_for_is_named_with_the_nearest_that_one_does(asked):
    check, begins = asked
    [line] = check(TABLE % ("ca", "ca") + 'schemes = ["low-voltage-electrican"]\n')
    assert f"licet.toml:{begins + 7}:" in line and "didyoumean'low-voltage-electrician'" in line
