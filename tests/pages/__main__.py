"""``python -m tests.pages DIR``: make the site there; ends with 1 where Sphinx warned of anything."""

import sys
from pathlib import Path

from tests.pages.site import build


def main(out: Path) -> int:
    """Make the site; the exit code."""
    out.mkdir(parents=True, exist_ok=True)
    made = list(build(out))
    for each in made:
        print(each.said, file=sys.stderr, end="")
    print(f"{out / 'index.html'}")
    return max(each.returncode != 0 for each in made)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
