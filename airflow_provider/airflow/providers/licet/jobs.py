"""A task that has the hub do something: begun in the worker, waited for in the triggerer, once for each key."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from airflow.providers.licet.answers import HubError, Job
from airflow.providers.licet.hook import WAIT_SECONDS, LicetHook
from airflow.providers.licet.retries import HubRetries
from airflow.providers.licet.triggers import JobTrigger
from airflow.sdk import BaseOperator
from airflow.sdk.definitions.context import Context

LONGEST = timedelta(hours=6)
"""How long a job is waited for where the task has no ``execution_timeout``; then it is cancelled."""


class Tried(Protocol):
    """What is asked of the try of a task."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int | None
    max_tries: int


def key_of(ti: Tried) -> str:
    """The key of a job: the same for each retry of a task and after a lost worker, another once a person clears it.

    ``max_tries`` is what tells them apart: Airflow raises it when a task is cleared, or a back-fill done again.
    """
    map_index = -1 if ti.map_index is None else ti.map_index
    told = json.dumps([ti.dag_id, ti.run_id, ti.task_id, map_index, ti.max_tries])
    return f"airflow-{hashlib.sha256(told.encode()).hexdigest()}"


class LicetJobOperator(BaseOperator):
    """Asks the hub for a job and is over when that is; ends it where the task is killed, or its time is over.

    What a kind takes is in the hub's own page of jobs; instants of ``window`` are texts with an offset. A task hears of
    ``counts`` and of where the result is. ``deferrable=False`` waits in the worker.
    """

    template_fields: Sequence[str] = ("kind", "connector", "sink", "partner", "report", "draft", "window")
    ui_color = "#d8e8dc"

    def __init__(
        self,
        *,
        kind: str,
        connector: str | None = None,
        sink: str | None = None,
        partner: str | None = None,
        report: str | None = None,
        draft: str | None = None,
        window: Mapping[str, str] | None = None,
        licet_conn_id: str = LicetHook.default_conn_name,
        deferrable: bool = True,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("retry_policy", HubRetries())
        super().__init__(**kwargs)
        self.kind = kind
        self.connector = connector
        self.sink = sink
        self.partner = partner
        self.report = report
        self.draft = draft
        self.window = window
        self.licet_conn_id = licet_conn_id
        self.deferrable = deferrable
        self._hook: LicetHook | None = None
        self._asked: Mapping[str, Any] | None = None
        self._job: str | None = None

    def wanted(self, context: Context) -> dict[str, Any]:
        """What the hub is asked for, without the key."""
        members: dict[str, Any] = {"kind": self.kind, "connector": self.connector, "sink": self.sink}
        members |= {"partner": self.partner, "report": self.report, "draft": self.draft}
        members |= {"window": self.window and dict(self.window)}
        return {name: value for name, value in members.items() if value is not None}

    def execute(self, context: Context) -> Any:
        """Begin the job, or find it under its key; what came of it."""
        hook, asked = self._reached(), {**self.wanted(context), "key": key_of(context["ti"])}
        self._hook, self._asked = hook, asked
        job = hook.begin(asked)
        self.log.info("job %s, attempt %d: %s", job.id, job.attempt, job.state)
        return self._followed(job, self._deadline())

    def ended(self, context: Context, event: Mapping[str, Any], job: str, deadline: str) -> Any:
        """Go on where the trigger has something to tell: look at the job, which is over, or whose time is."""
        hook = self._reached()
        self._hook, self._job = hook, job
        if event["late"]:
            return self._too_late(hook.cancel(job))
        return self._followed(hook.job(job), deadline)

    def on_kill(self) -> None:
        """End the job; one whose id was not told yet is found by its key."""
        if self._hook is not None and (self._job is not None or self._asked is not None):
            job = self._job or self._hook.begin(self._asked or {}).id
            self.log.info("job %s is ended, because the task is", job)
            self._hook.cancel(job)

    def _reached(self) -> LicetHook:
        """The hook, which asks Airflow for nothing any more: a task that is killed while it asks would hang."""
        hook = LicetHook(self.licet_conn_id)
        hook.resolve()
        return hook

    def _followed(self, job: Job, deadline: str) -> Any:
        """What came of a job; while it is not over, Airflow hears that the task waits."""
        assert self._hook is not None
        self._job = job.id
        if self.deferrable and not job.over:
            trigger = JobTrigger(self.licet_conn_id, job.id, deadline)
            self.defer(trigger=trigger, method_name="ended", kwargs={"job": job.id, "deadline": deadline})
        while not job.over:
            if datetime.now(UTC) >= datetime.fromisoformat(deadline):
                return self._too_late(self._hook.cancel(job.id))
            job = self._hook.job(job.id, wait=WAIT_SECONDS)
        job.refuse_failed()
        return job.told()

    def _too_late(self, job: Job) -> Any:
        """One that ended meanwhile counts; any other was cancelled."""
        if job.state in ("succeeded", "failed"):
            job.refuse_failed()
            return job.told()
        raise HubError(f"job {job.id} was not over in time and is cancelled", "job.late", retryable=True)

    def _deadline(self) -> str:
        return (datetime.now(UTC) + (self.execution_timeout or LONGEST)).isoformat()


class LicetPullOperator(LicetJobOperator):
    """Has the hub ask a system: for what is new, or for what it holds of a time that is over.

    The latter in a run of a back-fill, of its interval; and in any run whose ``conf`` holds ``from`` and ``to``.
    """

    def __init__(self, *, connector: str, **kwargs: Any) -> None:
        super().__init__(kind="poll", connector=connector, **kwargs)

    def wanted(self, context: Context) -> dict[str, Any]:
        """A poll, or a back-fill of a window."""
        window = _window(context)
        return {**super().wanted(context), **({"kind": "backfill", "window": window} if window else {})}


def _window(context: Context) -> dict[str, str] | None:
    run = context["dag_run"]
    conf = run.conf or {}
    if "from" in conf or "to" in conf:
        return {name: str(conf[name]) for name in ("from", "to") if name in conf}
    if run.run_type != "backfill":
        return None
    begin, end = run.data_interval_start, run.data_interval_end
    if begin is None or end is None or begin == end:
        message = "found a back-fill without intervals; expected schedule=CronDataIntervalTimetable(...) of the DAG"
        raise HubError(message, "connection.setting")
    return {"from": begin.isoformat(), "to": end.isoformat()}
