"""What a permission system may answer that is no answer: nothing is believed of it, and one effect comes in the end."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.contract.scim_server import ScimServer, running
from tests.faults.proxy import Fault, Proxy
from tests.faults.test_doors_in_trouble import fill, inside, push, state
from tests.site import Site, build, until

World = tuple[Site, ScimServer, Proxy]


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    """One hub that enforces, before a server of which it hears through a proxy; the first person's door is open."""
    with ExitStack() as stack:
        scim = stack.enter_context(running())
        proxy = stack.enter_context(Proxy("127.0.0.1", scim.port))
        site = build(tmp_path_factory.mktemp("answers") / "hub", scim_url=proxy.url)
        fill(scim)
        site.start()
        until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 3, "the roster is in")
        site.enforce()
        yield site, scim, proxy
        site.end()
        assert site.balanced()


_turn = iter(range(1, 1_000_000))


@pytest.mark.parametrize("on", ["change", "read"])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("page", id="B093 a page to log in at"),
        pytest.param("short", id="B094 JSON cut off"),
        pytest.param("word", id="B097 a refusal with 200"),
        pytest.param("500", id="B098 done, then 500"),
        pytest.param("reset", id="B099 reset"),
    ],
)
def test_what_is_no_answer_is_not_taken_for_one_and_the_effect_comes_once(world: World, fault: Fault, on: str):
    site, scim, proxy = world
    for status, within in (("active", 1), ("suspended", 0)):
        proxy.clear()
        known = len(site.entries("confirmed"))
        proxy.fail(fault, on=on)  # type: ignore[arg-type]
        assert push(site, 0, status, next(_turn)) == 202
        until(lambda count=within: inside(scim) == count and state(site, 0) == ["confirmed"], f"{status} is done")
        seen = [each["observed"] for each in site.entries("confirmed")[known:]]
        assert seen[-1] == ("present" if within else "absent")
        assert [each.method for each in proxy.seen][-1] == "GET", "only a look after the write confirms"
        assert all(times == 1 for times in proxy.changes.values()) or fault == "reset"
