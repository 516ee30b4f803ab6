"""Has attendance folded again where an identifier begins or ceases to count for a person."""

from hub.store.commit import Tx
from hub.store.tables import facts


def forget_folds(subject: str, person: str, tx: Tx) -> None:
    """Have every session and course folded again in which this identifier may count."""
    topics = {row.topic for row in tx.session.all(facts.courses_of_subject, {"subject": subject})}
    topics |= {row.topic for row in tx.session.all(facts.sessions_of_subject, {"subject": subject})}
    topics |= {row.unit for row in tx.session.all(facts.folds_of, {"person": person})}
    if topics:
        tx.session.many(facts.set_fold, [{"person": person, "unit": topic, "body": None} for topic in sorted(topics)])
