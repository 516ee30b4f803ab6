"""One PostgreSQL, a process that decides, others that call outside systems for it: whoever is killed, nothing is lost,
nothing done twice, and it goes on by itself."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from tests import postgres
from tests.connectors.generic.test_rest_pull_in_a_hub import START, asking
from tests.contract.attendance_cloud import serving
from tests.contract.scim_server import running
from tests.faults.proxy import Proxy
from tests.site import PATIENCE_SECONDS, Site, build, order, until
from tests.started import Started


class Helper:
    """A process of some roles, on the folder of a site."""

    def __init__(self, site: Site, roles: str, *options: str) -> None:
        self.roles = roles
        self.process = Started(["serve", "-c", str(site.home), "--roles", roles, *options])

    def ready(self, *urls: str) -> None:
        assert self.process.stdout.readline() == " ".join(["ready", self.roles, *urls]) + "\n"

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.communicate(timeout=PATIENCE_SECONDS)
        assert self.process.returncode == (0 if how == signal.SIGTERM else -how)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def helpers(site: Site, *roles: str) -> Iterator[list[Helper]]:
    with ExitStack() as ending:
        found = []
        for each in roles:
            found.append(Helper(site, each))
            ending.callback(found[-1].kill)
        for helper in found:
            helper.ready()
        yield found


def push(site: Site, n: int, status: str, sequence: int) -> int:
    now = datetime.now(UTC)
    return int(site.authority().push(order(n, status, sequence), now=now, id=f"{n}-{sequence}")[0])


def changed(proxy: Proxy) -> list[str]:
    """What was changed at the door: one key a person, target and epoch."""
    return [each.key for each in proxy.seen if each.forwarded and each.method != "GET"]


PEOPLE = 8


def test_others_poll_and_deliver_and_what_one_of_them_was_at_when_it_was_killed_is_looked_at_first(tmp_path):
    with ExitStack() as stack:
        store, scim, cloud = map(stack.enter_context, (postgres.running(), running(), serving()))
        proxy = stack.enter_context(Proxy("127.0.0.1", scim.port))
        users = {n: scim.add_user(userName=f"e{n}", externalId=f"E{n}") for n in range(PEOPLE)}
        scim.add_group("room")
        for n in range(4):
            cloud.punched(n, START + timedelta(minutes=n), person=f"X{n}")
        site = build(tmp_path / "hub", scim_url=proxy.url, people=PEOPLE)
        asking(site, cloud.settings(start=f"{START:%Y-%m-%d}", page_size=2))
        site.on(store.url)
        cloud.held_page = "2"
        assert site.serve("--listen", f"127.0.0.1:{site.port}", "--roles", "decider") == [site.url]
        assert store.rows("SELECT count(*) FROM people") == [(0,)], "who decides asks nobody itself"
        with helpers(site, "poller", "deliverer", "deliverer") as (poller, one, two):
            until(lambda: store.rows("SELECT count(*) FROM people") == [(PEOPLE,)], "the roster is in")
            until(lambda: [each["pageNo"] for each in cloud.asked] == ["1", "2"], "the cloud is being asked")
            poller.end(signal.SIGKILL)
            cloud.gate.set()
            [next_poller] = stack.enter_context(helpers(site, "poller"))
            punches = "SELECT received, held, duplicate FROM connectors WHERE connector = 'cloud'"
            until(lambda: store.rows(punches) == [(4, 4, 0)], "the next one goes on after the last page that is kept")
            site.enforce()
            two.process.send_signal(signal.SIGSTOP)  # so that the other one has them
            proxy.fail("hold", "hold", "hold")
            for n in range(PEOPLE):
                assert push(site, n, "active", 1) == 202
            until(lambda: len(changed(proxy)) >= 1, "changes are under way")
            one.end(signal.SIGKILL)
            two.process.send_signal(signal.SIGCONT)
            proxy.release()
            until(lambda: set(scim.members_of("room")) == set(users.values()), "every door is open")
            until(lambda: not store.rows("SELECT 1 FROM outbox"), "all is confirmed")
            store.restart()
            for n in range(PEOPLE):
                until(lambda n=n: push(site, n, "suspended", 2) == 202, "it is taken")
            until(lambda: scim.members_of("room") == [], "every door is closed")
            until(lambda: not store.rows("SELECT 1 FROM outbox"), "all is confirmed")
            twice = {key for key in changed(proxy) if changed(proxy).count(key) > 1}
            assert twice == set() and len(changed(proxy)) == 2 * PEOPLE
            until(lambda: not store.rows("SELECT 1 FROM errands"), "nobody waits for anything")
            two.end()
            next_poller.end()
        calls = store.rows("SELECT DISTINCT connector FROM entries WHERE kind = 'call'")
        assert {"iam", "roster"} <= {name for (name,) in calls}, "who decides has them on record"
        site.end()
        assert site.command("audit", "verify").returncode == 0


def test_what_asks_for_more_than_one_process_is_refused_for_an_embedded_store(tmp_path):
    site = build(tmp_path / "hub", people=1)
    for language, said in (("en", "SQLite store is of one process"), ("zh", "SQLite 存储只能由一个")):
        refused = site.command("serve", "--roles", "deliverer", "--lang", language)
        assert refused.returncode == 1 and said in refused.stderr
    misspelt = site.command("serve", "--roles", "decider,deliverers", "--lang", "en")
    assert misspelt.returncode == 2 and "deliverer" in misspelt.stderr
    assert not (site.home / "data" / "licet.db").exists()
