"""What a task asks of the hub, under which key, and what it makes of how the job ended."""

import inspect
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.providers.licet import example_dags
from airflow.providers.licet.answers import HubError
from airflow.providers.licet.jobs import LicetJobOperator, LicetPullOperator, key_of
from airflow.providers.licet.retries import HubRetries
from airflow.providers.licet.triggers import JobTrigger
from airflow.providers.licet.watermarks import LicetWatermarkSensor
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowSensorTimeout, TaskDeferred
from answering import job, reply

BEGIN, END = datetime(2026, 11, 27, 1, tzinfo=UTC), datetime(2026, 11, 27, 2, tzinfo=UTC)


def ti(**more):
    known = {"dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1, "max_tries": 3, "try_number": 1}
    return SimpleNamespace(**{**known, **more})


def context(run_type: str = "scheduled", begin=BEGIN, end=END, conf=None, **more):
    run = {"run_type": run_type, "data_interval_start": begin, "data_interval_end": end, "run_after": END, "conf": conf}
    return {"ti": ti(**more), "dag_run": SimpleNamespace(**run)}


# --- the key ---------------------------------------------------------------------------------------------------


def test_a_retry_has_the_key_and_whoever_is_cleared_another():
    first = key_of(ti())
    assert key_of(ti(try_number=2)) == key_of(ti(try_number=4)) == first, "a retry, and after a lost worker"
    assert key_of(ti(max_tries=4, try_number=2)) != first, "cleared by a person, or a back-fill done again"


@pytest.mark.parametrize(
    "other", [{"dag_id": "e"}, {"run_id": "s"}, {"task_id": "u"}, {"map_index": 0}, {"map_index": 1}]
)
def test_another_run_task_or_index_has_another_key(other):
    assert key_of(ti(**other)) != key_of(ti())


def test_parts_of_a_key_do_not_run_into_each_other():
    assert key_of(ti(dag_id="a.b", run_id="c")) != key_of(ti(dag_id="a", run_id="b.c"))
    assert key_of(ti(dag_id='a","b', run_id="c")) != key_of(ti(dag_id="a", run_id='b","c'))


def test_a_key_is_one_that_the_hub_takes():
    for each in (ti(), ti(dag_id="夜间核对", run_id="x" * 250), ti(map_index=None)):
        assert (
            key_of(each).isascii()
            and key_of(each).isprintable()
            and " " not in key_of(each)
            and len(key_of(each)) < 128
        )
    assert key_of(ti(map_index=None)) == key_of(ti())


# --- the operator ----------------------------------------------------------------------------------------------


def sweep(**more):
    return LicetJobOperator(task_id="t", kind="sweep", **more)


def test_the_job_is_begun_in_the_worker_and_waited_for_in_the_triggerer(server):
    server.says = [job("queued")]
    before = datetime.now(UTC)
    with pytest.raises(TaskDeferred) as deferred:
        sweep(execution_timeout=timedelta(minutes=5)).execute(context())
    assert server.lines == ["POST /api/v1/jobs"]
    assert server.asked[0].said == {"kind": "sweep", "key": key_of(ti())}
    assert server.asked[0].headers["content-type"] == "application/json"
    trigger = deferred.value.trigger
    assert isinstance(trigger, JobTrigger) and trigger.job == "0192" and deferred.value.method_name == "ended"
    assert timedelta(minutes=4) < datetime.fromisoformat(trigger.deadline) - before <= timedelta(minutes=6)
    json.dumps(trigger.serialize()), json.dumps(deferred.value.kwargs)


def test_one_that_is_over_already_is_not_waited_for(server):
    server.says = [job("succeeded", counts={"held": 2}, result="/api/v1/jobs/0192/result")]
    assert sweep().execute(context()) == {
        "job": "0192", "attempt": 1, "counts": {"held": 2}, "result": "/api/v1/jobs/0192/result",
    }  # fmt: skip
    assert server.lines == ["POST /api/v1/jobs"]


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        ({"kind": "poll", "connector": "lms"}, {"kind": "poll", "connector": "lms"}),
        ({"kind": "reconcile", "sink": "iam"}, {"kind": "reconcile", "sink": "iam"}),
        ({"kind": "report", "report": "closings"}, {"kind": "report", "report": "closings"}),
        ({"kind": "what-if", "draft": "d.toml"}, {"kind": "what-if", "draft": "d.toml"}),
        (
            {"kind": "replay", "partner": "p", "window": {"from": "2026-11-27T00:00:00Z"}},
            {"kind": "replay", "partner": "p", "window": {"from": "2026-11-27T00:00:00Z"}},
        ),
    ],
)
def test_each_kind_says_what_it_takes(server, members, wanted):
    server.says = [job("succeeded")]
    LicetJobOperator(task_id="t", **members).execute(context())
    assert server.asked[0].said == {**wanted, "key": key_of(ti())}


def test_all_that_names_something_may_be_a_template():
    named = set(inspect.signature(LicetJobOperator.__init__).parameters) - {
        "self",
        "kwargs",
        "licet_conn_id",
        "deferrable",
    }
    assert named == set(LicetJobOperator.template_fields)


def test_without_a_triggerer_the_worker_waits(server):
    server.says = [job("queued"), job("running"), job("succeeded", counts={"held": 1})]
    assert sweep(deferrable=False).execute(context())["counts"] == {"held": 1}
    assert server.lines == ["POST /api/v1/jobs", *["GET /api/v1/jobs/0192?wait=20"] * 2]


def test_without_a_triggerer_it_has_an_end_too(server):
    server.says = [job("running"), job("running", cancelling=True)]
    with pytest.raises(HubError, match="not over in time"):
        sweep(deferrable=False, execution_timeout=timedelta(seconds=-1)).execute(context())
    assert server.lines == ["POST /api/v1/jobs", "DELETE /api/v1/jobs/0192"]


def ended(state: str, late: bool = False, **more):
    return sweep().ended(context(), {"late": late}, job="0192", deadline=(datetime.now(UTC) + timedelta(1)).isoformat())


def test_after_the_event_the_task_looks_for_itself(server):
    server.says = [job("succeeded", counts={"drifted": 1})]
    assert ended("succeeded")["counts"] == {"drifted": 1} and server.lines == ["GET /api/v1/jobs/0192?wait=0"]
    server.says = [job("running")]
    with pytest.raises(TaskDeferred):
        ended("running")


def test_a_job_whose_time_is_over_is_ended(server):
    server.says = [job("running", cancelling=True)]
    with pytest.raises(HubError) as caught:
        ended("running", late=True)
    assert (caught.value.code, caught.value.retryable) == ("job.late", True)
    assert server.lines == ["DELETE /api/v1/jobs/0192"]


def test_one_that_ended_at_the_last_moment_counts(server):
    server.says = [job("succeeded")]
    assert ended("succeeded", late=True)["job"] == "0192"


def test_a_task_that_is_killed_while_it_waits_ends_its_job(server, monkeypatch):
    server.says = [job("running")]
    task = sweep()
    with pytest.raises(TaskDeferred):
        task.execute(context())
    monkeypatch.delenv("AIRFLOW_CONN_LICET_DEFAULT")  # to ask Airflow for it now would hang
    task.on_kill()
    assert server.lines == ["POST /api/v1/jobs", "DELETE /api/v1/jobs/0192"]


def test_a_task_that_is_killed_before_it_heard_the_id_finds_the_job_by_its_key(server):
    server.says = [None, job("queued"), job("cancelled")]
    task = sweep()
    with pytest.raises(HubError, match="not reached"):
        task.execute(context())
    task.on_kill()
    assert server.lines == ["POST /api/v1/jobs", "POST /api/v1/jobs", "DELETE /api/v1/jobs/0192"]
    assert server.asked[0].said == server.asked[1].said


def test_a_task_that_is_killed_before_it_asked_ends_nothing(server):
    server.says = [job()]
    sweep().on_kill()
    assert server.asked == []


# --- pulls -----------------------------------------------------------------------------------------------------

PAST = {"from": BEGIN.isoformat(), "to": END.isoformat()}


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (context("scheduled"), {"kind": "poll"}),
        (context("manual", None, None), {"kind": "poll"}),
        (context("manual", conf={}), {"kind": "poll"}),
        (context("asset_triggered", None, None), {"kind": "poll"}),
        (context("backfill"), {"kind": "backfill", "window": PAST}),
        (context("manual", conf=PAST), {"kind": "backfill", "window": PAST}),
        (context("scheduled", conf={"note": "x"}), {"kind": "poll"}),
        (context("manual", conf={"from": "a"}), {"kind": "backfill", "window": {"from": "a"}}),
    ],
)
def test_a_backfill_asks_for_the_interval_of_its_run_and_any_other_for_what_is_new(server, told, wanted):
    server.says = [job("succeeded")]
    LicetPullOperator(task_id="t", connector="lms").execute(told)
    assert server.asked[0].said == {**wanted, "connector": "lms", "key": key_of(ti())}


@pytest.mark.parametrize(("begin", "end"), [(None, None), (BEGIN, None), (BEGIN, BEGIN)])
def test_a_backfill_of_a_schedule_without_intervals_says_what_is_wrong(server, begin, end):
    with pytest.raises(HubError, match="CronDataIntervalTimetable") as caught:
        LicetPullOperator(task_id="t", connector="lms").execute(context("backfill", begin, end))
    assert not caught.value.retryable and server.asked == []


# --- retries ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "action", "after"),
    [
        (HubError("m", "job.kind", 422), RetryAction.FAIL, None),
        (HubError("m", "job.cancelled"), RetryAction.FAIL, None),
        (HubError("m", "job.full", 503, True, 10.0), RetryAction.RETRY, timedelta(seconds=10)),
        (HubError("m", "peer.throttled", 0, True, 0.0), RetryAction.RETRY, timedelta(0)),
        (HubError("m", "hub.unreachable", 0, True), RetryAction.DEFAULT, None),
        (ValueError("a bug"), RetryAction.DEFAULT, None),
    ],
)
def test_a_task_is_tried_again_as_the_hub_says(error, action, after):
    found = HubRetries().evaluate(error, 1, 3)
    assert (found.action, found.retry_delay) == (action, after)


def test_every_task_of_ours_is_tried_again_so_unless_its_author_says_otherwise():
    made = (sweep(), LicetPullOperator(task_id="t", connector="l"), LicetWatermarkSensor(task_id="t", connector="l"))
    assert all(isinstance(each.retry_policy, HubRetries) for each in made)
    assert sweep(retry_policy=None).retry_policy is None
    assert isinstance(HubRetries.deserialize(HubRetries().serialize()), HubRetries)


# --- the sensor ------------------------------------------------------------------------------------------------


def marks(until: datetime | None) -> bytes:
    return reply(200, [{"connector": "lms", "complete_until": until and until.isoformat()}])


def sensor(**more):
    return LicetWatermarkSensor(task_id="t", connector="lms", poke_interval=0.05, timeout=60, **more)


@pytest.mark.parametrize("deferrable", [True, False])
def test_what_is_complete_is_not_waited_for(server, deferrable):
    server.says = [marks(END)]
    assert sensor(deferrable=deferrable).execute(context()) is None and len(server.asked) == 1


def test_it_is_looked_at_once_and_then_waited_for_in_the_triggerer(server):
    server.says = [marks(END - timedelta(seconds=1))]
    with pytest.raises(TaskDeferred) as deferred:
        sensor().execute(context())
    _, kwargs = deferred.value.trigger.serialize()
    assert (kwargs["connector"], kwargs["until"], kwargs["every"]) == ("lms", END.isoformat(), 0.05)
    assert deferred.value.kwargs == {"deadline": kwargs["deadline"]}
    server.says = [marks(END)]
    assert sensor().looked(context(), {"late": False}, kwargs["deadline"]) is None


def test_until_is_an_instant_or_that_of_the_run(server):
    server.says = [marks(END)]
    with pytest.raises(TaskDeferred) as deferred:
        sensor(until="2026-11-28T09:00:00+08:00").execute(context())
    assert deferred.value.trigger.serialize()[1]["until"] == "2026-11-28T09:00:00+08:00"
    assert sensor().execute(context("manual", None, None)) is None, "a run by hand has no interval"


def test_what_is_not_complete_in_time_fails_or_is_left_out(server):
    with pytest.raises(AirflowSensorTimeout):
        sensor().looked(context(), {"late": True}, END.isoformat())


def test_a_connector_that_there_is_not_is_not_waited_for(server):
    server.says = [marks(None)]
    with pytest.raises(HubError, match="found connector 'lsm', expected one of: lms") as caught:
        LicetWatermarkSensor(task_id="t", connector="lsm").execute(context())
    assert not caught.value.retryable


# --- the DAGs --------------------------------------------------------------------------------------------------


def test_the_examples_are_loaded_without_a_fault_and_have_intervals():
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(example_dags.__path__[0])
    assert bag.import_errors == {} and set(bag.dags) == {"licet_pull", "licet_nightly"}
    for dag in bag.dags.values():
        assert type(dag.timetable).__name__ == "CronDataIntervalTimetable" and dag.catchup is False
        assert all(task.retries == 6 and task.retry_exponential_backoff for task in dag.tasks)
    nightly = bag.dags["licet_nightly"]
    assert nightly.get_task("sweep").upstream_task_ids == {"complete"}
    assert nightly.get_task("sweep").downstream_task_ids == {"closings", "connectors", "forecast"}
