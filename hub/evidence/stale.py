"""Has attendance folded again where an identifier begins or ceases to count for a person."""

from hub.store import queries as q
from hub.store.commit import Tx


def forget_folds(subject: str, person: str, tx: Tx) -> None:
    """Have every session and course folded again in which this identifier may count."""
    topics = {topic for (topic,) in tx.session.all(q.courses_of_subject, {"subject": subject})}
    topics |= {topic for (topic,) in tx.session.all(q.sessions_of_subject, {"subject": subject})}
    topics |= {topic for topic, _body in tx.session.all(q.folds_of, {"person": person})}
    if topics:
        tx.session.many(q.set_fold, [{"person": person, "unit": topic, "body": None} for topic in sorted(topics)])
