"""A hub that reads what a training system drops, by a document and settings alone, and says what it did not take."""

import shutil
from pathlib import Path

import pytest

from tests.contract.training_drop import TrainingSystem, results
from tests.site import Site, build, until

DOCUMENT = Path("tests/mappings/vendors/learning/results_drop.json")
TABLE = """
[connectors.training]
adapter = "generic/file_drop"
every = "1 seconds"
identifiers = "roster"
mappings = { read = "learning/results_drop" }
folder = "drop"
files = { "*.xml" = "xml" }
zone = "Asia/Shanghai"
whole = "renamed"
after = "move"
"""


@pytest.fixture
def site(tmp_path):
    made = build(tmp_path / "hub")
    (made.home / "mappings" / "learning").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DOCUMENT, made.home / "mappings" / "learning" / "results_drop.json")
    with (made.home / "licet.toml").open("a", encoding="utf-8") as file:
        file.write(TABLE)
    return made


def counts(site: Site) -> dict[str, int]:
    names = ("received", "applied", "duplicate", "quarantined")
    rows = site.rows(f"SELECT {', '.join(names)} FROM connectors WHERE connector = 'training'")
    return dict(zip(names, rows[0] if rows else (0,) * len(names), strict=True))


def test_results_of_a_training_system_become_facts_once_and_what_is_refused_is_said(site, tmp_path):
    system = TrainingSystem(site.home / "drop")
    checked = site.command("check", "--lang", "en")
    assert checked.returncode == 0 and "training: A folder of files" in checked.stdout, checked
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    system.renames("成绩 2026-03-02.xml", results("E0", "E1"))
    until((system.folder / "done" / "成绩 2026-03-02.xml").exists, "it was kept, and went out of the way")
    assert counts(site) == {"received": 2, "applied": 2, "duplicate": 0, "quarantined": 0}
    system.renames("zhang.san.xml", results("E0", "E1"))
    system.renames("half.xml", results("E2")[:200])
    (system.folder / "link.xml").symlink_to(tmp_path)
    until(lambda: counts(site)["quarantined"] == 1, "what cannot be read waits for a person")
    until(lambda: counts(site)["duplicate"] == 2, "the same bytes are known under another name")
    until((system.folder / "refused" / "link.xml.reason.txt").exists, "the reason stands beside it")
    [alarm] = [each for each in site.entries("alarm") if each.get("connector") == "training"]
    assert alarm["code"] == "file.kind"
    assert site.rows("SELECT code FROM alarms WHERE connector = 'training'") == [("file.kind",)]
    assert site.balanced()
    logged = site.rows("SELECT count(*) FROM entries WHERE connector = 'training' AND body LIKE '%zhang.san%'")
    assert logged == [(0,)], "what somebody called a file may name a person"
    site.end()


def test_a_folder_that_is_gone_is_told_of_its_connector(site):
    site.start()
    told = lambda: site.rows("SELECT last_error FROM connectors WHERE connector = 'training'")  # noqa: E731
    until(lambda: told() == [("peer.unreachable",)], "a folder that is not there is no empty one")
    TrainingSystem(site.home / "drop").renames("r.xml", results("E0"))
    until(lambda: counts(site)["applied"] == 1, "and it is read once it is there")
    site.end()
