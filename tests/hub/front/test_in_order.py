"""What one source brings begins in its order: what is slow alone, what is quick beside others."""

import asyncio
from collections.abc import Coroutine
from functools import partial

import pytest

from hub.front.in_order import InOrder

MOMENTS = 6
"""Turns of the loop, more than lie between the end of something and the beginning of what waited for it."""


class Told:
    """Requests that end when the test says so, and the order in which they began."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.in_order = InOrder(self.loop)
        self.began: list[str] = []
        self._ends: dict[str, asyncio.Future[None]] = {}

    def bring(self, *names: str, source: str = "one") -> None:
        """Those of a capital letter are slow."""
        for name in names:
            self._ends[name] = self.loop.create_future()
            self.in_order.begin(source, partial(self._carry, name), slow=name[0].isupper())

    async def _carry(self, name: str) -> None:
        self.began.append(name)
        await self._ends[name]

    def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set_result(None)

    async def seen(self) -> list[str]:
        """All that has begun by now."""
        for _ in range(MOMENTS):
            await asyncio.sleep(0)
        return self.began


def told(story: Coroutine[object, object, None]) -> None:
    asyncio.run(story)


def quick(first: int, last: int) -> list[str]:
    return [f"q{n}" for n in range(first, last)]


def test_what_is_quick_waits_for_what_is_slow_and_not_for_others_that_waited_for_it():
    async def story() -> None:
        one = Told()
        one.bring("S", *quick(0, 100))
        assert await one.seen() == ["S"]
        one.end("S")
        assert await one.seen() == ["S", *quick(0, 100)]
        one.bring(*quick(100, 200))
        assert await one.seen() == ["S", *quick(0, 200)], "long after it, none waits: none of them has ended"

    told(story())


def test_what_is_slow_waits_for_all_before_it_and_holds_up_no_other_source():
    async def story() -> None:
        one = Told()
        one.bring("q0", "q1", "q2", "S", "q3", "T", "q4")
        one.bring("other", source="another")
        assert await one.seen() == ["q0", "q1", "q2", "other"]
        one.end("q2", "q0")
        assert await one.seen() == ["q0", "q1", "q2", "other"], "q1 is under way"
        one.end("q1")
        assert (await one.seen())[4:] == ["S"]
        one.end("S")
        assert (await one.seen())[5:] == ["q3"], "T came before q4, and waits for q3"
        one.end("q3")
        assert (await one.seen())[6:] == ["T"]
        one.end("T")
        assert (await one.seen())[7:] == ["q4"]

    told(story())


@pytest.mark.parametrize("before", [["S"], ["S", "q-a"], ["S", "q-a", "q-b"], ["S", "T"]])
def test_whoever_comes_in_the_moment_when_something_slow_ends_overtakes_nobody(before):
    async def story() -> None:
        one = Told()
        one.bring(*before)
        await one.seen()
        one.end(*(each for each in before if each[0].isupper()))
        for name in quick(0, MOMENTS):
            one.bring(name)
            await asyncio.sleep(0)
        assert await one.seen() == [*before, *quick(0, MOMENTS)]

    told(story())


def test_one_that_fails_holds_up_nothing():
    async def story() -> None:
        one = Told()
        one.loop.set_exception_handler(lambda _loop, told: failed.append(told["exception"]))
        failed: list[Exception] = []

        async def broken() -> None:
            raise ValueError("a bug")

        one.in_order.begin("one", broken, slow=True)
        one.bring("q0", "S")
        assert await one.seen() == ["q0"]
        one.end("q0")
        assert await one.seen() == ["q0", "S"]
        assert [str(each) for each in failed] == ["a bug"], "and it is told"

    told(story())


def test_where_the_loop_ends_what_waits_is_not_begun_on_it():
    began: list[str] = []

    async def story() -> None:
        one = Told()
        one.began = began
        one.bring("S", "T", "q0")
        assert await one.seen() == ["S"]

    told(story())
    assert began == ["S"], "and is taken from the store by the next one"
