"""Both ways over real sockets: the hub tells, the qualification system approves, and hears its own words no more."""

import base64
import json
import urllib.request
from datetime import date, timedelta
from typing import Any
from urllib.error import HTTPError

import pytest
from standardwebhooks.webhooks import Webhook as Signer

from connectors.generic.webhook import SPEC, Settings
from connectors.simulators.qualification_system import qualification_system
from hub.config.instances import Instance
from hub.store.tables import log
from tests.hub.decision.test_law import NOW, opened
from tests.hub.doors import LiveClock, enforced, until
from tests.hub.front.test_front import serving
from tests.hub.partners.test_desk import CAME, SAFETY, VENDORS, all_confirmed, say, turning
from tests.hub.partners.test_desk import instance as told
from tests.hub.partners.test_told_back import APPROVED, DOCUMENT, YEAR, _xml, credential, last_day

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, or").decode()


def quals(kind: str) -> Instance:
    made = {"profile": "webhook", "secret": SECRET, "media": [f"application/{kind}"], "form": kind}
    settings = Settings.model_validate({**made, "zone": "Asia/Shanghai", "id_header": "webhook-id"})
    return Instance("quals", SPEC, settings, "roster", timedelta(seconds=60), DOCUMENT.name)


def post(url: str, kind: str, id: str, **event: Any) -> tuple[int, Any]:
    content = {"eventId": id, "sentAt": NOW.isoformat(), "employeeNo": "E1", **event}
    body = json.dumps(content) if kind == "json" else _xml("Qualification", content)
    signed = Signer(SECRET).sign(id, NOW, body)
    fields = {"content-type": f"application/{kind}", "webhook-id": id, "webhook-signature": signed}
    fields["webhook-timestamp"] = str(int(NOW.timestamp()))
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body.encode(), fields), timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_what_the_hub_tells_comes_back_as_no_news_and_an_approval_acts(tmp_path, kind):
    clock, made = LiveClock(NOW), {"quals": quals(kind)}
    with qualification_system() as system:
        made["personnel"] = told(system.url, kind)
        own = tmp_path / "hub" / "mappings" / "credential"
        own.mkdir(parents=True)
        name = f"personnel_{kind}.json"
        (own / name).write_bytes((VENDORS / "credential" / name).read_bytes())
        with opened(tmp_path / "hub", clock, instances=made) as parts:
            (tmp_path / "hub" / "keys" / "api.token").write_text("a-token-of-the-api")
            enforced(parts)
            say(parts, clock, *CAME)
            address: list[str] = []
            with serving(app=parts.front(lambda: address[0], dict, list)) as (host, port), turning(parts):
                address.append(f"http://{host}:{port}")
                url = f"{address[0]}/in/quals"
                until(lambda: all_confirmed(parts), "told", 60)
                hours = system.figures()[SAFETY][0]
                figures = {"training": "dc-safety", "year": 2026, "hours": hours}
                assert post(url, kind, "q-1", figures=figures)[0] == 200
                assert post(url, kind, "q-2", credential={**APPROVED, **YEAR})[0] == 200
                assert last_day(credential(parts)["bound"]) == date(2027, 1, 31)
                assert post(url, kind, "q-2", credential={**APPROVED, **YEAR})[0] == 200, "doubled on its way"
                assert post(url, kind, "q-3", credential={**APPROVED, "status": "maybe"})[0] >= 400
                with parts.database.reading() as session:
                    rows = session.all(log.entries_after, {"seq": 0, "limit": 1000})
                found = [entry for row in rows if (entry := json.loads(row.body)).get("connector") == "quals"]
                kinds = [entry["kind"] for entry in found]
                assert kinds == ["received", "received", "duplicate", "quarantined"]
                assert system.asked == 1, "nothing of it is told back"
