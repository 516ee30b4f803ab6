"""Once an hour the hub asks a system for what is new; a back-fill has it ask for the hours that were missed.

Airflow's own back-fill (its page, or POST /api/v2/backfills) makes one run for each interval; here each asks for the
window of its own, also for one that was asked for before: what the hub knows already counts as duplicate there.
"""

from datetime import datetime, timedelta

from airflow.providers.licet.jobs import LicetPullOperator
from airflow.sdk import DAG, CronDataIntervalTimetable

CONNECTOR = "cloud"
"""An instance of licet.toml that is asked; with ``since_parameter`` and ``until_parameter`` back-fills work, too."""

with DAG(
    dag_id="licet_pull",
    # A cron text alone is a point in time: only this timetable gives each run an interval.
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="Asia/Shanghai"),
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001  the timetable gives it its zone
    catchup=False,
    max_active_runs=2,
    default_args={
        "retries": 6,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=10),
    },
) as dag:
    LicetPullOperator(task_id="pull", connector=CONNECTOR)
