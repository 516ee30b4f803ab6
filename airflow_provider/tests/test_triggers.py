"""What waits in the triggerer: it only reads, goes on over a hub that is away, and ends of its own."""

import asyncio
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from airflow.providers.licet.answers import HubError
from airflow.providers.licet.triggers import JobTrigger, WatermarkTrigger
from answering import TOKEN, job, reply

UNTIL = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)


def soon(seconds: float = 60) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def waiting(deadline: str = "") -> JobTrigger:
    return JobTrigger("licet_default", "0192", deadline or soon())


def fired(trigger) -> list[object]:
    """Every event of a trigger that is made again from what Airflow keeps of it."""
    path, kwargs = trigger.serialize()
    module, _, name = path.rpartition(".")

    async def events() -> list[object]:
        return [event.payload async for event in getattr(import_module(module), name)(**kwargs).run()]

    return asyncio.run(events())


def test_one_event_once_the_job_is_over(server):
    server.says = [job("queued"), job("running"), job("succeeded")]
    assert fired(waiting()) == [{"late": False}]
    assert server.lines == ["GET /api/v1/jobs/0192?wait=20"] * 3


def test_one_that_runs_twice_begins_nothing(server):
    server.says = [job("succeeded")]
    assert fired(waiting()) == fired(waiting()) == [{"late": False}]
    assert {each.method for each in server.asked} == {"GET"}


def test_a_hub_that_is_away_is_waited_for(server):
    server.says = [reply(503, {"code": "store.busy"}, retry_after="1"), None, reply(429, b""), job("succeeded")]
    assert fired(waiting()) == [{"late": False}] and len(server.asked) == 4


def test_nobody_there_at_all_is_waited_for_until_its_time_is_over(server):
    server.__exit__()
    assert fired(waiting(soon(1.5))) == [{"late": True}]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_no_waiting_mends_is_for_the_task_to_see(server, status):
    server.says = [reply(status, {"code": "x.y"})]
    assert fired(waiting()) == [{"late": False}] and len(server.asked) == 1


def test_it_has_a_deadline_of_its_own(server):
    """Airflow's own is not kept in a test of a DAG, and does not end the job."""
    server.says = [job("running")]
    assert fired(waiting(soon(1.2))) == [{"late": True}]
    assert server.lines[0] == "GET /api/v1/jobs/0192?wait=1", "the hub is not asked to wait for longer"
    assert fired(waiting(soon(-1))) == [{"late": True}]


def test_a_task_that_is_ended_ends_its_job_also_while_the_hub_is_busy(server):
    server.says = [reply(503, {"code": "store.busy"}), None, job("running", cancelling=True)]
    asyncio.run(waiting().on_kill())
    assert server.lines == ["DELETE /api/v1/jobs/0192"] * 3


def test_one_that_the_hub_does_not_know_is_not_ended_again_and_again(server):
    server.says = [reply(404, {"code": "http.path"})]
    with pytest.raises(HubError, match=r"http\.path"):
        asyncio.run(waiting().on_kill())
    assert len(server.asked) == 1


def mark(until: datetime | None, name: str = "lms") -> bytes:
    return reply(200, [{"connector": name, "complete_until": until and until.isoformat()}])


def watermark(deadline: str = "", every: float = 0.05) -> WatermarkTrigger:
    return WatermarkTrigger("licet_default", "lms", UNTIL.isoformat(), every, deadline or soon())


def test_a_connector_is_waited_for_until_it_is_complete(server):
    server.says = [mark(None), mark(UNTIL - timedelta(microseconds=1)), mark(UNTIL)]
    assert fired(watermark()) == [{"late": False}] and server.lines == ["GET /api/v1/watermarks"] * 3


def test_one_that_there_is_not_is_for_the_task_to_see(server):
    server.says = [mark(UNTIL, "other")]
    assert fired(watermark()) == [{"late": False}]


def test_one_that_never_is_ends_late(server):
    server.says = [mark(None)]
    assert fired(watermark(soon(0.5), every=3600)) == [{"late": True}]


def test_triggers_do_not_hold_each_other_up(server, connect):
    async def first_of_two() -> tuple[object, bool]:
        slow = asyncio.ensure_future(anext(aiter(JobTrigger("slow", "0192", soon()).run())))
        while not slow_asked():
            await asyncio.sleep(0.01)
        quick = await anext(aiter(waiting().run()))
        done = slow.done()
        slow.cancel()
        return quick.payload, done

    def slow_asked() -> bool:
        with suppress(BlockingIOError):
            lines.append(silent.accept()[0])
        return bool(lines)

    lines: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        connect("slow", schema="http", host="127.0.0.1", port=silent.getsockname()[1], password=TOKEN)
        server.says = [job("succeeded")]
        assert asyncio.run(first_of_two()) == ({"late": False}, False)
        for each in lines:
            each.close()
