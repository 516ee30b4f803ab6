"""What a door answers when it is tried: whether it lets us ask, knows people and targets, what a look is worth."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from connectors.port import Describing
from hub.access.proof import UNREADABLE
from hub.access.sinks import Sink
from schemas.errors import LicetError


class Finding(NamedTuple):
    """One thing that was tried at a door. ``code`` says why it is not well; empty if it is."""

    sink: str
    tried: str
    answer: str
    code: str = ""
    stops: bool = False
    """Whether nothing can be carried out there before it is mended."""


def examine(sink: Sink, targets: Iterable[str], identifiers: Sequence[str]) -> Iterator[Finding]:
    """Try one door with everything that it is needed for; nothing is written."""
    try:
        sink.door.probe()
    except LicetError as error:
        yield _wrong(sink, "connection", error)
        return
    yield Finding(sink.name, "connection", "answers")
    yield from _facts(sink)
    subjects: list[str] = []
    if identifiers:
        yield _people(sink, identifiers, subjects)
    if not sink.proof.lists and sink.proof.readable:
        yield Finding(sink.name, "read-back", "asked for with each change")
        return
    if not sink.proof.readable:
        yield Finding(sink.name, "read-back", "cannot be asked what is open: accepted at most", UNREADABLE)
        return
    for target in targets:
        yield from _target(sink, target, subjects)


def _facts(sink: Sink) -> Iterator[Finding]:
    try:
        facts = sink.door.facts() if isinstance(sink.door, Describing) else ()
    except LicetError as error:
        yield Finding(sink.name, "what it says of itself", error.message, error.code)
        return
    for fact in facts:
        yield Finding(sink.name, fact.what, fact.answer)


def _people(sink: Sink, identifiers: Sequence[str], subjects: list[str]) -> Finding:
    codes: dict[str, int] = {}
    for identifier in identifiers:
        try:
            subjects.append(sink.door.resolve(identifier))
        except LicetError as error:
            codes[error.code] = codes.get(error.code, 0) + 1
    text = f"{len(subjects)} of {len(identifiers)} found"
    return Finding(sink.name, "people", text, ", ".join(f"{code} ({count})" for code, count in sorted(codes.items())))


def _target(sink: Sink, target: str, subjects: Sequence[str]) -> Iterator[Finding]:
    try:
        members = sink.door.members(target)
    except LicetError as error:
        yield _wrong(sink, f"target {target}", error)
        return
    yield Finding(sink.name, f"target {target}", f"{len(members)} members shown")
    outside = next((each for each in subjects if each not in members), None)
    if outside is None:
        return
    try:
        code = sink.door.observe(outside, [target]).unproven.get(target, "")
    except LicetError as error:
        yield _wrong(sink, f"read-back {target}", error)
        return
    yield Finding(
        sink.name, f"read-back {target}", "an absence proves nothing yet" if code else "an absence counts", code
    )


def _wrong(sink: Sink, tried: str, error: LicetError) -> Finding:
    return Finding(sink.name, tried, error.message, error.code, stops=True)
