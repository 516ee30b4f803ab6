"""Airflow as it is, a hub as it is: whatever dies in between, each job of the hub is done once.

A scheduler, an api-server, a dag-processor and a triggerer on PostgreSQL; ``licet serve``; a cloud that it asks. Takes
about two minutes. What Airflow takes for lost on a busy machine, and does again, changes nothing of what is asserted.
"""

import json
import shutil
import signal
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.airflow.environment import PROVIDER, require_airflow
from tests.airflow.services import Airflow, running, settings, until
from tests.connectors.generic.test_rest_pull_in_a_hub import START
from tests.contract import scim_server
from tests.hub.jobs.asking import get, with_cloud
from tests.test_code_blocks import blocks

DOCS = PROVIDER.parent / "docs"
EXAMPLES = PROVIDER / "airflow" / "providers" / "licet" / "example_dags"
IN_WORKER = '''
"""A job that the worker itself waits for."""
from datetime import datetime, timedelta
from airflow.sdk import DAG
from airflow.providers.licet.jobs import LicetPullOperator

with DAG("in_worker", schedule=None, default_args={"retries": 6, "retry_delay": timedelta(seconds=1)}):
    LicetPullOperator(task_id="pull", connector="cloud", deferrable=False)
'''
IN_LINE = """
import runpy, sys
from airflow.sdk import DAG
[dag] = [each for each in runpy.run_path(sys.argv[1]).values() if isinstance(each, DAG)]
print("run", dag.test().state)
"""


def shown(command: str, others: Mapping[str, str]) -> str:
    """What the page has somebody type, with other values; the Chinese page says the same."""
    [english], [chinese] = (
        [each for each in blocks(DOCS / page, "sh") if f"airflow {command}" in each]
        for page in ("airflow.md", "airflow.zh-CN.md")
    )
    assert english == chinese and all(english.count(each) == 1 for each in others)
    for before, after in others.items():
        english = english.replace(before, after)
    return english


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    require_airflow()
    with scim_server.running() as scim:
        scim.add_group("room")
        home = tmp_path_factory.mktemp("hub") / "hub"
        with with_cloud(home, scim_url=f"http://127.0.0.1:{scim.port}") as (site, cloud):
            site.start()
            until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
            until(lambda: cloud.asked, "the cloud was asked by itself")
            yield site, cloud
            site.end()


def changed(page: Path, shipped: str, ours: str) -> None:
    """One value of an example, for the tests."""
    text = page.read_text(encoding="utf-8")
    assert text.count(shipped) == 1
    page.write_text(text.replace(shipped, ours), encoding="utf-8")


@pytest.fixture(scope="module")
def minute() -> int:
    """Of an hour, at which one interval ends and the next begins: just before, so that none ends while tests run."""
    return (datetime.now(START.tzinfo) - timedelta(minutes=2)).minute


@pytest.fixture(scope="module")
def at_work(hub, minute, postgres, tmp_path_factory):
    """Airflow that knows the hub, before any of its services runs."""
    site, _cloud = hub
    home, dags = tmp_path_factory.mktemp("airflow"), tmp_path_factory.mktemp("dags")
    for each in EXAMPLES.glob("licet_*.py"):
        shutil.copy(each, dags)
    nightly, before = dags / "licet_nightly.py", datetime.now(START.tzinfo) - timedelta(hours=1)
    # Nothing of it is over yet, so that it is run by hand alone: each of its tasks is two processes.
    begun_at = f"datetime({before.year}, {before.month}, {before.day}, {before.hour})"
    for shipped, ours in (("poke_interval=60", "poke_interval=1"), ("datetime(2026, 1, 1)", begun_at)):
        changed(nightly, shipped, ours)
    changed(dags / "licet_pull.py", '"0 * * * *"', f'"{minute} * * * *"')
    (dags / "in_worker.py").write_text(IN_WORKER, encoding="utf-8")
    postgres.psql("CREATE DATABASE airflow;")
    database = postgres.get_uri(database="airflow").replace("postgresql://", "postgresql+psycopg://")
    with running(home, settings(database, dags)) as airflow:
        airflow.typed("airflow db migrate")
        there = {"https": "http", "hub.example.org": "127.0.0.1", "443": str(site.port)}
        airflow.typed(shown("connections add", there), site.home / "keys")
        yield airflow


@pytest.fixture(scope="module")
def airflow(at_work) -> Airflow:
    """The same, with all four services, once the run is over that Airflow begins because a DAG is let run."""
    at_work.start()
    until(at_work.healthy, "all four are healthy")
    at_work.token = at_work.ask("GET", "/auth/token")["access_token"]
    dags = {"licet_pull", "licet_nightly", "in_worker"}
    until(lambda: {dag for (dag,) in at_work.rows("SELECT dag_id FROM dag")} == dags, "the DAGs are known")
    assert {each["dag_id"] for each in at_work.ask("GET", "/api/v2/dags")["dags"]} == dags
    for dag in dags:
        at_work.ask("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})
    by_itself = "SELECT state FROM dag_run WHERE run_type = 'scheduled'"
    until(lambda: at_work.rows(by_itself) == [("success",)], "one run, of the last interval that is over, is over")
    return at_work


@pytest.fixture
def site(hub):
    return hub[0]


@pytest.fixture
def cloud(hub):
    _, cloud = hub
    for each in (cloud.asked, cloud.wrong):
        each.clear()
    cloud.gate.clear()
    cloud.held_page = ""
    yield cloud
    cloud.gate.set()
    cloud.held_page = ""


def jobs(site, kind: str, **more):
    """The jobs that the hub has of a kind, as it tells of them."""
    found = [each for each in get(site, "/api/v1/jobs") if each["kind"] == kind]
    return [each for each in found if all(each.get(name) == value for name, value in more.items())]


def begun(site, job: str) -> int:
    """How often work on a job was asked for, by the log."""
    return [each["outcome"] for each in site.entries("job") if each["job"] == job].count("asked")


def told(airflow, dag: str, run: str, task: str) -> dict:
    """What a task tells the others."""
    path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value?deserialize=true"
    found = airflow.ask("GET", path)["value"]
    assert isinstance(found, dict)
    return found


def test_a_dag_runs_in_line_without_a_scheduler(at_work, site):
    """A trigger in line knows no connection of the database, and Airflow keeps no time for it: ours have their own."""
    dag = Path(at_work.told["AIRFLOW__CORE__DAGS_FOLDER"], "licet_pull.py")
    reach = {"conn_type": "licet", "schema": "http", "host": "127.0.0.1", "port": site.port}
    token = (site.home / "keys" / "api.token").read_text(encoding="utf-8")
    told = f"AIRFLOW_CONN_LICET_DEFAULT='{json.dumps({**reach, 'password': token})}'"
    said = at_work.typed(f"{told} python -c '{IN_LINE}' {dag}")
    assert said.splitlines()[-1] == "run success", said[-6000:]
    assert [(each["state"], begun(site, each["id"])) for each in jobs(site, "poll")] == [("succeeded", 1)]


def test_a_run_by_hand_does_each_job_once_and_a_cleared_task_does_it_again(airflow, site):
    before = Counter(each["kind"] for each in get(site, "/api/v1/jobs"))
    run = airflow.run("licet_nightly")
    assert airflow.over("licet_nightly", run) == "success"
    after = Counter(each["kind"] for each in get(site, "/api/v1/jobs"))
    assert after - before >= Counter(sweep=1, report=2, forecast=1)
    said = told(airflow, "licet_nightly", run, "forecast")
    assert said["counts"] == {"lockouts": 0, "people": 3} and said["result"].startswith("/api/v1/jobs/")
    first = told(airflow, "licet_nightly", run, "sweep")["job"]
    clear = {"dry_run": False, "dag_run_id": run, "task_ids": ["sweep"], "only_failed": False}
    airflow.ask("POST", "/api/v2/dags/licet_nightly/clearTaskInstances", clear)
    assert airflow.over("licet_nightly", run) == "success"
    again = told(airflow, "licet_nightly", run, "sweep")["job"]
    assert again != first and begun(site, first) == begun(site, again) == 1


def test_a_backfill_of_five_hours_asks_for_each_once(airflow, minute, site, cloud):
    hours = [START - timedelta(days=3) + timedelta(hours=n, minutes=minute) for n in range(5)]
    for n, hour in enumerate(hours):
        cloud.punched(500 + n, hour + timedelta(minutes=30), person=f"B{n}")
    of_the_page = ("2026-11-20T00:00:00+08:00", "2026-11-20T04:00:00+08:00")
    ends = (hours[0].isoformat(), hours[-1].isoformat())
    airflow.typed(shown("backfill create", dict(zip(of_the_page, ends, strict=True))))
    until(lambda: len(jobs(site, "backfill", state="succeeded")) >= 5, "five hours were asked for")
    done = jobs(site, "backfill")
    windows = sorted(tuple(datetime.fromisoformat(each["window"][end]) for end in ("from", "to")) for each in done)
    assert windows == [(hour, hour + timedelta(hours=1)) for hour in hours], "the interval, not the logical date"
    assert [(each["state"], each["attempt"]) for each in done] == [("succeeded", 1)] * 5
    assert sum(each["counts"].get("held", 0) for each in done) == 5, [each["counts"] for each in done]
    assert [begun(site, each["id"]) for each in done] == [1] * 5
    runs = airflow.ask("GET", "/api/v2/dags/licet_pull/dagRuns?run_type=backfill")["dag_runs"]
    assert {airflow.over("licet_pull", run["dag_run_id"]) for run in runs} == {"success"}
    assert len(runs) == 5 and site.balanced()


def held(airflow, site, cloud, dag: str, state: str):
    """A run whose job the hub is in the middle of: the cloud keeps it waiting."""
    cloud.records.clear()
    for n in range(3):
        cloud.punched(900 + n, datetime.now(START.tzinfo) - timedelta(minutes=2), person=f"H{n}")
    until(lambda: not jobs(site, "poll", state="queued") + jobs(site, "poll", state="running"), "no other is under way")
    cloud.held_page = "1"
    run = airflow.run(dag)
    task = airflow.reached(dag, run, "pull", state)
    until(lambda: jobs(site, "poll", state="running"), "the hub is at it")
    [job] = jobs(site, "poll", state="running")
    return run, task, job


def test_a_worker_that_dies_in_the_middle_is_no_second_job(airflow, site, cloud):
    run, task, job = held(airflow, site, cloud, "in_worker", "running")
    airflow.process_of(task).kill()
    until(lambda: airflow.tried("in_worker", run, "pull") >= 2, "it is tried again")
    cloud.gate.set()
    assert airflow.over("in_worker", run) == "success"
    assert told(airflow, "in_worker", run, "pull")["job"] == job["id"]
    found = get(site, f"/api/v1/jobs/{job['id']}")
    assert (found["state"], found["attempt"], begun(site, job["id"])) == ("succeeded", 1, 1)


def test_a_hub_that_dies_in_the_middle_is_no_second_job(airflow, site, cloud):
    run, _task, job = held(airflow, site, cloud, "licet_pull", "deferred")
    site.end(signal.SIGKILL)
    cloud.gate.set()
    cloud.held_page = ""
    site.start()
    assert airflow.over("licet_pull", run) == "success"
    assert told(airflow, "licet_pull", run, "pull")["job"] == job["id"]
    found = get(site, f"/api/v1/jobs/{job['id']}")
    assert (found["state"], found["attempt"], begun(site, job["id"])) == ("succeeded", 1, 1)


def test_a_triggerer_that_dies_in_the_middle_is_no_second_job(airflow, site, cloud):
    """What it waited for is waited for by the next one; the job that nobody looks at meanwhile goes on."""
    run, _task, job = held(airflow, site, cloud, "licet_pull", "deferred")
    airflow.awaited("licet_pull", run, "pull")
    airflow.kill("triggerer")
    cloud.gate.set()
    until(lambda: get(site, f"/api/v1/jobs/{job['id']}")["state"] == "succeeded", "the hub does it")
    assert airflow.state("licet_pull", run) == "running", "nobody has told the task"
    airflow.start(["triggerer"])
    assert airflow.over("licet_pull", run) == "success"
    assert told(airflow, "licet_pull", run, "pull")["job"] == job["id"]
    found = get(site, f"/api/v1/jobs/{job['id']}")
    assert (found["state"], found["attempt"], begun(site, job["id"])) == ("succeeded", 1, 1)


def test_a_task_that_a_person_ends_ends_its_job(airflow, site, cloud):
    run, _task, job = held(airflow, site, cloud, "licet_pull", "deferred")
    airflow.awaited("licet_pull", run, "pull")
    path = f"/api/v2/dags/licet_pull/dagRuns/{run}/taskInstances/pull"
    airflow.ask("PATCH", path, {"new_state": "failed"})
    until(lambda: get(site, f"/api/v1/jobs/{job['id']}")["cancelling"], "the hub has heard of it")
    cloud.gate.set()
    until(lambda: get(site, f"/api/v1/jobs/{job['id']}")["state"] == "cancelled", "the job is over")


def test_what_a_system_asks_for_rest_is_waited_for_by_the_task(airflow, site, cloud):
    cloud.wrong = ["429"]
    began = time.monotonic()
    run = airflow.run("licet_pull")
    assert airflow.over("licet_pull", run) == "success"
    assert time.monotonic() - began >= 6, "Retry-After: 7"
    said = told(airflow, "licet_pull", run, "pull")
    assert said["attempt"] == 2 and begun(site, said["job"]) == 2, "the same job, once more"


def test_what_no_try_mends_fails_at_once(airflow, site):
    run = airflow.run("licet_pull", **{"from": "yesterday", "to": "today"})
    assert airflow.over("licet_pull", run) == "failed"
    task = airflow.tasks("licet_pull", run)["pull"]
    assert task["try_number"] <= task["max_tries"], "with tries left"


def test_no_log_holds_the_token_or_a_body(airflow, site):
    token = (site.home / "keys" / "api.token").read_text(encoding="utf-8").strip()
    logs = [each for each in airflow.home.rglob("*.log") if each.is_file()]
    assert len(logs) > 10
    for each in logs:
        text = each.read_text(encoding="utf-8", errors="replace")
        assert token not in text and "人1" not in text, each
