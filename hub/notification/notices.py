"""Whom to tell what: a notice once per cause and stage, and never about what lies before enforcement."""

from hub.access.modes import Modes
from hub.rules.dossier import Standing
from hub.store.commit import Tx
from hub.store.tables import notices as sql


def enqueue_notices(person: str, standing: Standing, modes: Modes, tx: Tx) -> None:
    """Keep the notices of a standing, each once; nobody hears of what lies before enforcement."""
    since = modes.enforced_since(standing.position)
    for notice in standing.notices:
        if since is None or notice.at < since or notice.at > tx.now:
            continue
        row = {
            "id": tx.new_id(),
            "person": person,
            "position": notice.position,
            "kind": notice.kind,
            "audience": notice.audience,
            "cause": notice.cause,
            "stage": notice.stage,
            "body": notice.model_dump_json(),
            "state": "decided",
            "decided_at": tx.now_us,
            "next_at": 0,
            "tries": 0,
            "receipt": None,
        }
        if tx.session.run(sql.insert_notice, row):
            tx.wake_mail()
