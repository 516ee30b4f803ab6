"""What is done of each kind of job: by the same parts that the hub's own loops and commands use."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from connectors.port import Windowed
from hub.access.reconcile import Reconciler
from hub.clock import Clock
from hub.identity.operators import Operators
from hub.intake.polling import Polling
from hub.jobs.steps import Done, Steps
from hub.jobs.wanted import window_of
from hub.partners.listing import PartnerWords
from hub.store.database import Database
from hub.store.tables.jobs import job_cursor
from hub.views.forecast import Forecast

AHEAD = timedelta(days=90)
"""How far a forecast goes that names no end."""


class Poll:
    """Asks one system for all pages of a round; it goes on from the cursor, after the last page that was kept."""

    def __init__(self, polling: Polling) -> None:
        self._polling = polling

    def __call__(self, steps: Steps) -> Done:
        """Do it."""
        polled = self._polling.one(steps.job.instance)
        if polled is None:
            return Done(code="sink.unknown")
        rest = self._polling.rest_of(polled)
        if rest > 0:
            return Done(code="peer.throttled", retry_after=rest)
        while True:
            steps.step()
            asked = self._polling.page(polled, also=steps.count)
            if asked.error is not None:
                return Done(code=asked.error.code, retry_after=self._polling.rest_of(polled) or None)
            if asked.again_in is None:
                return Done()
            steps.wait(asked.again_in)


class Backfill:
    """Asks one system once more for what it holds of a window; where it goes on stands with the job, page by page.

    One that failed, or was cancelled, and is asked for again goes on there, too.
    """

    def __init__(self, polling: Polling, sources: Mapping[str, Windowed], database: Database) -> None:
        self._polling = polling
        self._sources = sources
        self._database = database

    def __call__(self, steps: Steps) -> Done:
        """Do it."""
        name = steps.job.instance
        polled, source = self._polling.one(name), self._sources.get(name)
        if polled is None or source is None:
            return Done(code="ref.unknown-name")
        rest = self._polling.rest_of(polled)
        if rest > 0:
            return Done(code="peer.throttled", retry_after=rest)
        cursor: Mapping[str, Any] = self._left(steps.job.id, name) or self._begun(steps, source)
        while True:
            steps.step()
            asked = self._polling.page_back(polled, cursor, steps.move, steps.count)
            if asked.page is None:
                assert asked.error is not None
                return Done(code=asked.error.code, retry_after=self._polling.rest_of(polled) or None)
            if asked.page.alarm:  # who contradicts itself is not asked without end
                return Done(code=asked.page.alarm)
            if asked.page.again_in is None:
                return Done()
            cursor = asked.page.cursor
            steps.wait(asked.page.again_in)

    def _begun(self, steps: Steps, source: Windowed) -> Mapping[str, Any]:
        window = window_of(steps.job.asked)
        return source.within(window["from"], window["to"], turn=steps.job.asked_at)

    def _left(self, job: str, name: str) -> Mapping[str, Any]:
        with self._database.reading() as session:
            row = session.one(job_cursor, {"id": job})
        return {} if row is None or row.cursor is None else self._polling.opened(name, row.cursor)


class Reconcile:
    """Compares one sink, or all of them, target by target with what must be true, and has what drifted mended.

    Of several each is looked at, also where one is away; the code is that of the first one that is.
    """

    def __init__(self, reconciler: Reconciler, sinks: Sequence[str] = ()) -> None:
        self._reconciler = reconciler
        self._sinks = sinks

    def __call__(self, steps: Steps) -> Done:
        """Do it."""
        counts: Counter[str] = Counter()
        away: dict[str, str] = {}
        names = [steps.job.instance] if steps.job.instance else self._sinks
        for n, name in enumerate(names):
            found = self._reconciler.compare(name, partial(_share, steps, n, len(names)))
            away |= found.away
            if name not in found.away:
                strangers = sum(len(each.ids) for each in found.strangers)
                counts.update(differences=len(found.differences), drifted=found.drifted, strangers=strangers)
        return Done(counts, code=next(iter(away.values()), None))


def _share(steps: Steps, n: int, of: int, done: int, total: int) -> None:
    """Say before a target, or a person, of the n-th of several how far all of them are, if each is the same work."""
    steps.often(n * total + done, of * total)


class Replay:
    """Has a partner told once more what changed from an instant on, all of it in one commit."""

    def __init__(self, words: PartnerWords, operators: Operators) -> None:
        self._words = words
        self._operators = operators

    def __call__(self, steps: Steps) -> Done:
        """Do it."""
        since = window_of(steps.job.asked)["from"]
        count = self._words.replay(steps.job.instance, since, self._operators.one(""))
        return Done({"words": count})


class Foresee:
    """Judges everybody as of a later day. It writes nothing, so one that was broken off begins again."""

    def __init__(self, forecast: Forecast, clock: Clock) -> None:
        self._forecast = forecast
        self._clock = clock

    def __call__(self, steps: Steps) -> Done:
        """Do it."""
        now = self._clock.now()
        until = window_of(steps.job.asked).get("to", now + AHEAD)
        outlook = self._forecast.outlook(now, until, progress=steps.often)
        tokens = [{**each.json(), "person": each.token, "name": ""} for each in outlook.lockouts]
        counts = {"people": outlook.people, "lockouts": len(tokens)}
        return Done(counts, {**outlook.json(), "lockouts": tokens})
