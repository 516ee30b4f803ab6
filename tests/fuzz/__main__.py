"""``make fuzz``: each target is fed with damaged bytes for so many seconds; the first that breaks it ends the run."""

import argparse
import time

from tests.fuzz.pushes import pushes
from tests.fuzz.rounds import feed
from tests.fuzz.targets import TARGETS

parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
parser.add_argument("--seconds", type=float, default=60.0)
parser.add_argument("--only", default="")
given = parser.parse_args()
with pushes() as doors:
    for name, target in {**TARGETS, **doors}.items():
        if not name.startswith(given.only):
            continue
        ends, rounds = time.monotonic() + given.seconds, 0
        while time.monotonic() < ends:
            feed(target, rounds)
            rounds += 1
        print(f"{name:<12} {rounds * 100:>8} bodies, nothing foreign", flush=True)
