"""A scheduler has a system asked once more for a window; the hub's own rounds do not hear of it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.connectors.generic.test_rest_pull_in_a_hub import START
from tests.hub.jobs.asking import asked, ended, get, post, with_cloud
from tests.site import until

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    with with_cloud(tmp_path_factory.mktemp("backfill") / "hub") as (site, cloud):
        site.start()
        until(lambda: own_cursor(site)[0][0], "the cloud was asked by itself")
        yield site, cloud
        site.end()


@pytest.fixture
def site(known):
    return known[0]


@pytest.fixture
def cloud(known):
    _, cloud = known
    for each in (cloud.asked, cloud.records, cloud.wrong):
        each.clear()
    cloud.gate.clear()
    cloud.held_page = ""
    return cloud


def window(days_before: int) -> dict[str, str]:
    """A day before the hub has ever asked."""
    begin = START - days_before * DAY
    return {"from": begin.isoformat(), "to": (begin + DAY).isoformat()}


def missed(cloud, days_before: int, count: int) -> None:
    """People whom nobody knows came by that day, while nobody asked; others on the days beside it."""
    begin = START - days_before * DAY
    for n in range(count):
        cloud.punched(100 * days_before + n, begin + timedelta(hours=1 + n), person=f"M{days_before}-{n}")
    cloud.punched(100 * days_before + 90, begin - timedelta(hours=1), person="before")
    cloud.punched(100 * days_before + 91, begin + DAY + timedelta(hours=1), person="after")


def backfill(site, key: str, days_before: int):
    return post(site, kind="backfill", connector="cloud", window=window(days_before), key=key)


def pages(cloud) -> list[str]:
    return [each["pageNo"] for each in cloud.asked]


def own_cursor(site):
    """Where the hub's own rounds go on."""
    return site.rows("SELECT cursor FROM connectors WHERE connector = 'cloud'")


def test_what_was_missed_comes_in_once_and_the_rounds_go_on_where_they_were(site, cloud):
    missed(cloud, 3, 5)
    before = own_cursor(site)
    status, job, headers = backfill(site, "march", 3)
    assert status == 202
    begin, end = (datetime.fromisoformat(job["window"][each]) for each in ("from", "to"))
    assert (begin, end) == (START - 3 * DAY, START - 2 * DAY)
    done = ended(site, headers["location"])
    assert (done["state"], done["counts"]["held"], pages(cloud)) == ("succeeded", 5, ["1", "2", "3"])
    assert own_cursor(site) == before
    assert backfill(site, "march", 3)[0] == 200 and len(cloud.asked) == 3, "the same key is the same job"
    again = ended(site, backfill(site, "march-again", 3)[2]["location"])
    assert again["counts"] == {"duplicate": 5}, "under another key it is asked again, and counts once"
    assert site.balanced()
    outcomes = [each["outcome"] for each in site.entries("job") if each["task"] == "backfill"]
    assert outcomes == ["asked", "succeeded"] * 2
    assert {each["connector"] for each in site.entries("job") if each["task"] == "backfill"} == {"cloud"}
    listed = site.command("jobs", "list", "--lang", "en").stdout
    assert "backfill" in listed and "cloud" in listed


def test_one_that_failed_goes_on_under_its_key_after_the_last_page_that_was_kept(site, cloud):
    missed(cloud, 5, 6)
    cloud.wrong = ["", "500"]
    place = backfill(site, "fails", 5)[2]["location"]
    failed = ended(site, place)
    assert (failed["state"], failed["error"]["retryable"], failed["counts"]) == ("failed", True, {"held": 2})
    assert site.rows("SELECT count(*) FROM jobs WHERE cursor IS NOT NULL") == [(1,)]
    assert backfill(site, "fails", 5)[0] == 202
    again = ended(site, place)
    assert (again["state"], again["attempt"], again["counts"]) == ("succeeded", 2, {"held": 4})
    assert pages(cloud) == ["1", "2", "2", "3"], "what was kept is not asked for again"
    assert site.rows("SELECT count(*) FROM jobs WHERE cursor IS NOT NULL") == [(0,)], "nothing is left to go on from"


def test_one_that_is_cancelled_ends_between_two_pages_and_goes_on_if_it_is_wanted_again(site, cloud):
    missed(cloud, 7, 6)
    cloud.held_page = "2"
    place = backfill(site, "cancelled", 7)[2]["location"]
    until(lambda: pages(cloud) == ["1", "2"], "it is at the second page")
    second = backfill(site, "waits", 9)[2]["location"]
    assert get(site, second)["state"] == "queued", "one at a time of a connector"
    assert asked(site, "DELETE", place)[0] == 202 and asked(site, "DELETE", second)[0] == 200
    cloud.gate.set()
    done = ended(site, place)
    assert (done["state"], done["counts"], pages(cloud)) == ("cancelled", {"held": 4}, ["1", "2"])
    assert backfill(site, "cancelled", 7)[0] == 202
    assert ended(site, place)["counts"] == {"held": 2} and pages(cloud) == ["1", "2", "3"]


def test_a_system_that_contradicts_itself_ends_it_with_an_alarm_and_is_asked_for_all_of_it_again(site, cloud):
    missed(cloud, 11, 5)
    cloud.wrong = ["", "first again"]
    place = backfill(site, "contradicts", 11)[2]["location"]
    failed = ended(site, place)
    assert (failed["state"], failed["error"]["code"]) == ("failed", "peer.bad-answer")
    assert [each["code"] for each in site.entries("alarm") if each.get("connector") == "cloud"] == ["peer.bad-answer"]
    assert backfill(site, "contradicts", 11)[0] == 202
    again = ended(site, place)
    assert again["state"] == "succeeded" and pages(cloud)[2:] == ["1", "2", "3"]
    assert again["counts"] == {"held": 5}, "the page that was kept already is a repeat, and says what it brought"
    assert site.balanced()


def test_its_place_is_sealed_in_the_store(site, cloud):
    missed(cloud, 13, 3)
    cloud.wrong = ["", "500"]
    place = backfill(site, "sealed", 13)[2]["location"]
    assert ended(site, place)["state"] == "failed"
    [(cursor,)] = site.rows("SELECT cursor FROM jobs WHERE key = 'sealed'")
    assert cursor and "window" not in cursor and window(13)["from"][:10] not in cursor
    assert "cursor" not in get(site, place)
    with site.parts() as parts:
        assert parts.polling.opened("cloud", cursor)["window"]["since"].startswith(job_from(site, place))


def job_from(site, place: str) -> str:
    return str(get(site, place)["window"]["from"])


def test_a_system_that_wants_to_be_left_alone_is(site, cloud):
    missed(cloud, 15, 3)
    cloud.wrong = ["429"]
    place = backfill(site, "throttled", 15)[2]["location"]
    failed = ended(site, place)
    assert (failed["error"]["code"], failed["error"]["retryable"]) == ("peer.throttled", True)
    assert 1 <= failed["error"]["retry_after"] <= 7
    assert backfill(site, "throttled", 15)[0] == 202
    again = ended(site, place)
    if again["state"] == "failed":  # else this machine took seven seconds to get here
        assert (again["error"]["code"], pages(cloud)) == ("peer.throttled", ["1"]), "nobody was asked meanwhile"


FROM, TO = window(2).values()
BAD = [
    ("no window", {"window": None}, "schema.missing", "/window"),
    ("an empty window", {"window": {}}, "schema.missing", "/window/from"),
    ("no end", {"window": {"from": FROM}}, "schema.missing", "/window/to"),
    ("no beginning", {"window": {"to": TO}}, "schema.missing", "/window/from"),
    ("an end before the beginning", {"window": {"from": TO, "to": FROM}}, "schema.range", "/window/to"),
    ("an end at the beginning", {"window": {"from": TO, "to": TO}}, "schema.range", "/window/to"),
    ("an end to come", {"window": {"from": FROM, "to": "2999-01-01T00:00:00Z"}}, "schema.range", "/window/to"),
    ("too long a window", {"window": {"from": "1990-01-01T00:00:00Z", "to": TO}}, "schema.range", "/window/to"),
    ("a day without a time", {"window": {"from": FROM[:10], "to": TO}}, "time.invalid", "/window/from"),
    ("a member too many", {"window": {"from": FROM, "to": TO, "step": "1h"}}, "schema.unknown-field", "/window/step"),
    ("a list", {"window": [FROM, TO]}, "schema.type", "/window"),
    ("one that is no window asked for", {"connector": "roster"}, "ref.unknown-name", "/connector"),
    ("one that pushes", {"connector": "authority"}, "ref.unknown-name", "/connector"),
    ("a sink", {"sink": "iam"}, "schema.unknown-field", "/sink"),
]


@pytest.mark.parametrize(("wrong", "code", "where"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
def test_what_cannot_be_asked_for_is_refused_by_its_place(site, wrong, code, where):
    job = {"kind": "backfill", "connector": "cloud", "window": {"from": FROM, "to": TO}, "key": "bad", **wrong}
    job = {name: each for name, each in job.items() if each is not None}
    status, problem, _ = post(site, **job)
    assert (status, problem["code"], problem["where"]) == (422, code, where), problem
    assert "expected" in problem["detail"]
    assert site.rows("SELECT count(*) FROM jobs WHERE key = 'bad'") == [(0,)]


def test_a_window_is_the_same_in_any_zone_and_ends_by_now(site):
    now = datetime.now(UTC)
    status, problem, _ = post(
        site,
        kind="backfill",
        connector="cloud",
        key="ahead",
        window={"from": FROM, "to": (now + timedelta(hours=1)).isoformat()},
    )
    assert (status, problem["code"]) == (422, "schema.range")
