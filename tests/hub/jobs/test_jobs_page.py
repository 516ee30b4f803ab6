"""docs/jobs.md is typed as it stands, in the folder of a hub that serves."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.scim_server import running
from tests.site import build, until

PAGE = Path(__file__).parents[3] / "docs" / "jobs.md"


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl"))), reason="bash or curl is not here")
def test_who_types_what_the_page_says_sees_what_it_says(tmp_path):
    with running() as scim:
        site = build(tmp_path / "hub", scim_url=f"http://127.0.0.1:{scim.port}")
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
        blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        script = "\necho; echo '== block =='\n".join(blocks).replace("http://127.0.0.1:8080", site.url)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=site.home,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        site.end()
    assert done.returncode == 0, done
    first, again, listed, further, forecast, ended = done.stdout.split("== block ==")
    places = [
        re.search(r"^location: (/api/v1/jobs/\S+)", said, re.MULTILINE | re.IGNORECASE) for said in (first, again)
    ]
    assert first.startswith("HTTP/1.1 202") and again.strip().startswith("HTTP/1.1 200")
    assert places[0] and places[1] and places[0][1] == places[1][1]
    assert "nightly-2026-11-27" in listed and "reconcile" in listed
    assert '"kind":"export"' in further and '"report":"closings"' in further
    assert '"people":3' in forecast and '"lockouts":[]' in forecast
    assert '"state":"succeeded"' in ended and '"complete_until"' in ended
