"""A system is asked once more for what it holds of a stretch of time, by a cursor that is not that of its rounds."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.port import Windowed
from tests.connectors.generic.test_rest_pull import bodies, cloud, day, numbers, of_cloud, rounds, source
from tests.contract.attendance_cloud import SHANGHAI

__all__ = ["cloud"]
NOW = datetime(2026, 3, 20, 10, tzinfo=UTC)
TURN = 1772000000000000
SINCE, UNTIL = (datetime(2026, 3, each, 8, tzinfo=SHANGHAI) for each in (2, 3))


def test_what_lies_in_the_window_is_brought_and_then_it_ends(cloud):
    day(cloud, 8)
    cloud.punched(20, UNTIL + timedelta(hours=1))
    asked = of_cloud(cloud)
    pages, left = rounds(asked, asked.within(SINCE, UNTIL, TURN), NOW)
    assert numbers(pages) == list(range(8))
    assert {each["beginTime"] for each in cloud.asked} == {"2026-03-02 07:50:00"}, "with the overlap before it"
    assert {each["endTime"] for each in cloud.asked} == {"2026-03-03 08:00:01"}, "a system may leave the end out"
    again, _ = rounds(asked, left, NOW + timedelta(days=1))
    assert numbers(again) == [] and "2026-03-04" not in str(cloud.asked), "its cursor never leaves the window"


def test_a_long_window_is_cut_up_without_a_gap(cloud):
    for n in range(10):
        cloud.punched(n, SINCE + timedelta(days=n))
    asked = of_cloud(cloud, window_seconds=7 * 86_400)
    pages, _ = rounds(asked, asked.within(SINCE, SINCE + timedelta(days=10), TURN), NOW)
    assert set(numbers(pages)) == set(range(10))
    ends = [each["endTime"] for each in cloud.asked if each["pageNo"] == "1"]
    assert len(ends) == 2 and ends[-1] == "2026-03-12 08:00:01"


@pytest.mark.parametrize(("form", "end"), [("date", "2026-03-04"), ("local_minutes", "2026-03-03 08:01")])
def test_a_system_that_knows_days_or_minutes_is_asked_until_after_the_last_one(cloud, form, end):
    asked = of_cloud(cloud, time_format=form)
    asked.poll(asked.within(SINCE, UNTIL, TURN), NOW)
    assert cloud.asked[-1]["endTime"] == end


def test_nothing_is_asked_for_beyond_now_though_rounds_stay_behind_it(cloud):
    asked = of_cloud(cloud, behind_seconds=3600)
    pages, _ = rounds(asked, asked.within(SINCE, UNTIL, TURN), UNTIL)
    assert cloud.asked[-1]["endTime"] == "2026-03-03 08:00:00" and pages[-1].again_in is None


def test_a_page_that_is_as_it_was_is_read_again_and_a_repeat_of_it_is_known(cloud):
    day(cloud, 2)
    asked = of_cloud(cloud, start="2026-03-02")
    [ordinary], _ = rounds(asked, {}, UNTIL)
    cursor = asked.within(SINCE, UNTIL, TURN)
    [once], [twice] = rounds(asked, cursor, NOW)[0], rounds(asked, cursor, NOW + timedelta(minutes=5))[0]
    assert bodies([ordinary]) == bodies([once]) == bodies([twice])
    [other], _ = rounds(asked, asked.within(SINCE, UNTIL, TURN + 1), NOW)
    paths = [each.transmissions[0].path for each in (ordinary, once, twice, other)]
    assert paths[1] == paths[2] and len(set(paths)) == 3


def test_another_process_goes_on_after_the_last_page(cloud):
    day(cloud, 8)
    asked = of_cloud(cloud)
    first = asked.poll(asked.within(SINCE, UNTIL, TURN), NOW)
    pages, _ = rounds(of_cloud(cloud), json.loads(json.dumps(first.cursor)), NOW + timedelta(hours=1))
    assert numbers([first, *pages]) == list(range(8))
    assert [each["pageNo"] for each in cloud.asked] == ["1", "2", "3"]


def test_other_settings_ask_for_the_whole_window_and_for_no_more(cloud):
    day(cloud, 8)
    asked = of_cloud(cloud)
    first = asked.poll(asked.within(SINCE, UNTIL, TURN), NOW)
    pages, _ = rounds(of_cloud(cloud, page_size=4), first.cursor, NOW)
    assert numbers(pages) == list(range(8))
    assert {each["endTime"] for each in cloud.asked} == {"2026-03-03 08:00:01"}


def test_who_contradicts_itself_is_asked_for_the_whole_window_again(cloud):
    day(cloud, 8)
    asked = of_cloud(cloud)
    first = asked.poll(asked.within(SINCE, UNTIL, TURN), NOW)
    cloud.wrong = ["404"]
    held = asked.poll(first.cursor, NOW)
    assert held.alarm == "peer.missing" and held.again_in is None
    assert numbers(rounds(asked, held.cursor, NOW)[0]) == list(range(8))
    assert {each["beginTime"] for each in cloud.asked} == {"2026-03-02 07:50:00"}


def test_what_is_asked_without_an_end_or_by_a_cursor_has_no_windows(cloud):
    assert isinstance(of_cloud(cloud), Windowed) and of_cloud(cloud).windowed
    assert not of_cloud(cloud, until_parameter="").windowed
    feed = {"base_url": "https://feed.example", "path": "/feed", "pages": "cursor", "page_parameter": "c"}
    feed |= {"next_at": "/next", "since_parameter": "s", "until_parameter": "u", "start": "2026-03-01T00:00:00Z"}
    assert source(feed).windowed and not source({**feed, "keep_cursor": True}).windowed
