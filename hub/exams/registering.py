"""Decides who is registered for an exam: who became eligible is, who ceased to be is not any more."""

from hub.access.modes import Modes
from hub.rules.posts.standing import Standing
from hub.rules.telling.exams import ExamChange, exam_changes
from hub.rules.telling.message import Message
from hub.store.commit import Tx
from hub.store.tables.registrations import registrations_of, set_wanted


def register(person: str, standing: Standing, modes: Modes, tx: Tx) -> list[Message]:
    """Keep what changed of the exams of a post, for the exam system to be told; what the person is to be told.

    Nothing of a post that only is observed.
    """
    since = modes.enforced_since(standing.position)
    if since is None or since > tx.now:
        return []
    rows = tx.session.all(registrations_of, {"person": person, "position": standing.position})
    registered = {(row.credential, row.requirement): row.topic for row in rows if row.wanted == "registered"}
    changes = exam_changes(standing, registered, now=tx.now, enforced_at=since)
    for change in changes:
        _keep(person, standing.position, change, tx)
    messages = (change.message(standing.position, tx.now) for change in changes)
    return [message for message in messages if message is not None]


def _keep(person: str, position: str, change: ExamChange, tx: Tx) -> None:
    credential, requirement = change.place
    tx.session.run(
        set_wanted,
        {
            "id": tx.new_id(),
            "kind": "exam",
            "person": person,
            "position": position,
            "credential": credential,
            "requirement": requirement,
            "topic": change.exam,
            "wanted": change.wanted,
            "state": "accepted" if change.wanted == "over" else "decided",
            "decided_at": tx.now_us,
        },
    )
    if change.wanted != "over":
        tx.log("registration", person=person, position=position, exam=change.exam, outcome=change.wanted)
        tx.wake_exams()
