"""What is done of each kind of job: by the same parts that the hub's own loops and commands use."""

from datetime import datetime, timedelta

import orjson

from hub.access.reconcile import Reconciler
from hub.clock import Clock
from hub.identity.operators import Operators
from hub.intake.polling import Polling
from hub.jobs.steps import Done, Steps
from hub.partners.listing import PartnerWords
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


class Reconcile:
    """Compares one sink, target by target, with what must be true there, and has what drifted mended."""

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler

    def __call__(self, steps: Steps) -> Done:
        """Do it."""
        name = steps.job.instance
        found = self._reconciler.compare(name, steps.step)
        strangers = sum(len(each.ids) for each in found.strangers)
        counts = {"differences": len(found.differences), "drifted": found.drifted, "strangers": strangers}
        return Done({} if name in found.away else counts, code=found.away.get(name))


class Replay:
    """Has a partner told once more what changed from an instant on, all of it in one commit."""

    def __init__(self, words: PartnerWords, operators: Operators) -> None:
        self._words = words
        self._operators = operators

    def __call__(self, steps: Steps) -> Done:
        """Do it."""
        since = datetime.fromisoformat(orjson.loads(steps.job.asked)["window"]["from"])
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
        window = orjson.loads(steps.job.asked).get("window")
        until = datetime.fromisoformat(window["to"]) if window else now + AHEAD
        outlook = self._forecast.outlook(now, until, progress=steps.often)
        tokens = [{**each.json(), "person": each.token, "name": ""} for each in outlook.lockouts]
        counts = {"people": outlook.people, "lockouts": len(tokens)}
        return Done(counts, {**outlook.json(), "lockouts": tokens})
