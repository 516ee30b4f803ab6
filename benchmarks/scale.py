"""Whether size costs: one review at 1,000 and at 100,000 people, a sweep of them, and the start with 100,000."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks import site
from hub.config.folder import read_folder
from hub.running import Hub
from hub.store.commit import Tx
from hub.store.tables import identity, review

SMALL, LARGE = 1_000, 100_000
REVIEWS, ROUNDS = 200, 5
STARTS = 3
DUE = 1_000
"""So many of all are due when everybody's dates are looked at."""


def measure() -> dict[str, float]:
    """review_scale_ratio, sweep_ratio, review_us, ready_s, import_people_per_s."""
    with tempfile.TemporaryDirectory() as place:
        small = site.build(Path(place), SMALL, enrolled=SMALL)
        began = time.perf_counter()
        large = site.build(Path(place), LARGE, enrolled=SMALL)
        built = time.perf_counter() - began
        ready = median(_start(large) for _ in range(STARTS))
        sweeps = [_sweep(large) for _ in range(ROUNDS)]
        rounds = [(_reviews(small), _reviews(large)) for _ in range(ROUNDS)]
    return {
        "review_scale_ratio": median(b / a for a, b in rounds),
        "sweep_ratio": median(sweeps),
        "review_us": median(a for a, _b in rounds) * 1e6,
        "ready_s": ready,
        "import_people_per_s": LARGE / built,
    }


def _start(home: Path) -> float:
    with site.running("hub", "serve", "-c", str(home), "--listen", "127.0.0.1:0") as (_server, seconds):
        return seconds


def _reviews(home: Path) -> float:
    """CPU seconds of one review, all in one commit after another as the hub does it."""
    hub = Hub(read_folder(home))
    try:
        with hub.parts.database.reading() as session:
            everyone = [row.person for row in session.all(identity.all_people, {})]
        step = len(everyone) // REVIEWS
        chosen = everyone[::step][:REVIEWS]
        _review(hub, chosen)
        began = time.process_time()
        _review(hub, chosen)
        return (time.process_time() - began) / len(chosen)
    finally:
        hub.close()


def _sweep(home: Path) -> float:
    """What looking through everybody costs where a few are due, against as many reviews that were asked for."""
    hub = Hub(read_folder(home))
    try:
        with hub.parts.database.reading() as session:
            everyone = [row.person for row in session.all(identity.all_people, {})]
        chosen = everyone[:: len(everyone) // DUE][:DUE]
        _review(hub, chosen)
        began = time.process_time()
        _review(hub, chosen)
        asked = time.process_time() - began
        hub.parts.writer.call(lambda tx: _fall_due(chosen, tx))
        began = time.process_time()
        hub.parts.deadlines.work_off()
        return (time.process_time() - began) / asked
    finally:
        hub.close()


def _fall_due(people: Sequence[str], tx: Tx) -> None:
    tx.session.many(
        review.set_due, [{"person": each, "at": tx.now_us, "because": "date", "tries": 0} for each in people]
    )


def _review(hub: Hub, people: Sequence[str]) -> None:
    for at in range(0, len(people), 50):

        def unit(tx: Tx, batch: Sequence[str] = people[at : at + 50]) -> None:
            for person in batch:  # the review itself: what is only marked is looked at as there is time for it
                hub.parts.review(person, ["bench"], tx)

        hub.parts.writer.call(unit)
