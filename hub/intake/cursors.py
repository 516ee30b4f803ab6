"""Where the store goes on with each system that is asked: past a page, past what was held, or not at all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from connectors.port import Page
from hub.clock import to_us
from hub.identity.operators import Acting
from hub.store.commit import Tx
from hub.store.statement import NoSuchRowError
from hub.store.tables import alarms, connectors

SHRUNK = "roster.shrunk"
"""The alarm of what is held back as a whole."""
Cursor = Mapping[str, Any]


class Place(NamedTuple):
    """Where a poll goes on: the cursor, and as it stands sealed in the store."""

    cursor: Cursor
    sealed: str = ""


class OvertakenError(Exception):
    """Another process asked meanwhile: the place asked from is not where it goes on."""


def heard(name: str, page: Page, tx: Tx) -> None:
    """A system was heard of, and so were its alarms."""
    tx.session.run(connectors.contact, {"of": name, "at": tx.now_us})
    if page.alarm:
        tx.session.run(connectors.connector_error, {"of": name, "code": page.alarm, "at": tx.now_us})
        for code in (page.alarm, *page.more):
            tx.log("alarm", connector=name, code=code)


def _go_on(name: str, before: Place, cursor: str, tx: Tx) -> None:
    try:
        tx.session.run(connectors.move_cursor, {"of": name, "before": before.sealed, "cursor": cursor})
    except NoSuchRowError as error:
        raise OvertakenError(name) from error


def moved(name: str, page: Page, before: Place, cursor: str | None, tx: Tx) -> None:
    """Past a page, from the place from which it was asked for.

    Raises:
        OvertakenError: Another process was quicker.
    """
    heard(name, page, tx)
    if page.complete_until is not None and not page.alarm:
        complete_until = to_us(page.complete_until)
        tx.session.run(connectors.set_watermark, {"connector": name, "peer": "", "complete_until": complete_until})
    if cursor is not None:
        _go_on(name, before, cursor, tx)
    if page.summary:
        summary = orjson.dumps({part: _figures(told) for part, told in page.summary.items()}).decode()
        tx.session.run(connectors.set_summary, {"of": name, "summary": summary})


def accepted(name: str, before: Place, cursor: str, acting: Acting, tx: Tx) -> None:
    """A person lets pass what was held; that it was held is no alarm any more."""
    _go_on(name, before, cursor, tx)
    tx.log("acknowledged", actor=acting.member(tx), code=SHRUNK, connector=name)
    for row in tx.session.all(alarms.open_alarms, {}):
        if (row.code, row.connector) == (SHRUNK, name):
            tx.session.run(alarms.set_alarm, {"of": row.id, "state": "ended", "at": tx.now_us})


def _figures(told: Any) -> Any:
    """What of a summary may stand in the store: figures and instants, no row that names somebody."""
    kept = (int, datetime)
    return {name: each for name, each in told.items() if isinstance(each, kept)} if isinstance(told, dict) else None


def failed(name: str, code: str, tx: Tx) -> None:
    """A system did not answer, or not so that it could be read."""
    tx.session.run(connectors.connector_error, {"of": name, "code": code, "at": tx.now_us})
