"""Every night, once the roster is complete, access systems are compared with what must be true; then come figures."""

from datetime import datetime, timedelta

from airflow.providers.licet.jobs import LicetJobOperator
from airflow.providers.licet.watermarks import LicetWatermarkSensor
from airflow.sdk import DAG, CronDataIntervalTimetable

CONNECTOR = "roster"
"""An instance that says how far it is complete (``/api/v1/watermarks``), and must be before anything is read."""

with DAG(
    dag_id="licet_nightly",
    schedule=CronDataIntervalTimetable("30 2 * * *", timezone="Asia/Shanghai"),
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001  the timetable gives it its zone
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 6,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=10),
    },
) as dag:
    complete = LicetWatermarkSensor(task_id="complete", connector=CONNECTOR, poke_interval=60, timeout=4 * 3600)
    sweep = LicetJobOperator(task_id="sweep", kind="sweep")
    closings = LicetJobOperator(task_id="closings", kind="report", report="closings")
    connectors = LicetJobOperator(task_id="connectors", kind="report", report="connectors")
    forecast = LicetJobOperator(task_id="forecast", kind="forecast")

    complete >> sweep >> [closings, connectors, forecast]
