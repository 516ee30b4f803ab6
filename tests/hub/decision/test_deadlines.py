"""Time goes on passing, whatever one commit does wrong; of many, doors are closed before anybody is judged."""

import asyncio
from datetime import timedelta

import pytest

from hub.clock import to_us
from hub.decision.deadlines import CLOSED_TOGETHER, Deadlines
from hub.store.commit import Activators
from hub.store.group import RIPE_REVIEWS
from hub.store.left_over import CROWD, LeftOver
from hub.store.tables import access, review
from hub.store.writer import Writer
from hub.workers import Loop
from tests.conftest import CountedIds, HandClock
from tests.hub.decision.test_law import NOW, opened, roster, send
from tests.hub.doors import LiveClock, until


def test_a_commit_that_fails_by_a_bug_does_not_end_the_looks_that_dates_ask_for(database):
    looked, failed = [], []

    def looks(person, _causes, tx):
        if not failed:
            failed.append(person)
            raise ValueError("a bug")
        looked.append(person)
        tx.session.run(review.clear_due, {"person": person})

    clock, activators = LiveClock(NOW), Activators()
    writer = Writer(database, clock, CountedIds(), review=looks, activators=activators)
    writer.start()
    loop = Loop("deadlines", Deadlines(writer, database, clock).turn, 1.0, activators.deadlines)
    loop.start()
    try:
        writer.call(lambda tx: tx.postpone("p", tx.now_us, "date"))
        until(lambda: failed, "a look has failed")
        until(lambda: looked == ["p"], "the person is looked at")
    finally:
        loop.stop()
        assert loop.join(10) and loop.status.errors == 1
        writer.stop()


def test_working_off_ends_with_nobody_whose_date_has_come(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for n in range(2 * RIPE_REVIEWS):
            send(parts, roster(f"E{n}"), clock)
        people = [parts.directory.person_by_number(f"E{n}") for n in range(2 * RIPE_REVIEWS)]
        due = {"at": to_us(clock.now()), "because": "date", "tries": 0}
        for times in range(2):  # the second time fewer at once, as after a commit that had no time for all
            parts.left_over.add([(people[0], ["date"])] * times)
            parts.writer.call(lambda tx: [tx.session.run(review.set_due, {"person": each, **due}) for each in people])
            assert parts.deadlines.work_off() >= len(people)
            asked = {"now": to_us(clock.now()), "limit": 1000}
            with parts.database.reading() as session:
                assert [session.all(review.due_now, {**asked, "crowd": crowd}) for crowd in (0, 1)] == [[], []]


# --- many at once ----------------------------------------------------------------------------------------------


@pytest.fixture
def many(database):
    """A hub's commits and dates, who was judged and who was closed, by which rules never matters."""
    many = Many(database)
    yield many
    many.writer.stop()


class Many:
    """Whom commits judged, and of whom doors were closed before that."""

    def __init__(self, database):
        self.judged, self.closed, self.crowd, self.takes = [], [], set(), 0.0
        self.database, self.clock, self.left_over = database, HandClock(NOW), LeftOver()
        self.writer = Writer(database, self.clock, CountedIds(), review=self.judge, left_over=self.left_over)
        self.writer.start()
        self.deadlines = Deadlines(self.writer, database, self.clock, self.left_over, self.close)

    def judge(self, person, _causes, tx):
        self._of_crowd(person, tx)
        self.judged.append(person)
        self.clock.seconds += self.takes
        tx.session.run(review.clear_due, {"person": person})

    def close(self, waiting, tx):
        for person, _causes in waiting:
            self._of_crowd(person, tx)
            self.closed.append(person)

    def _of_crowd(self, person, tx):
        if tx.crowd:
            self.crowd.add(person)

    def mark(self, *people, **by_cause):
        """One commit in which these are to be looked at, by one cause, or by each of several."""
        marked = {"word": people, **by_cause}.items()
        self.writer.call(
            lambda tx: [tx.due(each, at=tx.now, because=cause) for cause, those in marked for each in those]
        )

    def begin_anew(self):
        """As after a crash: who was left over is forgotten, and stands in the store."""
        self.left_over.__init__()

    def wait(self, *people):
        """Their date has come."""
        self.writer.call(lambda tx: [tx.postpone(each, tx.now_us, "date") for each in people])


def test_of_several_nobody_is_judged_while_others_wait_whose_doors_come_first(many):
    many.left_over.add([("earlier", ["word"])])
    many.mark("p", "q", "r")
    assert many.judged == [], "there was time for one, and more, but others wait"
    many.deadlines.turn()
    assert many.closed == ["earlier", "p", "q", "r"] and many.judged == [], "doors of all are closed in their order"
    many.deadlines.work_off()
    assert sorted(many.judged) == ["p", "q", "r"]


def test_one_alone_is_judged_at_once_whoever_waits(many):
    many.left_over.add([("earlier", ["word"])])
    many.mark("p")
    assert many.judged == ["p"]


def test_a_commit_judges_one_only_while_doors_are_being_closed_and_many_once_they_are(many):
    people = [f"p{n}" for n in range(8)]
    many.wait(*people)
    revocation = {"person": "x", "sink": "iam", "lane": 0, "epoch": 1, "next_at": 1, "crowd": 0}
    many.writer.call(lambda tx: tx.session.run(access.enqueue, revocation))
    for judged in (1, 2, 3):
        many.deadlines.turn()
        assert len(many.judged) == judged
    done = {"person": "x", "sink": "iam", "epoch": 1}
    many.writer.call(lambda tx: tx.session.run(access.delivered, done))
    many.deadlines.turn()
    assert len(many.judged) > 4


def test_a_grant_that_waits_keeps_nobody_from_being_judged(many):
    many.wait("p", "q")
    grant = {"person": "x", "sink": "iam", "lane": 1, "epoch": 1, "next_at": 1, "crowd": 0}
    many.writer.call(lambda tx: tx.session.run(access.enqueue, grant))
    many.deadlines.turn()
    assert sorted(many.judged) == ["p", "q"]


# --- a crowd, and everybody else -------------------------------------------------------------------------------

MASS = [f"m{n:03d}" for n in range(3 * CROWD)]


def revoke_one(many):
    """A door is being closed: a commit judges one only."""
    revocation = {"person": "x", "sink": "iam", "lane": 0, "epoch": 1, "next_at": 1, "crowd": 0}
    many.writer.call(lambda tx: tx.session.run(access.enqueue, revocation))


def test_one_alone_beside_a_crowd_is_judged_at_once_whoever_waits(many):
    many.left_over.add([("earlier", ["word"])])
    many.mark(*MASS, other=["a"])
    assert many.judged == ["a"] and "a" not in many.crowd


def test_whoever_is_named_by_a_crowds_cause_and_by_one_of_their_own_is_alone(many):
    many.left_over.add([("earlier", ["word"])])
    many.mark(*MASS, other=[MASS[7]])
    assert many.judged == [MASS[7]] and not many.crowd


def test_doors_of_a_crowd_and_of_all_others_are_closed_in_turn(many):
    many.left_over.add([("earlier", ["word"])])
    many.mark(*MASS, other=["a", "b"])
    assert many.judged == [], "two, and others wait"
    many.deadlines.turn()
    assert set(many.closed[:CLOSED_TOGETHER]) >= {"earlier", "a", "b", "m000"}, "of both with the first"
    assert [each for each in many.closed if each in MASS] == MASS, "in their order"
    assert sorted(many.closed) == sorted(["earlier", *MASS, "a", "b"]), "nobody is left out, nobody comes twice"
    assert many.crowd == set(MASS)


@pytest.mark.parametrize("asked", [False, True])
def test_a_push_that_comes_meanwhile_waits_for_no_more_than_are_closed_together(many, asked):
    async def push():
        many.writer.submit_push("a push")

    commits = []

    def close(waiting, _tx):
        if asked and not commits:
            asyncio.run(push())
        commits.extend([many.writer.turns] * len(waiting))

    people = [(f"p{n}", ["word"]) for n in range(3 * CLOSED_TOGETHER)]
    many.left_over.add(people)
    Deadlines(many.writer, many.database, many.clock, many.left_over, close).turn()
    assert len(commits) == len(people), "nobody is left out"
    assert commits.count(commits[0]) == (CLOSED_TOGETHER if asked else len(people))


@pytest.mark.parametrize("crashed", [False, True])
def test_crowds_and_all_others_are_judged_in_turn_whoever_came_first(many, crashed):
    many.left_over.add([("earlier", ["word"])])
    many.mark(*MASS)
    many.clock.advance(timedelta(seconds=1))
    many.wait("z")
    if crashed:
        many.begin_anew()
    revoke_one(many)
    for _ in range(3):  # the first may only close
        many.deadlines.turn()
    assert 2 <= len(many.judged) <= 3 and "z" in many.judged, "who came after a crowd is not behind all of it"
    many.deadlines.work_off()
    assert sorted(many.judged) == sorted([*MASS, "z"])
    assert many.crowd == set(MASS), "who has waited in a crowd is of it still"


def test_all_whose_date_comes_at_once_are_a_crowd_though_a_commit_judges_one_only(many):
    many.wait(*MASS)
    revoke_one(many)
    many.deadlines.turn()
    assert many.judged == MASS[:1] and many.crowd == {MASS[0]}


@pytest.fixture
def slow(many):
    """A crowd whose doors are closed, so that it is judged: one takes 50 ms, and a door of somebody else is closing."""
    many.left_over.add([("earlier", ["word"])])
    many.mark(*MASS)
    many.deadlines.turn()
    revoke_one(many)
    many.takes = 0.05
    many.deadlines.turn()
    assert many.judged == MASS[:1]
    return many


def test_while_doors_are_closed_a_crowd_is_judged_a_fifth_of_the_time(slow):
    assert slow.deadlines.turn() == pytest.approx(0.2)
    assert slow.judged == MASS[:1]
    slow.clock.seconds += 0.201
    assert slow.deadlines.turn() < 0.2
    assert slow.judged == MASS[:2]


def test_however_long_a_judgement_takes_the_crowd_goes_on_soon(slow):
    slow.takes = 60.0
    slow.clock.seconds += 0.201
    slow.deadlines.turn()
    assert slow.deadlines.turn() == pytest.approx(0.5)


def test_whose_date_comes_meanwhile_is_judged_at_once(slow):
    slow.wait("z")
    slow.deadlines.turn()
    assert slow.judged == [MASS[0], "z"]


def test_once_the_doors_are_closed_the_crowd_is_judged_whole(slow):
    done = {"person": "x", "sink": "iam", "epoch": 1}
    slow.writer.call(lambda tx: tx.session.run(access.delivered, done))
    slow.takes = 0.0
    slow.deadlines.turn()
    assert len(slow.judged) > 2
    slow.deadlines.work_off()
    assert sorted(slow.judged) == MASS


def test_who_was_put_off_in_a_crowd_and_then_has_a_word_of_their_own_waits_with_the_others(many):
    many.left_over.add([("earlier", ["word"])])
    many.mark(*MASS)
    many.clock.advance(timedelta(seconds=1))
    many.wait(MASS[-1])
    many.begin_anew()
    revoke_one(many)
    for _ in range(2):
        many.deadlines.turn()
    assert sorted(many.judged) == [MASS[0], MASS[-1]]
