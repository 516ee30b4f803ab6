"""What waits, how far sources are known, and which of the other systems do not answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.clock import from_us, site_time, to_us
from hub.config.instances import Instance
from hub.doctor.finding import Finding
from hub.store.statement import Connection
from hub.store.tables import access, connectors, doors, looks, notices, review
from hub.views.status import ConnectorStatus
from hub.wording import connector_word
from schemas.words import Words, number_of

LATE = timedelta(minutes=1)
"""What waits for longer is worth a word."""
SILENT = timedelta(hours=1)
"""A terminal that calls every minute or so and was not heard for so long is away."""
MISSED = 3
"""So many polls in a row that brought nothing whole are too many."""


class Waiting(NamedTuple):
    """Some work that waits: what it is, in both languages, and the command that shows it."""

    what: Words
    command: str
    waits: looks.Waits


def backlog(session: Connection, now: datetime, zone: ZoneInfo, *, runs: bool) -> Iterator[Finding]:
    """Everything that waits for the hub or for a person's hand: how much, and since when."""
    found = [*_waiting(session, now)]
    for each in found:
        if each.waits.waiting:
            yield _told(each, now, zone, runs=runs)
    if stuck := len(session.all(review.stuck, {})):
        words = Words(
            f"{number_of(stuck, 'person', 'people')} cannot be judged: the review fails",
            f"{stuck} 人无法判定：复核失败",
        )
        yield Finding("backlog", "bad", words, "licet alarms list")
    if not stuck and not any(each.waits.waiting for each in found):
        yield Finding("backlog", "good", Words("nothing waits", "没有积压"))


def _waiting(session: Connection, now: datetime) -> Iterator[Waiting]:
    before = to_us(now - LATE)
    late = session.one(looks.late_reviews, {"before": before})
    if late is not None:
        yield Waiting(Words("people to be looked at", "名人员待复核"), "licet tail", late)
    for sink in session.all(connectors.waiting_at_sinks, {}):
        what = Words(f"people whose doors are to change at {sink.sink}", f"名人员在 {sink.sink} 的权限待变更")
        yield Waiting(what, "licet connectors", looks.Waits(sink.waiting, sink.since))
    messages = session.one(notices.notices_waiting, {})
    if messages is not None:
        what = Words("messages to be sent", "条通知待发送")
        yield Waiting(what, "licet connectors", looks.Waits(messages.waiting, messages.since))
    unread = session.one(looks.quarantined, {})
    if unread is not None:
        yield Waiting(Words("items that could not be read", "条数据隔离待处理"), "licet quarantine list", unread)
    held = session.one(looks.held_subjects, {})
    if held is not None:
        yield Waiting(Words("identifiers that nobody has", "个标识未关联人员"), "licet people unresolved", held)


def _told(each: Waiting, now: datetime, zone: ZoneInfo, *, runs: bool) -> Finding:
    since = None if each.waits.since is None else from_us(each.waits.since)
    at = "" if since is None else site_time(since, zone)
    count = each.waits.waiting
    words = Words(
        f"{count} {each.what}{f', the first since {at}' if at else ''}",
        f"{count} {each.what.zh}{f'，最早自 {at}' if at else ''}",
    )
    late = runs and since is not None and now - since > LATE
    return Finding("backlog", "bad" if late and each.command == "licet connectors" else "soon", words, each.command)


def sources(
    found: Iterable[ConnectorStatus],
    instances: Mapping[str, Instance],
    session: Connection,
    now: datetime,
    zone: ZoneInfo,
) -> Iterator[Finding]:
    """Until when all is known that sources have to say; what is missing beyond that is unknown."""
    lines = [*_behind(found, instances, now, zone), *_of_peers(session, instances, now, zone)]
    yield from lines
    if not lines:
        complete = sum(each.spec.completeness != "none" for each in instances.values())
        others = len(instances) - complete
        words = Words(
            f"{complete} that say how far they are complete are up to date; {others} say nothing of that",
            f"{complete} 个可知完整时点的来源均已更新至最近；{others} 个不提供完整时点",
        )
        yield Finding("sources", "good", words)


def _behind(
    found: Iterable[ConnectorStatus], instances: Mapping[str, Instance], now: datetime, zone: ZoneInfo
) -> Iterator[Finding]:
    for each in found:
        instance = instances[each.name]
        if instance.spec.completeness != "pull":
            continue
        if each.watermark is None:
            words = Words(f"{each.name} never came to its end", f"{each.name} 从未完整读取")
        elif now - each.watermark > MISSED * instance.every + LATE:
            at = site_time(each.watermark, zone)
            words = Words(f"{each.name} is complete until {at} only", f"{each.name} 仅完整至 {at}")
        else:
            continue
        yield Finding("sources", "bad", words, "licet connectors")


def _of_peers(
    session: Connection, instances: Mapping[str, Instance], now: datetime, zone: ZoneInfo
) -> Iterator[Finding]:
    """How the terminals are that bring what they recorded; one that was let in speaks for its instance."""
    peers = session.all(connectors.peers, {})
    for name, instance in instances.items():
        if instance.spec.completeness == "contact":
            own = [each for each in peers if each.connector == name and each.peer]
            yield from filter(None, (_of_peer(each, now, zone) for each in own))
            if not any(each.status == "approved" for each in own):
                words = Words(f"no terminal of {name} was let in yet", f"{name} 尚无已批准的终端")
                yield Finding("sources", "soon", words, "licet devices list")


def _of_peer(peer: connectors.PeerRow, now: datetime, zone: ZoneInfo) -> Finding | None:
    name, at = f"{peer.connector}/{peer.peer}", peer.last_contact_at
    if peer.status == "pending":
        words = Words(f"terminal {name} waits to be approved", f"终端 {name} 待批准")
        return Finding("sources", "soon", words, f"licet devices approve {peer.peer}")
    if peer.status != "approved" or (at is not None and now - from_us(at) <= SILENT):
        return None
    if at is None:
        words = Words(f"terminal {name} was let in and never heard", f"终端 {name} 已批准，尚无联系")
        return Finding("sources", "soon", words, "licet devices list")
    when = site_time(from_us(at), zone)
    words = Words(f"terminal {name} was heard last at {when}", f"终端 {name} 最近一次联系为 {when}")
    return Finding("sources", "bad", words, "licet devices list")


def outside(found: Sequence[ConnectorStatus], session: Connection, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    """Which of the other systems do not answer, what is written no more, and what is frozen."""
    lines = [*_away(found, zone), *_stopped(session, now, zone)]
    yield from lines
    unheard = [each.name for each in found if each.state == "unheard"]
    if unheard:
        names = Words(", ".join(unheard), "、".join(unheard))
        words = Words(f"never heard of: {names}", f"尚无联系：{names.zh}")
        yield Finding("doors", "soon", words, "licet check --online")
    if not lines and not unheard:
        words = Words(f"all {len(found)} answered when they were asked last", f"{len(found)} 个对端最近一次均有应答")
        yield Finding("doors", "good", words)


def _away(found: Sequence[ConnectorStatus], zone: ZoneInfo) -> Iterator[Finding]:
    for each in found:
        if each.state in ("away", "refused"):
            at = "-" if each.last_error_at is None else site_time(each.last_error_at, zone)
            words = Words(
                f"{each.name}: {connector_word(each.state, 'en')} since {at} or before: {each.error_words('en')}",
                f"{each.name}：{connector_word(each.state, 'zh')}（{at}）：{each.error_words('zh')}",
            )
            yield Finding("doors", "bad", words, "licet connectors")


def _stopped(session: Connection, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    for halt in session.all(doors.halts, {}):
        target = f"{halt.sink}/{halt.target}"
        words = Words(f"{target} is written no more ({halt.code})", f"{target} 已停止写入（{halt.code}）")
        yield Finding("doors", "bad", words, f"licet resume {halt.sink} {halt.target} --by NAME")
    for mode in session.all(access.modes, {}):
        if mode.frozen_until is not None and from_us(mode.frozen_until) > now:
            until = site_time(from_us(mode.frozen_until), zone)
            words = Words(f"{mode.name} is frozen until {until}", f"{mode.name} 冻结至 {until}")
            yield Finding("doors", "soon", words, f"licet unfreeze {mode.name} --by NAME")
