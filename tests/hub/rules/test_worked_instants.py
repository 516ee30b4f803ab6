"""Words that end a period at the instant at which it, or another, begins: it is over once, and never begins anew."""

import pytest

from tests.hub.rules.story import attended, issuer, opening, passed, stint
from tests.hub.rules.test_worked_grounds import AGAIN_AND_AGAIN, ONCE, POSTED, PROBATION, RESTORED
from tests.hub.rules.worked import Row

RENEWED = [*RESTORED[:3], attended("annual", "02-10 17:00", 4), passed("review", "02-11 10:00")]
CLOSED = {"scope": "none"}

ROWS = [
    *(
        Row(
            0,
            f"renewed, and {status} from the instant of the new period on, by a number that is not ours",
            AGAIN_AND_AGAIN,
            [*RENEWED, issuer("77", status, said="03-01 08:30", effective="03-01 00:00", credential="q")],
            {"03-01 08:29": {"scope": "full"}, "03-01 08:31": after, "03-05": CLOSED, "12-31": CLOSED},
            enforced="01-02",
        )
        for status, after in (("revoked", CLOSED), ("expired", CLOSED), ("lapsed", CLOSED), ("superseded", {}))
    ),
    Row(
        0,
        "revoked from the instant of its first grant on",
        ONCE,
        [
            POSTED,
            passed("first", "01-10 10:00", statement="s1"),
            issuer("77", "revoked", said="01-10 12:00", effective="01-10 10:00", credential="q"),
        ],
        {"01-10 11:59": {"scope": "full"}, "01-10 12:01": CLOSED, "03-01": CLOSED},
        enforced="01-02",
    ),
    Row(
        0,
        "granted again after that by what was passed later",
        ONCE,
        [
            POSTED,
            passed("first", "01-10 10:00", statement="s1"),
            issuer("77", "revoked", said="01-10 12:00", effective="01-10 10:00", credential="q"),
            passed("first", "02-10 10:00", statement="s2"),
        ],
        {"02-10 09:59": CLOSED, "02-10 10:00": {"scope": "full"}},
        enforced="01-02",
    ),
    Row(
        0,
        "two rows of one probation from one day on, revoked from that day on",
        PROBATION,
        [
            stint("01-05"),
            opening("A", said="01-06 08:00", since="01-06", to="03-31", credential="p"),
            opening("B", said="01-06 08:00", since="01-06", to="03-31", credential="p"),
            issuer("77", "revoked", said="01-08 09:00", effective="01-06 00:00", credential="p"),
        ],
        {"01-07": {"scope": "supervised"}, "01-08 09:01": CLOSED, "02-01": CLOSED},
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_worked_example(row):
    row.check()
