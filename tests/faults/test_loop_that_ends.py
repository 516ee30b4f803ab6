"""An adapter of somebody else's ends the thread that asks it: the hub is not ready, raises an alarm and ends."""

import json
import subprocess
from pathlib import Path

from tests.site import build, until

STUCK = 70
ADAPTER = '''
import sys
import time
from pathlib import Path

from pydantic import BaseModel

from connectors.port import Page, Spec


class Settings(BaseModel, frozen=True, extra="forbid"):
    """Nothing."""


class Exiting:
    """Answers nothing for a while, then ends its thread as a script ends."""

    def __init__(self, name, settings):
        pass

    def poll(self, cursor, now):
        if Path(__file__).with_name("exit").exists():
            sys.exit(3)
        return Page((), {})


SPEC = Spec(
    title="A source that exits", settings=Settings, build=Exiting, ports=("poll",), mapping="people/roster_csv",
    completeness="pull",
)
'''


def install(folder: Path) -> None:
    """As ``pip install`` would."""
    (folder / "exiting-1.0.dist-info").mkdir(parents=True)
    (folder / "exiting-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: exiting\nVersion: 1.0\n")
    points = "[connectors]\nlearning/exiting = exiting:SPEC\n"
    (folder / "exiting-1.0.dist-info" / "entry_points.txt").write_text(points)
    (folder / "exiting.py").write_text(ADAPTER)


def test_a_loop_that_ends_unseen_ends_the_hub_with_an_alarm_and_a_code(tmp_path):
    install(tmp_path / "installed")
    site = build(tmp_path / "hub")
    with (site.home / "licet.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[connectors.exiting]\nadapter = "learning/exiting"\nevery = "1 seconds"\n')
    site.environment["PYTHONPATH"] = str(tmp_path / "installed")
    site.alone = True
    site.start(errors=subprocess.PIPE)
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
    assert site.status("/readyz")[0] == 200
    assert 'licet_loop_errors_total{loop="poll-exiting"} 0.0' in site.metrics()
    (tmp_path / "installed" / "exit").touch()

    assert site.process is not None
    answers = set()

    def ended() -> bool:
        answers.add(site.status("/readyz"))
        return site.process is not None and site.process.poll() is not None

    until(ended, "the process has ended by itself")
    _out, said = site.process.communicate(timeout=60)
    assert site.process.returncode == STUCK and "loop poll-exiting has ended" in said, said
    assert {"loop poll-exiting has ended"} >= {
        json.loads(text)["reasons"].get("hub.loop") for code, text in answers if code == 503
    } - {None}
    assert [each["code"] for each in site.entries("alarm")][-1] == "hub.loop"
    site.process = None
