"""How long what failed waits, and what is called again while the store is busy."""

import pytest

from hub.backoff import UNTIL_KEPT, Backoff
from schemas.errors import RejectedError, UnavailableError


def test_a_wait_doubles_with_each_try_up_to_the_longest():
    always = Backoff(0.2, 30, chance=lambda: 1.0)
    assert [always.seconds(tries) for tries in (1, 2, 3, 8, 9, 10_000)] == [0.2, 0.4, 0.8, 25.6, 30, 30]


@pytest.mark.parametrize("tries", [0, 1, 5, 500])
def test_a_wait_is_somewhere_below_that(tries):
    waits = [Backoff(0.2, 30).seconds(tries) for _ in range(50)]
    assert all(0 <= wait <= Backoff(0.2, 30, chance=lambda: 1.0).seconds(tries) for wait in waits)
    assert len(set(waits)) > 1, "not all come at once"


def test_what_happened_outside_is_kept_once_the_store_is_there_again():
    tries = []

    def keep(what):
        tries.append(what)
        if len(tries) < 3:
            raise UnavailableError("store.busy", "locked")
        return "kept"

    assert UNTIL_KEPT(keep, "this") == "kept" and tries == ["this"] * 3


def test_anything_else_is_not_called_again():
    tries = []

    def refuse():
        tries.append(1)
        raise RejectedError("peer.rejected", "no")

    with pytest.raises(RejectedError):
        UNTIL_KEPT(refuse)
    assert len(tries) == 1
