"""Long bodies of lines in slices, each with a commit of its own, so that nobody waits for all of one."""

from collections.abc import Iterator, Sequence

from connectors.port import Kept
from schemas.errors import PayloadError
from schemas.transmission import Transmission
from schemas.words import Words

SLICE_LINES, SLICE_BYTES = 1000, 64 * 1024
MOST_LINES, LINE_BYTES = 20_000, 64 * 1024


def slices(transmission: Transmission) -> Iterator[Transmission]:
    """The parts of a body of lines; cut in the same places whenever it comes, so that a repeat is known part by part.

    Raises:
        PayloadError: ``text.size``: it has more lines than one body may have, or a longer one.
    """
    body = transmission.body
    if (lines := body.count(b"\n")) > MOST_LINES:
        raise PayloadError(
            "text.size",
            Words(
                f"found {lines} lines, expected at most {MOST_LINES} in one body",
                f"共 {lines} 行，单个报文应不超过 {MOST_LINES} 行",
            ),
        )
    start = n = 0
    while start < len(body):
        end = start
        for _line in range(SLICE_LINES):
            end, began, n = body.find(b"\n", end) + 1 or len(body), end, n + 1
            if end - began > LINE_BYTES:
                raise PayloadError(
                    "text.size",
                    Words(f"found a line of more than {LINE_BYTES} bytes", f"有一行超过 {LINE_BYTES} 字节"),
                    f"line {n}",
                )
            if end - start >= SLICE_BYTES or end == len(body):
                break
        yield transmission if end - start == len(body) else transmission._replace(body=body[start:end])
        start = end


def joined(kept: Sequence[Kept]) -> Kept:
    """What became of a body whose parts were kept: all counts together; known already if every part was."""
    if len(kept) == 1:
        return kept[0]
    counts: dict[str, int] = {}
    for each in kept:
        for word, count in each.counts.items():
            counts[word] = counts.get(word, 0) + count
    items = tuple(item for each in kept for item in each.items)
    return Kept(counts, items, all(each.repeat for each in kept), kept[0].id)
