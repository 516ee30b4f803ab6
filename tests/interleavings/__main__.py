"""``make interleavings``: so many seeded runs; what broke one is its whole story."""

import argparse
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.interleavings.world import Template, play


def play_some(seeds: range) -> list[str]:
    """The stories of those that did not hold."""
    memory = Path("/dev/shm")
    stories = []
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as place:
        template = Template(Path(place))
        for seed in seeds:
            run = Path(place) / f"run-{seed}"
            run.mkdir()
            try:
                play(seed, template, run)
            except AssertionError as error:
                stories.append(str(error))
            shutil.rmtree(run)
    return stories


def main() -> None:
    """Play them, and say what went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.interleavings", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    began, stories, ends, done = time.monotonic(), list[str](), given.first + given.count, 0
    parts = [range(n, min(n + 50, ends)) for n in range(given.first, ends, 50)]
    with ProcessPoolExecutor(given.workers) as pool:
        for part, found in zip(parts, pool.map(play_some, parts), strict=True):
            stories += found
            done += len(part)
            print(f"{done} played, {len(stories)} did not hold, {time.monotonic() - began:.0f} s", flush=True)
    print("\n\n".join(stories[:5]))
    raise SystemExit(bool(stories))


if __name__ == "__main__":
    main()
