"""A server that reads a group and a moment later writes it back loses what came between: the hub lets nothing come."""

from datetime import timedelta

from connectors.access.scim import SPEC, Settings
from hub.access.desired import desire
from hub.access.wanted import WantedTarget
from hub.config.instances import Instance
from hub.store.tables import access
from tests.faults.odd_scim import serving
from tests.hub.decision.test_law import NOW, opened, roster, send
from tests.hub.doors import LiveClock, delivery_of, turning, until

ODD = "writes back what it read a moment ago"
PEOPLE = [f"E{n}" for n in range(1, 7)]


def test_whoever_leaves_a_group_at_once_leaves_it_one_after_another(tmp_path):
    with serving([ODD]) as (url, servers):
        server, clock = servers[ODD], LiveClock(NOW)
        others = set(server.inside("room-a"))
        for number in PEOPLE[1:]:
            server.add_user(number.lower(), number)
        settings = Settings.model_validate({"base_url": f"{url}/s0/v2", "allow_private_address": True})
        iam = {"iam": Instance("iam", SPEC, settings, "roster", timedelta(seconds=60))}
        with opened(tmp_path / "hub", clock, instances=iam) as parts:
            for number in PEOPLE:
                send(parts, roster(number), clock)
            known = [parts.directory.person_by_number(number) for number in PEOPLE]

            def want(wanted):
                target = WantedTarget("iam", "room-a", wanted, wanted == "absent", ("post",), True)
                parts.writer.call(lambda tx: [desire(person, [target], "", tx) for person in known])

            def all_are(wanted):
                with parts.database.reading() as session:
                    rows = [row for each in known for row in session.all(access.desired_of, {"person": each})]
                return all((row.wanted, row.state) == (wanted, "confirmed") for row in rows if row.target == "room-a")

            with turning(delivery_of(parts, parts.sinks, clock), parts.activators.delivery):
                want("present")
                until(lambda: all_are("present"), "all are in", 60)
                assert len(server.inside("room-a")) == len(others) + len(PEOPLE)
                want("absent")
                until(lambda: all_are("absent"), "all are out", 60)
        assert set(server.inside("room-a")) == others
        assert server.most_writing == 1, "no change began while another one was under way"
        assert len(server.changes) == 2 * len(PEOPLE), "each was done once"
