"""Every query of the hub, by name."""

from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, case, cast, delete, func, literal_column, null, or_, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from hub.store import schema as t
from hub.store.slots import NO_SLOT
from hub.store.statement import Statement

BALANCE_WORDS = ("received", "applied", "duplicate", "ignored", "held", "quarantined", "discarded", "refused")


class _EachOf(FunctionElement[str]):
    """The texts of a JSON array, as rows: one question for many."""

    name = "each_of"
    inherit_cache = True


@compiles(_EachOf, "sqlite")  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def _each_sqlite(element: _EachOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_EachOf, "postgresql")  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def _each_postgresql(element: _EachOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"


def _insert(
    table: Any, *, ignore: bool = False, update_on: tuple[str, ...] = (), skip: tuple[str, ...] = ()
) -> Statement:
    """Insert a whole row; on a conflict do nothing, or take the new values over."""

    def build(insert: Any) -> Any:
        names = [c.name for c in table.columns if c.name not in skip]
        statement = insert(table).values({name: bindparam(name) for name in names})
        if ignore:
            return statement.on_conflict_do_nothing()
        if update_on:
            new = {name: statement.excluded[name] for name in names if name not in update_on}
            return statement.on_conflict_do_update(index_elements=update_on, set_=new)
        return statement

    return Statement(build)


def _fixed(expression: Any) -> Statement:
    return Statement(lambda _insert: expression)


def _word(text: str) -> Any:
    # Written into the text: a statement's only parameters are the named ones.
    return literal_column(f"'{text}'")


def _number(value: int) -> Any:
    return literal_column(str(value))


# --- the log -------------------------------------------------------------------------------------------------
# SQLite writes "OFFSET 0" by itself, as a parameter; said here, it is text.
head = _fixed(select(t.head.c.size, t.head.c.frontier))
head_locked = _fixed(select(t.head.c.size, t.head.c.frontier).with_for_update())
set_head = _fixed(update(t.head).values(size=bindparam("size"), frontier=bindparam("frontier")))
insert_entry = _insert(t.entries)
entries_after = _fixed(
    select(t.entries.c.seq, t.entries.c.body, t.entries.c.leaf)
    .where(t.entries.c.seq > bindparam("seq"))
    .order_by(t.entries.c.seq)
    .limit(bindparam("limit"))
    .offset(_number(0))
)
entries_of_person = _fixed(
    select(t.entries.c.seq, t.entries.c.body)
    .where(t.entries.c.person == bindparam("person"))
    .order_by(t.entries.c.seq.desc())
    .limit(bindparam("limit"))
    .offset(_number(0))
)
leaves_from = _fixed(
    select(t.entries.c.leaf)
    .where(t.entries.c.seq >= bindparam("seq"))
    .order_by(t.entries.c.seq)
    .limit(bindparam("limit"))
    .offset(_number(0))
)
insert_checkpoint = _insert(t.checkpoints, ignore=True)
last_checkpoint = _fixed(
    select(t.checkpoints.c.size, t.checkpoints.c.note)
    .order_by(t.checkpoints.c.size.desc())
    .limit(_number(1))
    .offset(_number(0))
)
checkpoints = _fixed(select(t.checkpoints.c.size, t.checkpoints.c.note).order_by(t.checkpoints.c.size))

# --- input ---------------------------------------------------------------------------------------------------
insert_transmission = _insert(t.transmissions)
known_transmissions = _fixed(
    select(t.transmissions.c.id, t.transmissions.c.digest, t.transmissions.c.counts, t.transmissions.c.state).where(
        t.transmissions.c.id.in_(select(_EachOf(bindparam("ids")).table_valued("value").c.value))
    )
)
transmission = _fixed(
    select(
        t.transmissions.c.connector,
        t.transmissions.c.received_at,
        t.transmissions.c.wire,
        t.transmissions.c.bucket,
        t.transmissions.c.sealed,
        t.transmissions.c.state,
        t.transmissions.c.digest,
        t.transmissions.c.counts,
    ).where(t.transmissions.c.id == bindparam("id"))
)
rename_transmission = _fixed(
    update(t.transmissions)
    .where(t.transmissions.c.id == bindparam("of"))
    .values(id=bindparam("to"), state=_word("superseded"))
)
insert_fact = _insert(t.facts, ignore=True, skip=("id",))
fact_digests = _fixed(
    select(t.facts.c.key, t.facts.c.digest, t.facts.c.transmission).where(
        t.facts.c.slot == bindparam("slot"), t.facts.c.key == bindparam("key")
    )
)
insert_quarantine = _insert(t.quarantine)
quarantine_list = _fixed(
    select(
        t.quarantine.c.id,
        t.quarantine.c.connector,
        t.quarantine.c.transmission,
        t.quarantine.c.item,
        t.quarantine.c.code,
        t.quarantine.c.place,
        t.quarantine.c.expected,
        t.quarantine.c.at,
    )
    .where(t.quarantine.c.state == bindparam("state"))
    .order_by(t.quarantine.c.at)
    .limit(bindparam("limit"))
    .offset(_number(0))
)
quarantine_one = _fixed(
    select(
        t.quarantine.c.connector,
        t.quarantine.c.transmission,
        t.quarantine.c.bucket,
        t.quarantine.c.sealed,
        t.quarantine.c.state,
        t.quarantine.c.item,
    ).where(t.quarantine.c.id == bindparam("id"))
)
set_quarantine = _fixed(
    update(t.quarantine).where(t.quarantine.c.id == bindparam("of")).values(state=bindparam("state"))
)
supersede_quarantine = _fixed(
    update(t.quarantine)
    .where(t.quarantine.c.transmission == bindparam("of"), t.quarantine.c.state == _word("waiting"))
    .values(state=_word("superseded"), transmission=bindparam("to"))
)

# --- who it is -----------------------------------------------------------------------------------------------
subject_by_lookup = _fixed(
    select(t.subjects.c.token, t.subjects.c.key).where(t.subjects.c.lookup == bindparam("lookup"))
)
insert_subject = _insert(t.subjects, ignore=True)
set_subject = _fixed(
    update(t.subjects)
    .where(t.subjects.c.token == bindparam("of"))
    .values(key=bindparam("key"), sealed=bindparam("sealed"))
)
subject = _fixed(
    select(t.subjects.c.source, t.subjects.c.key, t.subjects.c.sealed).where(t.subjects.c.token == bindparam("token"))
)
subjects_of_person = _fixed(
    select(
        t.subjects.c.token,
        t.subjects.c.source,
        t.subjects.c.key,
        t.subjects.c.sealed,
        t.links.c.valid_from,
        t.links.c.valid_until,
    )
    .join(t.links, t.links.c.subject == t.subjects.c.token)
    .where(t.links.c.person == bindparam("person"))
)
insert_person = _insert(t.people, ignore=True)
person_of_subject = _fixed(
    select(t.people.c.person, t.people.c.as_of).where(t.people.c.subject == bindparam("subject"))
)
person = _fixed(select(t.people.c.subject, t.people.c.epoch).where(t.people.c.person == bindparam("person")))
person_as_of = _fixed(select(t.people.c.as_of).where(t.people.c.person == bindparam("person")))
all_people = _fixed(select(t.people.c.person, t.people.c.subject))
set_person_as_of = _fixed(update(t.people).where(t.people.c.person == bindparam("of")).values(as_of=bindparam("as_of")))
grow_epoch = _fixed(
    update(t.people).where(t.people.c.person == bindparam("of")).values(epoch=t.people.c.epoch + _number(1))
)
insert_link = _insert(t.links, update_on=("subject", "person", "valid_from"))
links_of_subject = _fixed(
    select(t.links.c.person, t.links.c.valid_from, t.links.c.valid_until).where(
        t.links.c.subject == bindparam("subject")
    )
)
end_link = _fixed(
    update(t.links)
    .where(
        t.links.c.subject == bindparam("of"),
        t.links.c.person == bindparam("whom"),
        t.links.c.valid_until > bindparam("until"),
    )
    .values(valid_until=bindparam("until"))
)
delete_link = _fixed(
    delete(t.links).where(
        t.links.c.subject == bindparam("of"),
        t.links.c.person == bindparam("whom"),
        t.links.c.valid_from == bindparam("since"),
    )
)
add_held = Statement(
    lambda insert: (
        s := insert(t.held).values({c.name: bindparam(c.name) for c in t.held.columns})
    ).on_conflict_do_update(
        index_elements=["subject", "connector"], set_={"items": t.held.c["items"] + s.excluded["items"]}
    )
)
held_of_subject = _fixed(select(t.held.c.connector, t.held.c["items"]).where(t.held.c.subject == bindparam("subject")))
delete_held = _fixed(delete(t.held).where(t.held.c.subject == bindparam("subject")))
held_list = _fixed(
    select(t.held.c.subject, t.held.c.connector, t.held.c["items"], t.held.c.since)
    .order_by(t.held.c.since)
    .limit(bindparam("limit"))
    .offset(_number(0))
)

# --- evidence of one person ----------------------------------------------------------------------------------
_mine = and_(
    t.links.c.person == bindparam("person"),
    t.facts.c.at >= t.links.c.valid_from,
    t.facts.c.at < t.links.c.valid_until,
    t.facts.c.known_at <= bindparam("known_by"),
)
_from_links = t.links.join(t.facts, t.facts.c.subject == t.links.c.subject)


# Said in so many words, for an index that holds only these is taken only then.
_no_punch = t.facts.c.kind != _word("punch")


def _facts_of(*kinds: str) -> Any:
    return (
        select(t.facts.c.id, t.facts.c.kind, t.facts.c.subject, t.facts.c.topic, t.facts.c.at, t.facts.c.body)
        .select_from(_from_links)
        .where(_mine, _no_punch, t.facts.c.kind.in_([_word(kind) for kind in kinds]))
    )


statements_of = _fixed(_facts_of("assignment", "leave", "enrolment", "credential_status", "result", "credited_hours"))
subjects_linked = _fixed(
    select(t.links.c.subject, t.links.c.valid_from, t.links.c.valid_until).where(
        t.links.c.person == bindparam("person")
    )
)
punches_in = _fixed(
    select(t.facts.c.subject, t.facts.c.topic, t.facts.c.at, t.facts.c.body).where(
        t.facts.c.slot.in_(select(cast(_EachOf(bindparam("slots")).table_valued("value").c.value, BigInteger))),
        t.facts.c.kind == _word("punch"),
        t.facts.c.at >= bindparam("from"),
        t.facts.c.at <= bindparam("until"),
        t.facts.c.known_at <= bindparam("known_by"),
    )
)
studies_of = _fixed(_facts_of("study").where(t.facts.c.topic == bindparam("topic")))
courses_of_subject = _fixed(
    select(t.facts.c.topic)
    .where(t.facts.c.subject == bindparam("subject"), _no_punch, t.facts.c.kind == _word("study"))
    .distinct()
)
courses_of_person = _fixed(
    select(t.facts.c.topic)
    .select_from(_from_links)
    .where(_mine, _no_punch, t.facts.c.kind == _word("study"))
    .distinct()
)
sessions_of_subject = _fixed(
    select(t.facts.c.topic)
    .where(t.facts.c.subject == bindparam("subject"), _no_punch, t.facts.c.kind == _word("enrolment"))
    .distinct()
)
all_voided = _fixed(select(t.facts.c.topic).where(t.facts.c.kind == _word("voided")))
fact_subject = _fixed(
    select(t.facts.c.subject, t.facts.c.kind, t.facts.c.topic, t.facts.c.at).where(
        t.facts.c.slot == _number(NO_SLOT), t.facts.c.key == bindparam("key")
    )
)
sessions = _fixed(
    select(t.facts.c.body, t.facts.c.known_at).where(
        t.facts.c.subject == _word(""), _no_punch, t.facts.c.kind == _word("session")
    )
)
enrolled_in = _fixed(
    select(t.facts.c.subject)
    .where(t.facts.c.topic == bindparam("topic"), t.facts.c.kind == _word("enrolment"))
    .distinct()
)

watermark_of_device = _fixed(
    select(t.peers.c.status, t.peers.c.memory, t.peers.c.last_contact_at).where(t.peers.c.peer == bindparam("peer"))
)

# --- looking again -------------------------------------------------------------------------------------------
postpone = Statement(
    lambda insert: (
        s := insert(t.due).values({c.name: bindparam(c.name) for c in t.due.columns})
    ).on_conflict_do_update(
        index_elements=["person"],
        set_={
            "at": case((t.due.c.at < s.excluded["at"], t.due.c.at), else_=s.excluded["at"]),
            "because": s.excluded["because"],
            "tries": s.excluded["tries"],
        },
    )
)
set_due = _insert(t.due, update_on=("person",))
clear_due = _fixed(delete(t.due).where(t.due.c.person == bindparam("person")))
due_now = _fixed(
    select(t.due.c.person, t.due.c.because, t.due.c.tries)
    .where(t.due.c.at <= bindparam("now"))
    .order_by(t.due.c.at)
    .limit(bindparam("limit"))
    .offset(_number(0))
)
next_due = _fixed(select(func.min(t.due.c.at)))
due_of = _fixed(select(t.due.c.at, t.due.c.because, t.due.c.tries).where(t.due.c.person == bindparam("person")))
stuck = _fixed(select(t.due.c.person, t.due.c.tries, t.due.c.because).where(t.due.c.tries > _number(0)))
folds_of = _fixed(select(t.folded.c.unit, t.folded.c.body).where(t.folded.c.person == bindparam("person")))
set_fold = _insert(t.folded, update_on=("person", "unit"))

# --- standings and what must be true -------------------------------------------------------------------------
standings_of = _fixed(
    select(
        t.standings.c.position,
        t.standings.c.scope,
        t.standings.c.body,
        t.standings.c.decision,
        t.standings.c.decided_at,
    ).where(t.standings.c.person == bindparam("person"))
)
set_standing = _insert(t.standings, update_on=("person", "position"))
holders_of = _fixed(select(t.standings.c.person).where(t.standings.c.position == bindparam("position")))
holders = _fixed(select(t.standings.c.person).distinct())
insert_decision = _insert(t.decisions)
decisions_of = _fixed(
    select(
        t.decisions.c.id,
        t.decisions.c.position,
        t.decisions.c.decided_at,
        t.decisions.c.because,
        t.decisions.c.before,
        t.decisions.c.after,
        t.decisions.c.body,
    )
    .where(t.decisions.c.person == bindparam("person"))
    .order_by(t.decisions.c.decided_at.desc())
    .limit(bindparam("limit"))
    .offset(_number(0))
)
desired_of = _fixed(
    select(
        t.desired.c.sink,
        t.desired.c.target,
        t.desired.c.wanted,
        t.desired.c.explicit,
        t.desired.c.positions,
        t.desired.c.mode,
        t.desired.c.epoch,
        t.desired.c.state,
        t.desired.c.decision,
        t.desired.c.decided_at,
        t.desired.c.observed,
        t.desired.c.observed_at,
    ).where(t.desired.c.person == bindparam("person"))
)
set_desired = _insert(t.desired, update_on=("person", "sink", "target"))
set_delivery = _fixed(
    update(t.desired)
    .where(
        t.desired.c.person == bindparam("of"),
        t.desired.c.sink == bindparam("at_sink"),
        t.desired.c.target == bindparam("for_target"),
    )
    .values(state=bindparam("state"), observed=bindparam("observed"), observed_at=bindparam("observed_at"))
)
set_epoch = _fixed(
    update(t.desired)
    .where(
        t.desired.c.person == bindparam("of"),
        t.desired.c.sink == bindparam("at_sink"),
        t.desired.c.target == bindparam("for_target"),
    )
    .values(epoch=bindparam("epoch"))
)
observed_at_sink = _fixed(
    select(
        t.desired.c.person,
        t.desired.c.target,
        t.desired.c.wanted,
        t.desired.c.state,
        t.desired.c.mode,
        t.desired.c.epoch,
    ).where(t.desired.c.sink == bindparam("sink"))
)

# --- delivery ------------------------------------------------------------------------------------------------
arm = Statement(
    lambda insert: (
        s := insert(t.outbox).values({c.name: bindparam(c.name) for c in t.outbox.columns})
    ).on_conflict_do_update(
        index_elements=["person", "sink"],
        set_={
            "lane": s.excluded["lane"],
            "epoch": s.excluded["epoch"],
            "next_at": s.excluded["next_at"],
            "tries": s.excluded["tries"],
        },
    )
)
claimable = _fixed(
    select(t.outbox.c.person, t.outbox.c.sink, t.outbox.c.lane, t.outbox.c.epoch, t.outbox.c.tries)
    .where(
        t.outbox.c.next_at <= bindparam("now"),
        or_(t.outbox.c.lease_until.is_(None), t.outbox.c.lease_until < bindparam("now")),
    )
    .order_by(t.outbox.c.lane, t.outbox.c.next_at)
    .limit(bindparam("limit"))
    .offset(_number(0))
)
next_delivery = _fixed(
    select(func.min(case((t.outbox.c.lease_until.is_(None), t.outbox.c.next_at), else_=t.outbox.c.lease_until)))
)
lease = _fixed(
    update(t.outbox)
    .where(t.outbox.c.person == bindparam("of"), t.outbox.c.sink == bindparam("at_sink"))
    .values(lease_until=bindparam("until"))
)
retry = _fixed(
    update(t.outbox)
    .where(
        t.outbox.c.person == bindparam("of"),
        t.outbox.c.sink == bindparam("at_sink"),
        t.outbox.c.epoch == bindparam("of_epoch"),
    )
    .values(lease_until=null(), next_at=bindparam("at"), tries=bindparam("tries"))
)
delivered = _fixed(
    delete(t.outbox).where(
        t.outbox.c.person == bindparam("person"),
        t.outbox.c.sink == bindparam("sink"),
        t.outbox.c.epoch == bindparam("epoch"),
    )
)
unlease = _fixed(
    update(t.outbox)
    .where(t.outbox.c.person == bindparam("of"), t.outbox.c.sink == bindparam("at_sink"))
    .values(lease_until=null())
)
leases_left = _fixed(select(t.outbox.c.person, t.outbox.c.sink).where(t.outbox.c.lease_until.is_not(None)))
settle_leases = _fixed(
    update(t.outbox).where(t.outbox.c.lease_until.is_not(None)).values(lease_until=null(), next_at=bindparam("at"))
)
rearm_all = _fixed(update(t.outbox).where(t.outbox.c.lease_until.is_(None)).values(next_at=_number(0)))
outbox_size = _fixed(select(t.outbox.c.sink, func.count()).group_by(t.outbox.c.sink))
insert_notice = _insert(t.notices, ignore=True)
notices_now = _fixed(
    select(
        t.notices.c.id,
        t.notices.c.person,
        t.notices.c.position,
        t.notices.c.kind,
        t.notices.c.audience,
        t.notices.c.cause,
        t.notices.c.body,
        t.notices.c.tries,
        t.notices.c.state,
    )
    .where(
        t.notices.c.state.in_([_word("decided"), _word("unknown")]),
        t.notices.c.next_at <= bindparam("now"),
    )
    .order_by(t.notices.c.next_at)
    .limit(bindparam("limit"))
    .offset(_number(0))
)
set_notice = _fixed(
    update(t.notices)
    .where(t.notices.c.id == bindparam("of"))
    .values(
        state=bindparam("state"), next_at=bindparam("next_at"), tries=bindparam("tries"), receipt=bindparam("receipt")
    )
)
wake_notices = _fixed(
    update(t.notices)
    .where(t.notices.c.state.in_([_word("decided"), _word("sent"), _word("unknown")]))
    .values(
        state=case((t.notices.c.state == _word("sent"), _word("unknown")), else_=t.notices.c.state),
        next_at=_number(0),
    )
)
notices_of = _fixed(
    select(
        t.notices.c.kind,
        t.notices.c.audience,
        t.notices.c.cause,
        t.notices.c.stage,
        t.notices.c.state,
        t.notices.c.decided_at,
    )
    .where(t.notices.c.person == bindparam("person"))
    .order_by(t.notices.c.decided_at)
)
notices_waiting = _fixed(
    select(func.count())
    .select_from(t.notices)
    .where(t.notices.c.state.in_([_word("decided"), _word("sent"), _word("unknown")]))
)

# --- peers, connectors, modes --------------------------------------------------------------------------------
peer = _fixed(
    select(t.peers.c.status, t.peers.c.memory, t.peers.c.last_contact_at).where(
        t.peers.c.connector == bindparam("connector"), t.peers.c.peer == bindparam("peer")
    )
)
peers = _fixed(
    select(
        t.peers.c.connector,
        t.peers.c.peer,
        t.peers.c.status,
        t.peers.c.memory,
        t.peers.c.first_seen_at,
        t.peers.c.last_contact_at,
    ).order_by(t.peers.c.connector, t.peers.c.peer)
)
set_peer = Statement(
    lambda insert: (
        s := insert(t.peers).values({c.name: bindparam(c.name) for c in t.peers.columns})
    ).on_conflict_do_update(
        index_elements=["connector", "peer"],
        set_={"memory": s.excluded["memory"], "last_contact_at": s.excluded["last_contact_at"]},
    )
)
set_peer_status = _fixed(
    update(t.peers)
    .where(t.peers.c.connector == bindparam("of"), t.peers.c.peer == bindparam("which"))
    .values(status=bindparam("status"))
)
pending_peers = _fixed(
    select(func.count())
    .select_from(t.peers)
    .where(t.peers.c.connector == bindparam("connector"), t.peers.c.status == _word("pending"))
)
add_counts = Statement(
    lambda insert: (
        s := insert(t.connectors).values(
            connector=bindparam("connector"), **{word: bindparam(word) for word in BALANCE_WORDS}
        )
    ).on_conflict_do_update(
        index_elements=["connector"], set_={word: t.connectors.c[word] + s.excluded[word] for word in BALANCE_WORDS}
    )
)
connectors = _fixed(select(*t.connectors.columns).order_by(t.connectors.c.connector))
ensure_connector = Statement(
    lambda insert: insert(t.connectors).values(connector=bindparam("connector")).on_conflict_do_nothing()
)
contact = _fixed(
    update(t.connectors).where(t.connectors.c.connector == bindparam("of")).values(last_contact_at=bindparam("at"))
)
connector_error = _fixed(
    update(t.connectors)
    .where(t.connectors.c.connector == bindparam("of"))
    .values(last_error=bindparam("code"), last_error_at=bindparam("at"))
)
set_watermark = _fixed(
    update(t.connectors).where(t.connectors.c.connector == bindparam("of")).values(watermark=bindparam("at"))
)
cursor = _fixed(select(t.connectors.c["cursor"]).where(t.connectors.c.connector == bindparam("connector")))
set_cursor = _fixed(
    update(t.connectors)
    .where(t.connectors.c.connector == bindparam("of"))
    .values({"cursor": bindparam("cursor"), "summary": bindparam("summary")})
)
modes = _fixed(
    select(
        t.modes.c.scope,
        t.modes.c.name,
        t.modes.c.enforced_from,
        t.modes.c.frozen_until,
        t.modes.c.reason,
        t.modes.c.actors,
    )
)
set_mode = _insert(t.modes, update_on=("scope", "name"))
