"""From the instant at which a credential ends to the door observed closed and its entry durable, without a push.

2,000 people in 100 groups of 20 at a real SCIM server. An authority says of three of each group, beforehand, to the
second until when their licences hold (the document that reads its words takes an instant for an end); then ten of
them end a second, and at last ten at one instant. Counted is from the end by the calendar to the moment at which
another connection sees the ``confirmed`` entry. Who is closed before their end ends the bench.
"""

import json
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import mappings
from benchmarks import revoke, site
from benchmarks.hang import serving
from benchmarks.load import Line
from connectors.simulators.authority import event, load_key, sign, to_json
from hub.demo.stage import free_ports

PEOPLE, OF_EACH_GROUP = 2000, 3
"""Three of twenty: more of one post that end at once would be a wave, which waits for a person."""
RATE, TOGETHER = 10, 10
PATIENCE_SECONDS = 60.0
_READS = "credential/authority_push"


def measure() -> dict[str, float]:
    """lapse_close_s, the worst of all; lapse_p50_s; lapse_together_s, the last of those that end at one instant."""
    return measured(PEOPLE, TOGETHER)


def measured(people: int, together: int) -> dict[str, float]:
    """The same with other numbers; of people a multiple of 20."""
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory() as place, serving(port) as (iam, _):
        home = revoke.build(Path(place) / "hub", {"iam": (port, iam)}, people)
        _read_instants(home)
        with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (hub, _):
            revoke.wait_until_delivered(home)
            ends = _ends(people, together)
            _say(hub.url, home, ends)
            revoke.wait_until_delivered(home)
            assert min(ends.values()) > datetime.now(UTC), "the first licence ended before all was said"
            watcher = revoke.Watcher(home, people)
            return _waited(watcher, ends)


def _ends(people: int, together: int) -> dict[int, datetime]:
    """Who ends when: a tenth of a second after one another, and the last together."""
    ending = [n for n in range(people) if n % revoke.GROUP < OF_EACH_GROUP]
    first = datetime.now(UTC) + timedelta(seconds=2 + len(ending) / 20)
    alone = len(ending) - together
    return {n: first + timedelta(seconds=min(place, alone) / RATE) for place, n in enumerate(ending)}


def _waited(watcher: revoke.Watcher, ends: Mapping[int, datetime]) -> dict[str, float]:
    calendar = time.time() - time.perf_counter()
    patience = max(ends.values()) + timedelta(seconds=PATIENCE_SECONDS)
    while not watcher.closed.keys() >= ends.keys():
        assert datetime.now(UTC) < patience, f"{len(ends.keys() - watcher.closed.keys())} were not closed"
        time.sleep(0.05)
    watcher.stop()
    took = {n: watcher.closed[n] + calendar - end.timestamp() for n, end in ends.items()}
    assert min(took.values()) >= 0, "somebody was closed before their end"
    assert watcher.closed.keys() == ends.keys(), "somebody was closed whose licence holds"
    last = max(ends.values())
    return {
        "lapse_close_s": max(took.values()),
        "lapse_p50_s": median(took.values()),
        "lapse_together_s": max(took[n] for n, end in ends.items() if end == last),
    }


def _read_instants(home: Path) -> None:
    """Have the authority's words read by a document of the folder, in which an end is an instant."""
    document = json.loads((Path(mappings.__file__).parent / f"{_READS}.json").read_text(encoding="utf-8"))
    [record] = (each for each in document["forms"]["json"]["records"] if "valid_until" in each["fields"])
    record["fields"]["valid_until"] = {"at": "/data/valid_until", "as": "instant"}
    own = home / "mappings" / "credential" / "to_the_second.json"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(json.dumps(document), encoding="utf-8")
    settings, line = home / "licet.toml", f'source = "{revoke.SOURCE}"\n'
    text = settings.read_text(encoding="utf-8")
    assert line in text
    read = f'{line}mappings = {{ read = "credential/to_the_second" }}\n'
    settings.write_text(text.replace(line, read), encoding="utf-8")


def _say(url: str, home: Path, ends: Mapping[int, datetime]) -> None:
    key, line, target = load_key(home / "keys" / "demo" / "authority.pem"), Line(url), f"{url}/in/authority"
    for person, end in ends.items():
        now = datetime.now(UTC)
        stamp = _text(now)
        order = {"status": "active", "number": f"L-{person}", "holder": f"r{person}", "credential": "licence"}
        order |= {"sequence": "1", "valid_from": "2024-01-01", "valid_until": _text(end), "effective_at": stamp}
        body = to_json(event(revoke.SOURCE, order, id=f"e-{person}", time=stamp))
        headers = sign("POST", target, body, "application/cloudevents+json", key, "demo-ca-1", now, nonce=f"e-{person}")
        status = line.post("/in/authority", body, headers)
        assert status == 202, status
    line.close()


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
