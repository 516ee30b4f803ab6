"""Words of what a system is asked and answers, where a document says how it speaks: nobody keeps them, no facts.

A mapping document reads ``Answer``, ``Account`` and ``Member`` out of what the system answers, and writes ``Asked``.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from schemas.record import Identifier, Instant, Record, Text

AnswerWord = Literal[
    "done",
    "already",
    "not_there",
    "nobody",
    "busy",
    "conflict",
    "login",
    "no_rights",
    "no_person",
    "no_target",
    "refused",
    "failed",
]
"""How it went: ``already`` so and ``not_there`` of a change, ``nobody`` of a list, ``login``: the token has run out,
``failed``: what became of it is not known."""

NameIfSaid = Annotated[str, StringConstraints(max_length=128)]
"""An identifier; empty where none is said."""


Figure = Annotated[str, StringConstraints(max_length=32, pattern=r"^(?:[0-9]+(?:\.[0-9]+)?)?$")]
"""A decimal number as text; empty where there is none."""
Day = Annotated[str, StringConstraints(pattern=r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
"""A calendar day as text; empty where there is none."""


class _Word(Record):
    FACT: ClassVar[bool] = False
    OF_A_PERSON: ClassVar[bool] = False


class Answer(_Word):
    """What an answer says of itself, whatever was asked; ``subject`` and ``target`` where it repeats what it was asked.

    ``status`` and ``media_type`` of the HTTP answer are in the context of its form.
    """

    KIND: ClassVar[str] = "door_answer"

    subject: NameIfSaid = Field(default="", description="The account it is about, if it says so: it must be the one.")
    target: NameIfSaid = Field(default="", description="The target it is about, if it says so: it must be the one.")
    says: AnswerWord = Field(description="How it went, by a table of the system's own codes.")
    code: Annotated[str, StringConstraints(max_length=64)] = Field(
        default="", description="The system's own code, for whoever looks at what was refused."
    )
    total: int | None = Field(
        default=None, ge=0, description="How many there are in all, where it is a page of a list."
    )
    next: Annotated[str, StringConstraints(max_length=1024)] = Field(
        default="", description="Where the list goes on ({cursor}), empty at its end."
    )
    key: Annotated[str, StringConstraints(max_length=512)] = Field(
        default="", description="The key of the word that it is a receipt of: it must be the one that was sent."
    )
    receipt: Annotated[str, StringConstraints(max_length=128)] = Field(
        default="", description="The system's own number of that receipt."
    )


class Account(_Word):
    """An account of the system, with our identifier of its person. ``subject`` is its name in lists and changes."""

    KIND: ClassVar[str] = "door_account"

    person: Identifier = Field(description="Our identifier of the person, as the system has it.")


class Member(_Word):
    """One to whom a target is open. ``subject`` is the same name that accounts have."""

    KIND: ClassVar[str] = "door_member"

    person: NameIfSaid = Field(default="", description="Our identifier of the person, where the list shows it.")
    target: NameIfSaid = Field(default="", description="The target it belongs to, if it says so: it must be the one.")


class Asked(_Word):
    """What a system is asked, for a body: what the operation knows, as far as the form has a place for it."""

    KIND: ClassVar[str] = "door_asked"

    subject: NameIfSaid = Field(default="", description="The account that is changed.")
    person: NameIfSaid = Field(default="", description="Our identifier of who is looked for.")
    target: NameIfSaid = Field(default="", description="The target, by its name there.")
    key: Annotated[str, StringConstraints(max_length=512)] = Field(
        default="", description="The same for each try of one change."
    )
    credential: NameIfSaid = Field(default="", description="The credential for whose sake it is asked.")
    position: NameIfSaid = Field(default="", description="The position for whose sake it is asked.")
    since: Instant | None = Field(default=None, description="Since when it is so.")
    cursor: Annotated[str, StringConstraints(max_length=1024)] = Field(default="", description="Where a list goes on.")
    page: int | None = Field(default=None, description="Number of the page.")
    offset: int | None = Field(default=None, description="So many of the list were read.")
    size: int | None = Field(default=None, description="So many at most on a page.")
    sequence: int | None = Field(default=None, ge=0, description="Of two words about one thing the higher one holds.")
    course_zh: Text = Field(default="", description="What a course is called, in Chinese.")
    course_en: Text = Field(default="", description="In English.")
    from_on: Day = Field(default="", description="First day of the stretch that figures are of: 2026-01-01.")
    until_on: Day = Field(default="", description="Its last day.")
    credited_seconds: int | None = Field(default=None, ge=0, description="Time that is proven.")
    required_seconds: int | None = Field(default=None, ge=0, description="Time that was to be attended.")
    open_seconds: int | None = Field(default=None, ge=0, description="Time of which it cannot be told yet.")
    hours: Figure = Field(default="", description="The proven time in hours, cut to two decimals: 2.50.")
    required_hours: Figure = Field(default="", description="The time that was to be attended, likewise.")
    rate: Figure = Field(
        default="", description="Attended of required time, 0.0000 to 1.0000; empty where none was required."
    )
