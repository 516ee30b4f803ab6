"""Airflow finds the connection type, and loads the DAG that the page shows."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "airflow.md"


def test_airflow_finds_the_connection_type_and_its_hook():
    """What ``airflow providers hooks`` lists."""
    from airflow.providers_manager import ProvidersManager

    found = ProvidersManager().hooks["licet"]
    assert found is not None
    assert found.hook_class_name == "airflow.providers.licet.hook.LicetHook"
    assert (found.connection_id_attribute_name, found.package_name) == (
        "licet_conn_id",
        "apache-airflow-providers-licet",
    )


def test_airflow_loads_the_dag_of_the_page(tmp_path):
    from airflow.dag_processing.dagbag import DagBag

    [shown] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "shown.py").write_text(shown, encoding="utf-8")
    bag = DagBag(str(tmp_path))
    assert bag.import_errors == {}
    assert {name: len(dag.tasks) for name, dag in bag.dags.items()} == {"after_the_export": 3}
