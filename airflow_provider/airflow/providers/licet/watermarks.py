"""A task that waits until the hub is complete, before something reads what it knows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.licet.answers import HubError
from airflow.providers.licet.hook import LicetHook
from airflow.providers.licet.retries import HubRetries
from airflow.providers.licet.triggers import WatermarkTrigger
from airflow.sdk import BaseSensorOperator
from airflow.sdk.definitions.context import Context
from airflow.sdk.exceptions import AirflowSensorTimeout


class LicetWatermarkSensor(BaseSensorOperator):
    """Is over once a connector is complete up to an instant: without one, up to the end of the run's interval.

    ``until`` is a text with an offset. A run without an interval waits for completeness up to when it was to begin.
    """

    template_fields: Sequence[str] = ("connector", "until")
    ui_color = "#d8e8dc"

    def __init__(
        self,
        *,
        connector: str,
        until: str | None = None,
        licet_conn_id: str = LicetHook.default_conn_name,
        deferrable: bool = True,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("retry_policy", HubRetries())
        super().__init__(**kwargs)
        self.connector = connector
        self.until = until
        self.licet_conn_id = licet_conn_id
        self.deferrable = deferrable

    def poke(self, context: Context) -> bool:
        """Whether it is complete now.

        Raises:
            HubError: There is no such connector, or the hub does not say.
        """
        marks = LicetHook(self.licet_conn_id).watermarks()
        if self.connector not in marks:
            known = ", ".join(sorted(marks)) or "none is there"
            raise HubError(f"found connector {self.connector!r}, expected one of: {known}", "ref.unknown-name")
        mark = marks[self.connector]
        return mark is not None and mark >= self._until(context)

    def execute(self, context: Context) -> Any:
        """Look once; then wait, in the triggerer if it may."""
        if not self.deferrable:
            return super().execute(context)
        self._go_on(context, datetime.now(UTC) + timedelta(seconds=self.timeout))
        return None

    def looked(self, context: Context, event: Mapping[str, Any], deadline: str) -> None:
        """Go on where the trigger has something to tell."""
        if event["late"]:
            raise AirflowSensorTimeout(f"{self.connector} was not complete in time")
        self._go_on(context, datetime.fromisoformat(deadline))

    def _go_on(self, context: Context, deadline: datetime) -> None:
        if not self.poke(context):
            until, over = self._until(context).isoformat(), deadline.isoformat()
            trigger = WatermarkTrigger(self.licet_conn_id, self.connector, until, self.poke_interval, over)
            self.defer(trigger=trigger, method_name="looked", kwargs={"deadline": over})

    def _until(self, context: Context) -> datetime:
        if self.until is not None:
            return datetime.fromisoformat(self.until)
        run = context["dag_run"]
        until: datetime = run.data_interval_end or run.run_after
        return until
