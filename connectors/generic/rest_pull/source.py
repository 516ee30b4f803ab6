"""A system that is asked by settings alone."""

import json
from hashlib import blake2b

from connectors.generic.rest_pull.caller import Caller
from connectors.generic.rest_pull.settings import Settings
from connectors.rounds.pace import Pace
from connectors.rounds.paging import Where
from connectors.rounds.source import Rounds

_ASKED = {
    "path", "method", "query", "send", "parameters", "answer", "items", "pages", "page_parameter", "first_page",
    "size_parameter", "page_size", "next_at", "last_at", "keep_cursor", "since_parameter", "until_parameter", "start",
}  # fmt: skip


def rest_pull(name: str, settings: Settings) -> Rounds:
    """What asks one system."""
    pace = Pace(settings.requests_per_minute)
    where = Where(settings.base_url, settings.path)
    return Rounds(name, settings, settings.answer, where, Caller(settings, pace), pace, asks_for(settings))


def asks_for(settings: Settings) -> str:
    """A digest of all settings that say what is asked for, and in which pages; not of where it is, or who asks."""
    told = settings.model_dump(mode="json", include=_ASKED)
    return blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=8).hexdigest()
