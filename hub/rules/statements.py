"""What the issuer's statements about one credential come to: which one holds per number, and when it held."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from hub.rules.dossier import Alternatives, HeldNumber
from hub.rules.windows import BEGINNING, END, Runs, Span, joined
from schemas.credential import CLOSING, CredentialStatus


def by_number(said: Iterable[CredentialStatus]) -> dict[str, list[CredentialStatus]]:
    """Statements per number, the one that holds last. Revoked ends a number; ``unknown`` says nothing."""
    numbers: dict[str, list[CredentialStatus]] = {}
    for each in sorted((s for s in said if s.status != "unknown"), key=_order):
        before = numbers.setdefault(each.number, [])
        if not before or before[-1].status != "revoked":
            before.append(each)
    return {number: numbers[number] for number in sorted(numbers)}


def held_runs(numbers: Iterable[Sequence[CredentialStatus]], now: datetime) -> Runs:
    """When any of the numbers held, and will hold by what is said now.

    A closing statement ends a run at its own instant, and now at the latest: a fast clock keeps nothing open.
    """
    return joined(run for statements in numbers for run in _runs(statements, now))


def held_numbers(numbers: Mapping[str, Sequence[CredentialStatus]], now: datetime) -> Alternatives:
    """The numbers that hold now, and until when by what is said now."""
    return tuple(
        HeldNumber(statements[-1].credential, number, None if run.end == END else run.end)
        for number, statements in numbers.items()
        for run in _runs(statements, now)
        if run.holds(now)
    )


def lifted(statements: Sequence[CredentialStatus]) -> bool:
    """Whether the statement that holds brings back a number that had been suspended."""
    return statements[-1].status == "active" and any(each.status == "suspended" for each in statements)


def dated(statements: Sequence[CredentialStatus]) -> CredentialStatus | None:
    """The latest active statement that gives a date."""
    found = (s for s in reversed(statements) if s.status == "active" and (s.valid_from or s.valid_until))
    return next(found, None)


def _runs(statements: Sequence[CredentialStatus], now: datetime) -> list[Span]:
    runs: list[Span] = []
    open_run = False
    for each in statements:
        if each.status == "active":
            start = each.valid_from or each.changed_at
            if open_run:  # the number stated anew, with other dates perhaps
                last = runs.pop()
                start = max(start, last.start) if runs else start  # what a suspension took stays taken
            elif runs:
                start = max(start, each.changed_at)  # back after a suspension
            runs.append(Span(start, each.valid_until or END))
        elif open_run:
            last = runs.pop()
            runs.append(Span(last.start, min(last.end, max(last.start, min(each.changed_at, now)))))
        open_run = each.status == "active"
    return runs


def closing(statement: CredentialStatus) -> bool:
    """Whether its issuer suspended or revoked it in so many words."""
    return statement.status in CLOSING


def _order(said: CredentialStatus) -> tuple[int, datetime, str, datetime, timedelta]:
    # Of statements that claim the same place the stricter counts as the later: one that closes sorts after active, then
    # what begins later, then what ends earlier.
    begins, ends = said.valid_from or BEGINNING, said.valid_until or END
    return said.sequence, said.changed_at, said.status, begins, END - ends
