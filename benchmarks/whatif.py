"""What it takes to try a draft of rules on everybody: 10,000 people, some with a class, more hours demanded."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import site
from hub.config.drafts import read_draft
from hub.config.folder import read_folder
from hub.rules.span import Span
from hub.running import Hub

PEOPLE, ENROLLED = 10_000, 1_000


def measure() -> dict[str, float]:
    """whatif_s."""
    with tempfile.TemporaryDirectory() as place:
        home = site.build(Path(place), PEOPLE, enrolled=ENROLLED, length=site.OVER)
        file = home / "positions" / "dc-operations.toml"
        draft = Path(place) / "draft.toml"
        draft.write_text(file.read_text("utf-8").replace("at_least_hours = 40", "at_least_hours = 48"), "utf-8")
        hub = Hub(read_folder(home))
        try:
            drafted, now = read_draft(hub.parts.folder, draft), datetime.now(UTC)
            within = Span(now - timedelta(days=365), now + timedelta(days=90))
            began = time.perf_counter()
            found = hub.parts.what_if.effects(
                (hub.parts.evidence, drafted.folder.rulebook), drafted.begins, within, now
            )
            assert found.people == PEOPLE
            return {"whatif_s": time.perf_counter() - began}
        finally:
            hub.close()
