"""From observing to acting, and how to hold it: plan, enforce, freeze, unfreeze, reconcile."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import typer

from hub.access.difference import Compared, Difference
from hub.assembly import Assembly
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.cli.tables import table
from hub.clock import from_us, site_time, stamp
from hub.parts.ruled import ruled_folder
from hub.views.hindrances import rules_waiting
from hub.views.plan import PlannedChange, in_order
from hub.views.plan_text import PlanText
from hub.wording import presence_word, printable_lines
from schemas.errors import LicetError, all_of
from schemas.words import Words, told

app = typer.Typer()

Actors = Annotated[list[str], typer.Option("--by", help="Who does it; name two people where two are needed.")]
_FIGURES = (
    "sink",
    "revocations",
    "confirmed",
    "unconfirmed",
    "drifted",
    "p50_seconds",
    "p99_seconds",
    "max_seconds",
    "old_tokens_seconds",
)
_SHOWN = 5
_ENFORCED = Words("{name}: enforced from {at}", "{name}：自 {at} 起正式执行")
_KINDS = {
    "observed": Words("observed", "观察模式"),
    "under way": Words("under way", "处理中"),
    "open again": Words("open again", "被重新开通"),
    "closed by hand": Words("closed by hand", "被人工关闭"),
    "missing": Words("missing", "缺失"),
}
_STRANGERS = Words("strangers", "非本平台开通")
_UNASKED = Words("{sink}: could not be asked ({code})", "{sink}：无法查询（{code}）")
_DRIFTED = Words("{n} drifted", "{n} 处与决定不符")
_AWAY = Words("{sink}: what would change cannot be told: {why}", "{sink}：无法得知将产生的变化：{why}")


@app.command()
def plan(config: Folder = HERE, as_json: AsJson = False) -> None:
    """What enforcement would open or close now, and why. Changes nothing."""
    with opened(config) as parts:
        ahead = list(_at(parts, sorted(parts.sinks)))
        words = PlanText(parts.folder.positions, spoken())
    changes = in_order(change for each in ahead for change in each.changes)
    silent = [each.error.of(each.sink) for each in ahead if each.error is not None]
    if changes or not silent:
        show([change.json() for change in changes], as_json, lambda: "\n".join(words.lines(changes)))
    if silent:
        raise all_of(silent)


@app.command()
def enforce(
    name: Annotated[str, typer.Argument(help="A position or a sink.")],
    start: Annotated[str, typer.Option("--from", help="From when.")] = "now",
    by: Actors = [],  # noqa: B006 - typer reads the default only
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Carry out what is decided, from an instant; shows first what that changes now. Two people: --by A --by B."""
    with opened(config) as parts:
        language = spoken()
        words, ahead = PlanText(parts.folder.positions, language), list(_ahead(parts, name))
        for each in () if as_json else ahead:
            print(printable_lines("\n".join(each.lines(words, language))))
        asked = parts.clock.now()
        at = asked if start == "now" else instant(start, parts.folder)
        parts.enforcement.enforce(name, at, by)
        hindered = parts.hindrances.of(name, at, asked)  # whom this itself has looked at again hinders nothing
    hindered += rules_waiting(ruled_folder(config))
    since = told(_ENFORCED, language).format(name=name, at=site_time(at, parts.folder.zone))
    shown = {"changes": [each.json() for each in ahead], "enforced_from": stamp(at)}
    known = {**shown, "hindrances": [each.json() for each in hindered]}
    show(known, as_json, lambda: "\n".join([since, *words.hindered(hindered)]))


class Ahead(NamedTuple):
    """What enforcing would change at one sink, or why that cannot be told."""

    sink: str
    changes: Sequence[PlannedChange] = ()
    error: LicetError | None = None

    def lines(self, words: PlanText, language: str) -> Iterator[str]:
        """It for people."""
        if self.error is None:
            yield from words.lines(self.changes, self.sink)
        else:
            yield told(_AWAY, language).format(sink=self.sink, why=self.error.told(language))

    def json(self) -> dict[str, Any]:
        """It for programs."""
        code = None if self.error is None else self.error.code
        return {"sink": self.sink, "changes": [each.json() for each in self.changes], "away": code}


def _ahead(parts: Assembly, name: str) -> Iterator[Ahead]:
    """What enforcing a position or sink would change now; that a door cannot be asked hinders nobody."""
    position = parts.folder.positions.get(name)
    sinks = {name} if position is None else set(position.targets)
    for each in _at(parts, sorted(sinks & parts.sinks.keys())):
        targets = None if position is None else {target for of in position.targets[each.sink].values() for target in of}
        yield each._replace(changes=[change for change in each.changes if targets is None or change.target in targets])


def _at(parts: Assembly, sinks: Iterable[str]) -> Iterator[Ahead]:
    """What would change at each of some sinks; one that cannot be asked silences no other."""
    for sink in sinks:
        try:
            yield Ahead(sink, parts.changes.changes(sink))
        except LicetError as error:
            yield Ahead(sink, error=error)


@app.command()
def freeze(
    name: Annotated[str, typer.Argument(help="A position, a sink, or all.")],
    until: Annotated[str, typer.Option(help="When it ends by itself.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Hold derived changes; explicit revocations pass."""
    with opened(config) as parts:
        end = instant(until, parts.folder).astimezone(parts.folder.zone)
        parts.enforcement.freeze(name, end, reason, by)
    at = site_time(end, parts.folder.zone)
    value = {"name": name, "frozen_until": stamp(end)}
    show(value, as_json, lambda: Words(f"{name}: frozen until {at}", f"{name}：已冻结，至 {at} 止"))


@app.command()
def unfreeze(
    name: Annotated[str, typer.Argument()], by: Actors, config: Folder = HERE, as_json: AsJson = False
) -> None:
    """Let derived changes go on."""
    with opened(config) as parts:
        parts.enforcement.unfreeze(name, by)
    value = {"name": name, "frozen_until": None}
    show(value, as_json, lambda: Words(f"{name}: no longer frozen", f"{name}：已解除冻结"))


@app.command()
def halts(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Targets that are written no more, as a write there did what nobody asked for."""
    with opened(config) as parts:
        found = [(row, site_time(from_us(row.at), parts.folder.zone)) for row in parts.halts.all()]
    text = [
        Words(f"{row.sink}/{row.target}  {row.code}  since {at}", f"{row.sink}/{row.target}  {row.code}  自 {at}")
        for row, at in found
    ] or [Words("nothing is halted", "没有暂停写入的权限组")]
    rows = [{**row._asdict(), "at": stamp(from_us(row.at))} for row, _at in found]
    show(rows, as_json, lambda: "\n".join(told(each, spoken()) for each in text))


@app.command()
def resume(
    sink: Annotated[str, typer.Argument()],
    target: Annotated[str, typer.Argument()],
    by: Actors,
    person: Annotated[
        str, typer.Option(help="Employee number: open it again to one to whom another hand closed it.")
    ] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Let a halted target be written again, or open it again to one person to whom another hand closed it."""
    with opened(config) as parts:
        parts.halts.resume(sink, target, by, person)
    whom = (
        Words(f"open to {person} again", f"将重新对 {person} 开通") if person else Words("written again", "将重新写入")
    )
    value = {"sink": sink, "target": target, "person": person or None}
    show(value, as_json, lambda: Words(f"{sink}/{target}: {whom}", f"{sink}/{target}：{whom.zh}"))


@app.command()
def reconcile(
    sink: Annotated[str, typer.Argument(help="One sink; default: all.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Compare doors with what must be true now: each difference and what it is; what opened is closed again.

    Strangers are members whom the hub never let in; it tells of them and touches none.
    """
    with opened(config) as parts:
        found = parts.reconciler.compare(sink)
        with parts.database.reading() as session:
            profiles = {each.person: parts.directory.profile(each.person, session) for each in found.differences}
    numbers = {person: profile.employee_no for person, profile in profiles.items() if profile is not None}
    differences = [_difference(each, numbers.get(each.person, each.person)) for each in found.differences]
    strangers = [each._asdict() for each in found.strangers]
    known = {"drifted": found.drifted, "differences": differences, "away": dict(found.away), "strangers": strangers}
    show(known, as_json, lambda: "\n".join(_compared(found, differences, spoken())))


def _compared(found: Compared, differences: Sequence[Mapping[str, Any]], language: str) -> Iterator[str]:
    """Each difference, who is a stranger, whom nobody could ask, and how many there were to be closed again."""
    for each in differences:
        kind, seen = told(_KINDS[each["kind"]], language), presence_word(each["seen"], language)
        yield f"{kind}  {each['person']}  {each['sink']}/{each['target']}  {seen}"
    for stranger in found.strangers:
        place = f"{stranger.sink}/{stranger.target}"
        yield f"{told(_STRANGERS, language)}  {len(stranger.ids)}  {place}  {_some(stranger.ids)}"
    for name, code in found.away.items():
        yield told(_UNASKED, language).format(sink=name, code=code)
    yield told(_DRIFTED, language).format(n=found.drifted)


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SHOWN]) + (", ..." if len(ids) > _SHOWN else "")


def _difference(difference: Difference, person: str) -> dict[str, Any]:
    names = ("sink", "target", "wanted", "seen", "mode", "state")
    members = {name: getattr(difference, name) for name in names}
    return {"person": person, "kind": difference.kind, **members, "evidence": dict(difference.evidence)}


@app.command()
def effectiveness(
    days: Annotated[int, typer.Option(min=1, max=3660, help="Closings that were decided within so many days.")] = 30,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """How well closing works at each sink: revocations, until seen closed, what was not, what drifted."""
    with opened(config) as parts:
        found = parts.controls.figures(days)
    rows = [{name: getattr(each, name) for name in _FIGURES} for each in found]
    show([each.json() for each in found], as_json, lambda: table(rows, _FIGURES, parts.folder.zone))
