"""What HR does to a scope or a credential acts like any other fact, and takes as many people as it must."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hub.intake.basis import Basis
from schemas.decision import RegisterEntry, RenewalAct
from schemas.errors import ConfigError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, know, opened, qualified, roster, send, standings, status, t, targets
from tests.hub.intake.test_corrections import entered
from tests.site import until as till

POST = "dc-operations"
HIGH = "high-voltage-electrician"


def basis(*names):
    return Basis("the shift must be held", b"a letter", names)


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock, database_url):
    """E1 has the full scope."""
    with opened(tmp_path / "hub", clock, database_url) as made:
        for message in qualified("E1"):
            send(made, message, clock)
        assert scope(made) == "full"
        yield made


def scope(parts):
    return {position: found for position, found, _holds in standings(parts, "E1")}[POST]


def holds(parts):
    return [hold["reason"] for position, _scope, found in standings(parts, "E1") if position == POST for hold in found]


def block(parts, clock, *names, to="none", review="2026-02-09T09:00", position=POST):
    return parts.acts.block("E1", position, to, t(review), basis(*names), clock.now())


def test_a_block_keeps_the_scope_low_until_another_person_lifts_it(parts, clock):
    block(parts, clock, "wang", to="supervised")
    assert (scope(parts), holds(parts)) == ("supervised", ["blocked"])
    assert targets(parts, "E1")["dc-ops"] == "absent"
    clock.advance(timedelta(days=20))
    with pytest.raises(ConfigError, match="another person"):
        parts.acts.lift("E1", POST, basis("Wang "), clock.now())
    parts.acts.lift("E1", POST, basis("li"), clock.now())
    assert (scope(parts), holds(parts)) == ("full", [])
    with pytest.raises(ConfigError, match="found no block"):
        parts.acts.lift("E1", POST, basis("li"), clock.now())
    assert [each["verdict"] for each in entered(parts, "corrected")] == ["blocked", "lifted"]


def override(parts, clock, *names, days=5, to="full", start=timedelta()):
    now = clock.now()
    return parts.acts.override("E1", POST, to, now + start, now + start + timedelta(days=days), basis(*names), now)


def ask_for_another(parts, clock):
    """The post's highest rung needs a credential that nobody has."""
    send(parts, roster("E1", "2026-01-15T00:00"), clock)
    post = parts.folder.positions[POST]
    more = {**post.credential, "another": post.credential["high-voltage"].model_copy(update={"scheme": "another"})}
    rungs = (*post.ladder[:-1], post.ladder[-1].model_copy(update={"needs": (*post.ladder[-1].needs, "another")}))
    know(parts, post.model_copy(update={"credential": more, "ladder": rungs}))
    look(parts, clock)
    assert scope(parts) == "supervised"


def enter_dates(parts, clock, *names, number="N1", since=None, until=None):
    clock.advance(timedelta(minutes=1))
    now = clock.now()
    dates = {"valid_from": since and t(since), "valid_until": until and t(until)}
    entry = RegisterEntry(
        subject="E1", credential=HIGH, number=number, status="active", changed_at=now, entered_by="person", as_of=now,
        **dates,
    )  # fmt: skip
    return parts.acts.enter(entry, basis(*names), now)


def test_dates_that_are_not_those_entered_before_take_two_people(parts, clock):
    enter_dates(parts, clock, "wang", since="2026-01-01T00:00", until="2028-01-01T00:00")
    enter_dates(parts, clock, "li", until="2028-01-01T00:00")
    enter_dates(parts, clock, "li")
    for changed in ({"until": "2029-01-01T00:00"}, {"until": "2027-01-01T00:00"}, {"since": "2026-01-02T00:00"}):
        for number in ("N1", "n 1", "Ｎ-1"):
            with pytest.raises(ConfigError, match="two different people"):
                enter_dates(parts, clock, "wang", number=number, **changed)
    enter_dates(parts, clock, "wang", "li", until="2029-01-01T00:00")
    enter_dates(parts, clock, "wang", until="2029-01-01T00:00")
    with pytest.raises(ConfigError, match="two different people"):
        enter_dates(parts, clock, "wang", until="2028-01-01T00:00")
    enter_dates(parts, clock, "wang", number="N2", until="2031-01-01T00:00")


def test_whether_two_people_are_needed_is_decided_by_what_is_known_as_it_is_kept(parts, clock):
    """Two enter the same number at once, each with other dates: neither saw the other's."""
    enter_dates(parts, clock, "wang", number="N0")  # both are known
    begun, free = threading.Event(), threading.Event()

    def busy(_tx):
        begun.set()
        assert free.wait(30)

    before = parts.writer.submit(busy)
    assert begun.wait(30)
    waits = parts.writer._queue._waiting.qsize
    with ThreadPoolExecutor(2) as pool:
        asked = []
        for n, until in enumerate(("2028-01-01T00:00", "2029-01-01T00:00"), 1):
            asked.append(pool.submit(enter_dates, parts, clock, "wang", until=until))
            till(lambda n=n: asked[-1].done() or waits() == n, "it has looked, and waits to be kept")
        free.set()
        before.result(30)
        assert asked[0].result(30).counts
        with pytest.raises(ConfigError, match="two different people"):
            asked[1].result(30)


def test_a_date_of_a_number_entered_without_one_takes_two_people(parts, clock):
    enter_dates(parts, clock, "wang")
    with pytest.raises(ConfigError, match="two different people"):
        enter_dates(parts, clock, "wang", until="2028-01-01T00:00")


def test_an_override_opens_for_some_days_and_not_over_an_issuers_closing_word(parts, clock):
    ask_for_another(parts, clock)
    override(parts, clock, "wang", "li")
    assert scope(parts) == "full"
    send(parts, status("E1", "high", "revoked", 9), clock)
    assert scope(parts) == "supervised", "127: the override is void"


def look(parts, clock):
    person = parts.directory.person_by_number("E1")
    parts.writer.call(lambda tx: tx.due(person, at=tx.now, because="operator"))


def test_an_override_ends_by_itself(parts, clock):
    ask_for_another(parts, clock)
    override(parts, clock, "wang", "li", days=3)
    assert scope(parts) == "full"
    clock.advance(timedelta(days=3))
    look(parts, clock)
    assert scope(parts) == "supervised"


def test_26_a_mistaken_revocation_is_undone_by_two_people_alone(parts, clock):
    send(parts, status("E1", "high", "revoked", 5, day="2026-01-25"), clock)
    clock.advance(timedelta(hours=1))
    send(parts, status("E1", "high", "active", 6, day="2026-01-26"), clock)
    assert scope(parts) == "supervised"
    clock.advance(timedelta(hours=1))
    with pytest.raises(ConfigError, match="two different people"):
        parts.acts.reopen("E1", HIGH, "high-E1", basis("wang"), clock.now())
    parts.acts.reopen("E1", HIGH, "HIGH E1", basis("wang", "li"), clock.now())
    assert scope(parts) == "full"
    assert targets(parts, "E1")["dc-ops"] == "present"


def entry(clock, said="active", number="high-E1", by="person", start=None, until=None):
    return RegisterEntry(
        subject="E1",
        credential=HIGH,
        number=number,
        status=said,
        changed_at=(start and t(start)) or clock.now(),
        valid_from=start and t(start),
        valid_until=until and t(until),
        entered_by=by,
        as_of=clock.now(),
    )


def test_131_the_register_does_not_reopen_what_the_issuer_closed(parts, clock):
    send(parts, status("E1", "high", "revoked", 5, day="2026-01-25"), clock)
    clock.advance(timedelta(days=2))
    said = entry(clock, number="ｈigh E1", start="2026-01-30T00:00", until="2027-07-01T00:00")
    parts.acts.enter(said, basis("wang", "li"), clock.now())
    assert scope(parts) == "supervised"


def test_the_register_closes_like_anybody(parts, clock):
    clock.advance(timedelta(hours=1))
    parts.acts.enter(entry(clock, "suspended"), basis("wang"), clock.now())
    assert scope(parts) == "supervised"
    clock.advance(timedelta(hours=1))
    parts.acts.enter(entry(clock, "active"), basis("wang"), clock.now())
    assert scope(parts) == "full"


@pytest.mark.parametrize(
    ("names", "by", "wanted"), [(["wang"], "person", "none"), (["wang", "li"], "two_persons", "x")]
)
def test_a_post_may_ask_that_two_people_entered_it(parts, clock, names, by, wanted):
    post = parts.folder.positions[POST]
    high = post.credential["high-voltage"].model_copy(update={"scheme": "hand-made", "least_provenance": "two_persons"})
    know(parts, post.model_copy(update={"credential": {**post.credential, "high-voltage": high}}))
    made = parts.acts
    said = entry(clock, number="H1", by=by, start="2026-01-01T00:00", until="2027-07-01T00:00")
    made.enter(said.model_copy(update={"credential": "hand-made"}), basis(*names), clock.now())
    assert scope(parts) == ("full" if wanted == "x" else "supervised")


def test_a_renewal_that_waits_for_hr_hears_its_act(parts, clock):
    post = parts.folder.positions[POST]
    own = post.credential["dc-ops-qualification"].model_copy(update={"renewal": "hr"})
    know(parts, post.model_copy(update={"credential": {**post.credential, "dc-ops-qualification": own}}))
    parts.acts.renew("E1", POST, "dc-ops-qualification", basis("wang"), clock.now())
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        dossier = parts.evidence.dossier(person, session, now=clock.now())
    acts = [fact.record for fact in dossier.facts if isinstance(fact.record, RenewalAct)]
    assert [(each.credential, each.acted_at) for each in acts] == [("dc-ops-qualification", NOW)]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda p, c: block(p, c, "wang", position="dc-operation"), "did you mean 'dc-operations'"),
        (lambda p, c: block(p, c, "wang", to="partial(1)"), "expected one of none, supervised, full"),
        (lambda p, c: block(p, c, "wang", review="2026-02-01T09:00"), "expected an instant ahead"),
        (lambda p, c: block(p, c, "E1"), "themselves"),
        (lambda p, c: override(p, c, "wang"), "two different people"),
        (lambda p, c: override(p, c, "wang", "li", days=8), "at most 7 days"),
        (lambda p, c: override(p, c, "wang", "li", start=-timedelta(days=3)), "from now on"),
        (lambda p, c: override(p, c, "wang", "li", to="none"), "expected one of"),
        (lambda p, c: p.acts.renew("E1", POST, "dc-ops-qualification", basis("w"), c.now()), "renews by itself"),
        (lambda p, c: p.acts.renew("E1", POST, "dc-ops-qualificatio", basis("w"), c.now()), "did you mean"),
        (lambda p, c: p.acts.reopen("E1", "high-voltage", "x", basis("w", "l"), c.now()), "did you mean"),
        (lambda p, c: p.acts.enter(entry(c, start="2026-02-01T00:00", until="2026-01-01T00:00"), basis("w"), c.now()),
         "later than --from"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_is_refused_and_leaves_nothing(parts, clock, act, expected):
    with pytest.raises(ConfigError, match=expected):
        act(parts, clock)
    assert (scope(parts), entered(parts, "corrected")) == ("full", [])
