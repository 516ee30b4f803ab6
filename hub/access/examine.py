"""What a door answers when it is tried: whether it lets us ask, knows people and targets, what a look is worth."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from connectors.port import Describing
from hub.access.proof import UNREADABLE
from hub.access.sinks import Sink
from schemas.errors import LicetError
from schemas.words import Words

_CONNECTION, _READ_BACK = Words("connection", "连接"), Words("read-back", "回读")


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
        yield _wrong(sink, _CONNECTION, error)
        return
    yield Finding(sink.name, _CONNECTION, Words("answers", "有应答"))
    yield from _facts(sink)
    subjects: list[str] = []
    if identifiers:
        yield _people(sink, identifiers, subjects)
    if not sink.proof.lists and sink.proof.readable:
        words = Words("asked for with each change", "每次变更时查询")
        yield Finding(sink.name, _READ_BACK, words)
        return
    if not sink.proof.readable:
        words = Words("cannot be asked what is open: accepted at most", "无法查询已开通权限，最多为已受理")
        yield Finding(sink.name, _READ_BACK, words, UNREADABLE)
        return
    for target in targets:
        yield from _target(sink, target, subjects)


def _facts(sink: Sink) -> Iterator[Finding]:
    try:
        facts = sink.door.facts() if isinstance(sink.door, Describing) else ()
    except LicetError as error:
        yield Finding(sink.name, Words("what it says of itself", "自述"), error.message, error.code)
        return
    for fact in facts:
        yield Finding(sink.name, fact.what, fact.answer)
    if hours := round(sink.proof.door.lease_s / 3600):
        words = Words(f"what is opened ends after {hours} h unless prolonged", f"开通后 {hours} 小时自行关闭，除非续期")
        yield Finding(sink.name, Words("leases", "限时开通"), words)


def _people(sink: Sink, identifiers: Sequence[str], subjects: list[str]) -> Finding:
    codes: dict[str, int] = {}
    for identifier in identifiers:
        try:
            subjects.append(sink.door.resolve(identifier))
        except LicetError as error:
            codes[error.code] = codes.get(error.code, 0) + 1
    of = len(identifiers)
    text = Words(f"{len(subjects)} of {of} found", f"{of} 人中找到 {len(subjects)} 人")
    return Finding(
        sink.name,
        Words("people", "人员"),
        text,
        ", ".join(f"{code} ({count})" for code, count in sorted(codes.items())),
    )


def _target(sink: Sink, target: str, subjects: Sequence[str]) -> Iterator[Finding]:
    try:
        members = sink.door.members(target)
    except LicetError as error:
        yield _wrong(sink, Words(f"target {target}", f"权限组 {target}"), error)
        return
    shown = Words(f"{len(members)} members shown", f"显示 {len(members)} 名成员")
    yield Finding(sink.name, Words(f"target {target}", f"权限组 {target}"), shown)
    outside = next((each for each in subjects if each not in members), None)
    if outside is None:
        return
    try:
        code = sink.door.observe(outside, [target]).unproven.get(target, "")
    except LicetError as error:
        yield _wrong(sink, Words(f"read-back {target}", f"回读 {target}"), error)
        return
    yield Finding(
        sink.name, f"read-back {target}", "an absence proves nothing yet" if code else "an absence counts", code
    )


def _wrong(sink: Sink, tried: str, error: LicetError) -> Finding:
    return Finding(sink.name, tried, error.message, error.code, stops=True)
