"""HR exports a file with slips in it: the import names each row, and says what became of the others."""

import pytest

from tests.journeys.commands import close, licet, lines_of, one_line, told
from tests.site import Site, build, write_roster

HEADER = "employee_no,name,mail,language,position,starts_on,ends_on,leave_from,leave_until,id:terminal"


@pytest.fixture
def site(tmp_path):
    built = build(tmp_path / "hub", people=2)
    settings = built.home / "licet.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace('every = "1 seconds"', 'every = "3600 seconds"'), encoding="utf-8"
    )
    built.start()
    yield built
    built.end()


def test_each_row_that_is_not_taken_is_named_with_its_line_and_what_was_meant(site: Site) -> None:
    misspelt, no_day = "E0,张三,,zh,posst,2026-01-05,,,,1001", "E1,李四,,zh,post,2026-01-32,,,,"
    rows = [misspelt, no_day, "E2,王五,,zh,post,2026-01-05,,,,1003"]
    (site.home / "roster" / "people.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    done = licet(site, "people", "import", "--lang", "en")
    assert done.returncode == 1
    _read, became, *slips = lines_of(done.stdout)
    assert became == close("became: applied 1, quarantined 2")
    no_such_day = "a day that does not exist, expected a day of 2026-01, which has 31"
    for n, words in enumerate(
        (
            "people.csv:2: position: found 'posst', expected a position of the hub's folder; did you",
            f"people.csv:3: starts_on: found '2026-01-32', {no_such_day}",
            "id:terminal: no instance of licet.toml is called so",
        )
    ):
        assert slips[n].removeprefix(close(f"{site.home}/roster/")).startswith(close(words)), slips[n]
    again = licet(site, "people", "import", "--lang", "en")
    assert again.stdout.startswith(
        "nothing has changed since it was last read\nfrom earlier imports 2 wait in quarantine"
    )


def test_a_roster_of_other_people_is_held_and_its_message_names_the_command_that_lets_it_pass(site: Site) -> None:
    write_roster(site.home, range(6))
    assert licet(site, "people", "import").returncode == 0
    write_roster(site.home, range(10, 16))
    held = licet(site, "people", "import", "--lang", "en")
    assert held.returncode == 1
    found = "people.csv: found 0 of the 6 people of the last one; if that is right: `licet people accept"
    assert close(found) in close(held.stdout)
    assert [each["code"] for each in told(site, "alarms", "list")] == ["roster.shrunk"]
    passed = licet(site, "people", "accept", "--by", "王敏", "--lang", "en")
    assert (passed.returncode, passed.stdout.splitlines()[0]) == (0, "people.csv: accepted"), passed
    assert "became: applied 12" in passed.stdout, "six who are new, and six of whom HR may be asked as they are gone"
    assert told(site, "alarms", "list") == []
    one_line(licet(site, "people", "accept", "--by", "王敏", "--lang", "en"), "nothing is held", "licet people import")


def test_an_import_that_a_quicker_one_overtakes_does_not_bring_back_what_that_one_was_told(site: Site) -> None:
    """The hub reads the roster by itself; HR exports it anew and says `people import` before the hub has kept it."""
    quicker: list[int] = []

    def meanwhile(_items: int) -> None:
        if not quicker:
            write_roster(site.home, range(6))
            quicker.append(licet(site, "people", "import").returncode)

    write_roster(site.home, range(4))
    with site.parts() as parts:
        polled = parts.polling.one("roster")
        assert polled is not None
        asked = parts.polling.ask(polled, progress=meanwhile)
    assert quicker == [0] and asked.error is None
    write_roster(site.home, range(3))
    gone = licet(site, "people", "import", "--lang", "en")
    assert "rows 3, added 0, changed 0, gone 3 (E3/post/, E4/post/, E5/post/)" in gone.stdout, gone


def test_what_is_read_once_more_as_another_was_quicker_is_told_once(site: Site) -> None:
    """The hub has just read the roster of before when HR says `people import` of the new one."""
    quicker: list[int] = []

    def meanwhile(_items: int) -> None:
        if not quicker:
            write_roster(site.home, range(3))
            quicker.append(licet(site, "people", "import").returncode)
            write_roster(site.home, range(6))

    write_roster(site.home, range(6))
    with site.parts() as parts:
        polled = parts.polling.one("roster")
        assert polled is not None
        asked = parts.polling.ask(polled, progress=meanwhile)
    assert quicker == [0] and asked.counts == {"applied": 3}, "the others were told by who was quicker"


def test_a_row_that_two_readings_at_once_refuse_waits_once(site: Site) -> None:
    """The hub reads the roster by itself while HR says `people import`."""
    quicker: list[int] = []

    def meanwhile(_items: int) -> None:
        if not quicker:
            quicker.append(licet(site, "people", "import").returncode)

    rows = ["E0,张三,,zh,posst,2026-01-05,,,,", "E1,李四,,zh,post,2026-01-05,,,,"]
    (site.home / "roster" / "people.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    with site.parts() as parts:
        polled = parts.polling.one("roster")
        assert polled is not None
        asked = parts.polling.ask(polled, progress=meanwhile)
    assert quicker == [1] and not asked.counts
    assert len(told(site, "quarantine", "list")) == 1
