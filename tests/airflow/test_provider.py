"""The provider of Airflow is a distribution of its own: it is found by Airflow, and keeps what its own tests say."""

import subprocess
import sys
import zipfile

import pytest

from tests.airflow.environment import BIN, PROVIDER, of_airflow, require_airflow
from tests.test_code_blocks import blocks


@pytest.fixture(scope="module", autouse=True)
def _airflow():
    require_airflow()


def test_its_own_tests_hold(tmp_path):
    """Wire, keys, triggers, retries, certificates: without a scheduler, in Airflow's environment."""
    command = [BIN / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'run'}"]
    done = subprocess.run(
        command, cwd=PROVIDER, env=of_airflow(tmp_path), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "skipped" not in done.stdout, done.stdout[-500:]


LOADED = """
import sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
assert not bag.import_errors, bag.import_errors
print(*sorted(f"{dag.dag_id}:{len(dag.tasks)}" for dag in bag.dags.values()))
"""


def test_airflow_loads_the_dag_of_the_page(tmp_path):
    [shown], [chinese] = (
        blocks(PROVIDER.parent / "docs" / page, "python") for page in ("airflow.md", "airflow.zh-CN.md")
    )
    assert shown == chinese
    (tmp_path / "shown.py").write_text(shown, encoding="utf-8")
    loaded = subprocess.run(
        [BIN / "python", "-c", LOADED, tmp_path / "shown.py"],
        env=of_airflow(tmp_path),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert loaded.stdout.splitlines()[-1:] == ["after_the_export:3"], loaded.stdout + loaded.stderr


def test_airflow_finds_the_connection_type_and_its_hook(tmp_path):
    found = subprocess.run(
        [BIN / "airflow", "providers", "hooks", "-o", "plain"],
        env=of_airflow(tmp_path),
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    ).stdout
    [ours] = [line.split() for line in found.splitlines() if line.startswith("licet ")]
    assert ours[1:4] == ["airflow.providers.licet.hook.LicetHook", "licet_conn_id", "apache-airflow-providers-licet"]


def test_its_wheel_holds_the_provider_alone_and_the_hubs_none_of_it(tmp_path):
    wheels = {}
    for folder in (PROVIDER, PROVIDER.parent):
        out = tmp_path / folder.name
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out], cwd=folder, check=True, timeout=600
        )
        [wheel] = out.iterdir()
        with zipfile.ZipFile(wheel) as archive:
            wheels[folder] = archive.namelist()
    ours = [name for name in wheels[PROVIDER] if ".dist-info/" not in name]
    assert all(name.startswith("airflow/providers/licet/") for name in ours)
    assert "airflow/providers/licet/example_dags/licet_pull.py" in ours and not [n for n in ours if "test" in n]
    assert not {"airflow/__init__.py", "airflow/providers/__init__.py"} & set(ours), "these are Airflow's own"
    assert not [name for name in wheels[PROVIDER.parent] if "airflow" in name and name.endswith(".py")]
