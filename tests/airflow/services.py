"""Airflow as it runs at a site: api-server, scheduler, dag-processor and triggerer, on a PostgreSQL of their own."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import psutil
import psycopg

from tests.airflow.environment import BIN, of_airflow
from tests.ports import free_port
from tests.site import until as at_once_until

SERVICES = ("api-server", "scheduler", "dag-processor", "triggerer")
_HEALTHY = ("metadatabase", "scheduler", "dag_processor", "triggerer")


def until(what: Callable[[], object], sentence: str, pause: float = 0.5) -> None:
    """Wait until something is true; who looks without a pause takes the machine from those that are to do it."""

    def looked() -> object:
        time.sleep(pause)
        return what()

    at_once_until(looked, sentence)


def settings(database: str, dags: Path) -> dict[str, str]:
    """What all processes are told: where the store and the DAGs are, on which ports they listen."""
    port = free_port()
    return {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database.replace("+psycopg:", "+asyncpg:"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__PARALLELISM": "3",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": "d2hhdC1pcy1vbmx5LWZvci10ZXN0cy1vZi1haXJmbG8=",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": "for-tests-only",
        "AIRFLOW__API_AUTH__JWT_SECRET": "for-tests-only-and-long-enough-for-a-signature",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
        # The DAGs stay as they are: each is read once, in a process of its own for half a second of a processor.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "3600",
        # How soon what a triggerer waited for is given to another one.
        "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "8",
        "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
    }


@dataclass
class Airflow:
    """Its processes, and what is asked of it over REST.

    Who waits looks into its store: each question over REST takes a hundred times as much of the machine from those that
    are to do what is waited for.
    """

    home: Path
    told: Mapping[str, str]
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    token: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.told['AIRFLOW__API__PORT']}"

    def typed(self, line: str, place: Path | None = None) -> str:
        """Type a line in a shell where Airflow is on the path; what it says."""
        environment = of_airflow(self.home, **self.told)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            cwd=place or self.home,
            env={**environment, "PATH": f"{BIN}{os.pathsep}{environment['PATH']}"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def start(self, names: Sequence[str] = SERVICES) -> None:
        for name in names:
            log = (self.home / f"{name}.log").open("ab")
            self.running[name] = subprocess.Popen(
                [BIN / "airflow", name],
                env=of_airflow(self.home, **self.told),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            log.close()

    def healthy(self) -> bool:
        assert not [name for name, each in self.running.items() if each.poll() is not None], self.logs()
        with suppress(URLError, ConnectionError, TimeoutError):
            said = self.ask("GET", "/api/v2/monitor/health")
            return all((said.get(name) or {}).get("status") == "healthy" for name in _HEALTHY)
        return False

    def kill(self, name: str) -> None:
        """kill -9 of one of them, and of what it started."""
        killed = self.running.pop(name)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()

    def end(self) -> None:
        """Leave none of their processes, nor of those that they started."""
        self._store.close()
        for each in self.running.values():
            with suppress(ProcessLookupError):
                os.killpg(each.pid, signal.SIGKILL)
            each.wait()

    @cached_property
    def _store(self) -> psycopg.Connection:
        uri = self.told["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg:", ":")
        return psycopg.connect(uri, autocommit=True)

    def rows(self, sql: str, *named: str) -> list[tuple[Any, ...]]:
        """What its store says."""
        return self._store.execute(sql, named).fetchall()

    def logs(self) -> str:
        """The end of what each process said."""
        return "\n".join(f"== {each.name}\n{each.read_text()[-1500:]}" for each in self.home.glob("*.log"))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What its API answers."""
        fields = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        raw = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", raw, fields, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.loads(answer.read() or b"null")
        except HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read()[:500]!r}") from error

    # --- DAGs -------------------------------------------------------------------------------------------------

    def run(self, dag: str, **conf: Any) -> str:
        """Start a run by hand, as its page does; what it is called."""
        asked = {"logical_date": None, "conf": conf}
        run: str = self.ask("POST", f"/api/v2/dags/{dag}/dagRuns", asked)["dag_run_id"]
        return run

    def state(self, dag: str, run: str) -> str:
        found: str = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}")["state"]
        return found

    def tasks(self, dag: str, run: str) -> dict[str, dict[str, Any]]:
        """How each task of a run is."""
        found = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {each["task_id"]: each for each in found}

    def over(self, dag: str, run: str) -> str:
        """How a run ends."""
        ended = "SELECT state FROM dag_run WHERE dag_id = %s AND run_id = %s AND state IN ('success', 'failed')"
        until(lambda: self.rows(ended, dag, run), f"{dag} {run} is over", 0.1)
        return self.state(dag, run)

    def reached(self, dag: str, run: str, task: str, state: str) -> dict[str, Any]:
        """A task once it is in this state."""
        until(lambda: self.tried(dag, run, task, state), f"{task} of {run} is {state}", 0.1)
        return self.tasks(dag, run)[task]

    def tried(self, dag: str, run: str, task: str, state: str = "%") -> int:
        """How often a task was tried that is in a state; never where it is not."""
        of = "dag_id = %s AND run_id = %s AND task_id = %s AND coalesce(state, '') LIKE %s"
        at_it = f"SELECT try_number FROM task_instance WHERE {of}"
        return max((number for (number,) in self.rows(at_it, dag, run, task, state)), default=0)

    def awaited(self, dag: str, run: str, task: str) -> None:
        """Until the triggerer waits for what a task waits for: only then it hears of who ends the task."""
        logs = self.home / "logs" / f"dag_id={dag}" / f"run_id={run}" / f"task_id={task}"
        until(
            lambda: any(" starting" in each.read_text() for each in logs.glob("*.trigger.*")),
            f"the trigger of {task} of {run} has begun",
        )

    def process_of(self, task: Mapping[str, Any]) -> psutil.Process:
        """The process in which a task runs; that of the worker, which bears the same title, is its parent."""
        titled = [
            each for each in psutil.process_iter(["cmdline"]) if task["id"] in " ".join(each.info["cmdline"] or ())
        ]
        [found] = [each for each in titled if not each.children()]
        return found


@contextmanager
def running(home: Path, told: Mapping[str, str]) -> Iterator[Airflow]:
    """Airflow, once all four answer and know the DAGs."""
    airflow = Airflow(home, told)
    try:
        yield airflow
    finally:
        airflow.end()
