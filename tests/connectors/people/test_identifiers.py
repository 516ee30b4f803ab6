"""Who shares an identifier with whom, in time that grows with the sheet."""

import random
from time import process_time

from connectors.people.roster_csv.identifiers import sharing


def test_whoever_shares_one_by_others_in_between_is_with_the_first_of_them_all():
    lines = [("A", "A,1,"), ("B", "B,2,x"), ("C", "C,3,"), ("D", "D,2,y"), ("C", "C,1,"), ("E", "E,3,y"), ("F", "F,,")]
    assert sharing(iter(lines), [1, 2]) == dict.fromkeys("ABCDE", "A")
    assert sharing(iter(lines), []) == {}


def test_a_chain_of_fifty_thousand_takes_what_as_many_pairs_take():
    """No figure of a machine: both are measured on this one, and a chain that is walked anew each time takes hours."""
    people = [(f"E{n}", f"E{n},{n}") for n in range(50_000)]
    chained = [*people, *((f"E{n}", f"E{n},{n + 1}") for n in range(49_999))]
    random.Random(7).shuffle(chained)
    paired = [*people, *((f"F{n}", f"F{n},{n}") for n in range(50_000))]
    took = []
    for lines in (paired, chained):
        before = process_time()
        assert len(sharing(iter(lines), [1])) >= 50_000
        took.append(process_time() - before)
    assert took[1] < 20 * took[0] + 1
