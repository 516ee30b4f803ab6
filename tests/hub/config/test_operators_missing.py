"""``licet check`` says of a hub folder whether anybody would hear of its alarms."""

import re

from tests.journeys.commands import licet
from tests.site import build

WANG = '[operators.wang]\nmail = "wang@ops.example"\n'
MAIL = (
    '[connectors.post]\nadapter = "notification/smtp"\nhost = "127.0.0.1"\nsecurity = "none"\nsender = "l@h.example"\n'
)


def test_check_warns_where_nobody_hears_of_alarms_and_is_silent_where_somebody_does(tmp_path):
    site = build(tmp_path / "hub", scim_url="http://127.0.0.1:9")
    file = site.home / "licet.toml"
    text = re.sub(r"(?ms)^\[operators\..*?(?=^\[|\Z)", "", file.read_text("utf-8"))
    words = "nobody hears of alarms"
    file.write_text(text, "utf-8")
    done = licet(site, "check", "--lang", "en")
    assert done.returncode == 0 and words in done.stdout, done
    file.write_text(f"{text}\n{WANG}{MAIL}", "utf-8")
    done = licet(site, "check", "--lang", "en")
    assert done.returncode == 0 and words not in done.stdout, done
