"""Which questions for figures were answered: the ids of those that might be repeated still."""

from typing import NamedTuple

from hub.store.columns import Index, Table, instant, text
from hub.store.statement import Query, Statement

QUESTIONS = Table("questions", text("id", key=True), instant("at"), Index("questions_at", "at"), rowid=False)


class AnsweredAt(NamedTuple):
    """When a question was answered."""

    at: int


# A question was answered.
insert_question = Statement("INSERT INTO questions (id, at) VALUES (:id, :at)")

# When a question was answered, if it was.
question_answered = Query(AnsweredAt, "SELECT at FROM questions WHERE id = :id")

# Of what was answered before an instant nothing is known any more: its own date refuses it.
forget_questions = Statement("DELETE FROM questions WHERE at < :before")
