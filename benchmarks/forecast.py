"""What it takes to foresee 90 days for 10,000 people, and how true it is of a thousand who then live them."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import site
from hub.config.folder import read_folder
from hub.running import Hub
from tests.hub.rules.simulated import accuracy, person

PEOPLE, ENROLLED, LIVED = 10_000, 1_000, 1_000


def measure() -> dict[str, float]:
    """forecast_cpu_s; forecast_recall and forecast_precision."""
    recall, precision = accuracy([person(number) for number in range(LIVED)])
    return {"forecast_cpu_s": _looked(), "forecast_recall": recall, "forecast_precision": precision}


def _looked() -> float:
    with tempfile.TemporaryDirectory() as place:
        hub = Hub(read_folder(site.build(Path(place), PEOPLE, enrolled=ENROLLED, length=site.OVER)))
        try:
            now = datetime.now(UTC)
            began = time.process_time()
            found = hub.parts.forecast.outlook(now, now + timedelta(days=90))
            assert found.people == PEOPLE
            return time.process_time() - began
        finally:
            hub.close()
