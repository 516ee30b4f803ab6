"""What a draft costs is paid by a process of its own, which may end at any time; the next question begins another."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from hub.workbench.process import WAITING, Bench
from schemas.errors import PayloadError, UnavailableError
from tests.site import until

SAMPLE = base64.b64encode(b'[{"userId": "7", "time": "2026-03-02 08:01:02", "sn": "A1"}]').decode()
PROPOSE = {"do": "propose", "record": "attendance.Punch", "body": SAMPLE, "language": "en"}


@pytest.fixture
def bench():
    made = Bench()
    yield made
    made.close()


def children() -> list[int]:
    return [each.pid for each in psutil.Process().children() if "hub.workbench.process" in words(each)]


def words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # over, and not waited for yet
        return []


def test_a_process_is_begun_when_it_is_needed_and_goes_on(bench):
    assert children() == []
    assert json.loads(bench.ask(PROPOSE)["document"])["forms"]
    [one] = children()
    bench.ask(PROPOSE)
    assert children() == [one]
    bench.close()
    assert children() == []


def test_what_people_wrote_wrongly_is_an_answer_in_their_language(bench):
    wrong = {**PROPOSE, "record": "attendance.Pnch", "language": "zh"}
    assert "是否应为 'attendance.Punch'" in bench.ask(wrong)["detail"]


def test_who_takes_too_long_is_cut_off_and_told_and_the_next_one_is_answered():
    hasty = Bench(wall=0.0)
    try:
        with pytest.raises(PayloadError) as cut:
            hasty.ask(PROPOSE)
        assert cut.value.code == "mapping.cost" and "试算" in cut.value.told("zh")
        assert children() == []
    finally:
        hasty.close()


def test_a_process_that_died_is_followed_by_another(bench):
    bench.ask(PROPOSE)
    [one] = children()
    psutil.Process(one).kill()
    with pytest.raises(PayloadError):
        bench.ask(PROPOSE)
    assert bench.ask(PROPOSE)["document"]
    assert children() != [one]


def test_it_ends_when_nobody_asks():
    short = Bench(idle=0.05)
    short.ask(PROPOSE)
    until(lambda: children() == [], "it has ended by itself")
    assert short.ask(PROPOSE)["document"]
    short.close()


def test_more_than_a_few_who_wait_are_told_to_come_again(bench):
    process = psutil.Process()
    bench.ask(PROPOSE)
    [one] = children()
    psutil.Process(one).suspend()
    with ThreadPoolExecutor(WAITING) as several:
        waiting = [several.submit(bench.ask, PROPOSE) for _ in range(WAITING)]
        until(lambda: process.num_threads() > WAITING, "they wait")

        def full() -> bool:
            try:
                bench.ask({**PROPOSE})
            except UnavailableError as error:
                return error.code == "http.busy"
            return False

        assert full()
        psutil.Process(one).resume()
        assert all(each.result()["document"] for each in waiting)


def test_it_sees_no_secret_of_the_hub_and_has_bounds(bench, monkeypatch):
    monkeypatch.setenv("LICET_DATABASE", "postgresql://secret")
    bench.ask(PROPOSE)
    child = psutil.Process(children()[0])
    assert "LICET_DATABASE" not in child.environ()
    assert child.rlimit(psutil.RLIMIT_AS)[0] > 0 and child.rlimit(psutil.RLIMIT_CPU)[0] < 3600
    assert child.nice() > psutil.Process().nice()
