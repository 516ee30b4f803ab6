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


def test_both_pages_show_one_dag():
    """That Airflow loads it is tried by the provider's own tests."""
    [english], [chinese] = (
        blocks(PROVIDER.parent / "docs" / page, "python") for page in ("airflow.md", "airflow.zh-CN.md")
    )
    assert english == chinese


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
