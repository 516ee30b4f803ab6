"""What an answer of the hub says: a job, or why there is none; read alike by a task and by a trigger.

Nothing of a body goes into a message but what the hub itself says there of a request: code, place, found, expected.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from airflow.sdk.exceptions import AirflowException

LONGEST_REST = timedelta(hours=1)
"""Longer nobody is left alone, whatever a server or a proxy before it says."""
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may be asked again."""
_OVER = frozenset({"succeeded", "failed", "cancelled"})
_DETAIL_CHARACTERS = 300


class HubError(AirflowException):
    """The hub did not do what it was asked for.

    ``code`` is the hub's own, or one of ``hub.unreachable``, ``answer.unreadable``, ``connection.setting``,
    ``job.late``, ``job.cancelled``. ``retryable``: whether asking again may help; ``retry_after``: seconds to wait.
    """

    def __init__(
        self,
        message: str,
        code: str,
        status: int = 0,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.retryable = retryable
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.code, self.status, self.retryable, self.retry_after)


class Job(NamedTuple):
    """A job as the hub tells of it."""

    id: str
    state: str
    attempt: int
    counts: Mapping[str, int]
    error: Mapping[str, Any] | None
    result: str | None

    @property
    def over(self) -> bool:
        """Whether nothing happens to it by itself any more."""
        return self.state in _OVER

    def told(self) -> dict[str, Any]:
        """What other tasks hear of it: what was done and where its result is, never the result itself."""
        return {"job": self.id, "attempt": self.attempt, "counts": dict(self.counts), "result": self.result}

    def refuse_failed(self) -> None:
        """Raise why it did not succeed, once it is over."""
        if self.state == "cancelled":
            raise HubError(f"job {self.id} was cancelled", "job.cancelled")
        if self.state == "failed":
            error = self.error or {}
            code, after = str(error.get("code", "job.failed")), error.get("retry_after")
            message = f"job {self.id} failed: {code}, {error.get('title', 'no reason is told')}"
            raise HubError(
                message, code, 0, bool(error.get("retryable")), None if after is None else rest(float(after))
            )


def job(said: Any) -> Job:
    """The job that an answer tells of.

    Raises:
        HubError: It is none.
    """
    try:
        known = {name: said[name] for name in ("id", "state", "attempt", "counts", "error", "result")}
        return Job(**known)
    except (TypeError, KeyError) as error:
        raise HubError("the hub answered with what is no job", "answer.unreadable") from error


def watermarks(said: Any) -> dict[str, datetime | None]:
    """Until when each connector is complete, by its name; nothing where that is not known.

    Raises:
        HubError: The answer does not say so.
    """
    try:
        return {each["connector"]: _instant(each["complete_until"]) for each in said}
    except (TypeError, KeyError, ValueError) as error:
        raise HubError("the hub answered with what are no watermarks", "answer.unreadable") from error


def read(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Any:
    """What a good answer holds.

    Raises:
        HubError: It is no good one, or cannot be read.
    """
    said = _decoded(body)
    if 200 <= status < 300 and said is not None:
        return said
    if 200 <= status < 400:
        message = f"found an answer {status} that is not the hub's; is a proxy or a log-in page between it and Airflow?"
        raise HubError(message, "answer.unreadable", status)
    problem = said if isinstance(said, dict) and isinstance(said.get("code"), str) else {}
    after = retry_after(headers.get("retry-after", ""), now)
    message = f"the hub answered {status}{_why(problem)}"
    raise HubError(message, problem.get("code", f"http.{status}"), status, status in _LATER, after)


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds of a header ``Retry-After``, which says seconds or an instant; nothing where it says neither."""
    if text.isascii() and text.strip().isdigit():
        return rest(float(text))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return rest((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def rest(seconds: float) -> float:
    """So many seconds, within what is taken."""
    return min(max(seconds, 0.0), LONGEST_REST.total_seconds())


def _why(problem: Mapping[str, Any]) -> str:
    said = [
        str(problem[name])[:_DETAIL_CHARACTERS] for name in ("code", "title", "where", "detail") if problem.get(name)
    ]
    return f": {', '.join(said)}" if said else ""


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
