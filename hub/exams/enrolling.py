"""Decides who is enrolled in a course: who has to take one for a post is, once, whichever posts ask for it."""

from collections.abc import Sequence

from hub.access.modes import Modes
from hub.rules.posts.standing import Standing
from hub.rules.telling.courses import CourseChange, course_changes
from hub.store.commit import Tx
from hub.store.tables.registrations import (
    RegistrationRow,
    end_enrolment,
    enrolments_of,
    move_enrolment,
    resume_enrolment,
    set_wanted,
)


def enrol(person: str, standings: Sequence[Standing], modes: Modes, tx: Tx) -> None:
    """Keep what changed of the courses that posts ask for, for the learning system to be told.

    Nothing of a post that only is observed. Who was enrolled, and has to take a course once more, still is.
    """
    carried_out = [each for each in standings if _is_enforced(each.position, modes, tx)]
    if not carried_out:
        return
    rows = {row.topic: row for row in tx.session.all(enrolments_of, {"person": person})}
    enrolled = {course: row.position for course, row in rows.items() if row.wanted == "registered"}
    for change in course_changes(carried_out, enrolled):
        _keep(person, change, rows.get(change.course), tx)


def _is_enforced(position: str, modes: Modes, tx: Tx) -> bool:
    since = modes.enforced_since(position)
    return since is not None and since <= tx.now


def _keep(person: str, change: CourseChange, row: RegistrationRow | None, tx: Tx) -> None:
    if row is not None and row.position != change.position:
        tx.session.run(move_enrolment, {"of": row.id, "position": change.position})
    if row is not None and change.wanted == "over":
        tx.session.run(end_enrolment, {"of": row.id})
    elif row is not None and row.wanted == "over" and row.accepted_at is not None:
        tx.session.run(resume_enrolment, {"of": row.id})
    else:
        _tell(person, change, tx)


def _tell(person: str, change: CourseChange, tx: Tx) -> None:
    tx.session.run(
        set_wanted,
        {
            "id": tx.new_id(),
            "kind": "course",
            "person": person,
            "position": change.position,
            "credential": "",
            "requirement": change.course,
            "topic": change.course,
            "wanted": change.wanted,
            "state": "decided",
            "decided_at": tx.now_us,
        },
    )
    tx.log("registration", person=person, position=change.position, course=change.course, outcome=change.wanted)
    tx.wake_exams()
