"""When a task is tried again: as the hub says, and not at all where that cannot help."""

from datetime import timedelta
from typing import Any

from airflow.providers.licet.answers import HubError
from airflow.sdk import RetryPolicy
from airflow.sdk.definitions.context import Context
from airflow.sdk.definitions.retry_policy import RetryDecision


class HubRetries(RetryPolicy):
    """Fails at once what no further try mends, waits as long as the hub asks for; otherwise the task's own settings."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """What is done about a failure."""
        if not isinstance(exception, HubError):
            return RetryDecision.default()
        if not exception.retryable:
            return RetryDecision.fail(exception.message)
        if exception.retry_after is not None:
            return RetryDecision.retry(timedelta(seconds=exception.retry_after), exception.message)
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """Nothing: it has no settings."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> "HubRetries":
        """The same again."""
        return cls()
