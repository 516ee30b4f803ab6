"""A worked example as a row: its number, the rule it shows, the evidence, when it is asked, and what is wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.rules.posts.dossier import Rulebook
from hub.rules.timeline import Timeline
from schemas.position import Position
from tests.hub.rules.story import POST, Asked, Evidence, ask, at, rulebook


@dataclass(frozen=True)
class Row:
    """One row. ``asked`` names what is wanted on each day; ``enforced`` from when the post is carried out.

    Wanted may name: ``scope``, ``hold`` (a reason, or nothing), ``to`` (credential -> last valid day), ``alarm``,
    ``next_look``, ``lapsed_at``, ``kept``, ``events`` (kind -> instants), ``figures`` (requirement -> figures),
    ``state`` (requirement -> met ...), ``status`` (credential -> active ...), ``thread`` (stage, or nothing),
    ``rests_on``.
    """

    n: int
    rule: str
    rules: Position | Sequence[Position] | Rulebook
    evidence: Sequence[Evidence]
    asked: Mapping[str, Mapping[str, Any]]
    enforced: str | None = None
    post: str = POST
    mentors: Mapping[str, Timeline[bool]] = field(default_factory=dict)
    also: str = ""

    def __str__(self) -> str:
        return f"{self.n}{self.also} {self.rule}"

    def check(self) -> None:
        """Ask on each day, and compare."""
        rules = self.rules
        book = rules if isinstance(rules, Rulebook) else rulebook(*([rules] if isinstance(rules, Position) else rules))
        for day, wanted in self.asked.items():
            found = ask(book, self.evidence, day, post=self.post, enforced=self.enforced, mentors=dict(self.mentors))
            for name, value in wanted.items():
                _CHECKS[name](found, value, f"{self} on {day}")


def _scope(found: Asked, value: str, where: str) -> None:
    assert found.scope == value, f"{where}: {found.scope}, {found.holds}"


def _hold(found: Asked, value: str | None, where: str) -> None:
    assert (value in found.holds) if value else found.holds == [], f"{where}: {found.holds}"


def _to(found: Asked, value: Mapping[str, str], where: str) -> None:
    assert {name: found.to(name) for name in value} == dict(value), where


def _alarm(found: Asked, value: str | None, where: str) -> None:
    assert (value in found.alarms) if value else not found.alarms, f"{where}: {found.alarms}"


def _next_look(found: Asked, value: str, where: str) -> None:
    assert found.next_look == at(value), f"{where}: {found.next_look}"


def _lapsed_at(found: Asked, value: str | None, where: str) -> None:
    assert found.standing.lapsed_at == (at(value) if value else None), f"{where}: {found.standing.lapsed_at}"


def _kept(found: Asked, value: str | None, where: str) -> None:
    assert (value in found.kept) if value else not found.kept, f"{where}: {found.kept}"


def _events(found: Asked, value: Mapping[str, Sequence[str]], where: str) -> None:
    assert {kind: found.events(kind) for kind in value} == {k: [at(each) for each in v] for k, v in value.items()}, (
        where
    )


def _ahead(found: Asked, value: Mapping[str, str], where: str) -> None:
    ahead = {event.kind: event.at for event in found.standing.ahead}
    assert {kind: ahead.get(kind) for kind in value} == {kind: at(when) for kind, when in value.items()}, where


def _figures(found: Asked, value: Mapping[str, Mapping[str, str]], where: str) -> None:
    for name, figures in value.items():
        shown = found.figures(name)
        assert {each: shown.get(each) for each in figures} == dict(figures), f"{where}: {shown}"


def _state(found: Asked, value: Mapping[str, str], where: str) -> None:
    assert {name: found.verdict(name).state for name in value} == dict(value), where


def _reason(found: Asked, value: Mapping[str, str], where: str) -> None:
    assert {name: found.verdict(name).reason for name in value} == dict(value), where


def _since(found: Asked, value: Mapping[str, str], where: str) -> None:
    assert {name: found.verdict(name).since for name in value} == {name: at(when) for name, when in value.items()}, (
        where
    )


def _status(found: Asked, value: Mapping[str, str], where: str) -> None:
    assert {name: found.state(name).status for name in value} == dict(value), where


def _period(found: Asked, value: Mapping[str, tuple[str, str]], where: str) -> None:
    shown = {name: (found.state(name).valid_from, found.state(name).bound) for name in value}
    assert shown == {name: (at(start), at(end)) for name, (start, end) in value.items()}, where


def _explicit(found: Asked, value: bool, where: str) -> None:
    assert any(hold.explicit for hold in found.standing.holds) is value, where


def _thread(found: Asked, value: Mapping[str, Any] | None, where: str) -> None:
    thread = found.thread(value.get("of", "q") if value else "q")
    if value is None:
        assert thread is None, where
        return
    assert thread is not None, where
    shown = {"of": thread.credential, "stage": thread.stage, "missing": list(thread.missing)}
    shown |= {"opened": thread.opened_at, "cure_until": thread.cure_until, "cure_missed": thread.cure_missed}
    wanted = {key: at(each) if key in ("opened", "cure_until") and each else each for key, each in value.items()}
    assert {key: shown[key] for key in wanted} == wanted, where


def _rests_on(found: Asked, value: Sequence[Sequence[str]], where: str) -> None:
    shown = [[held.number for held in group] for group in found.standing.rests_on[-1].needs]
    assert shown == [list(group) for group in value], f"{where}: {shown}"


def _seat(found: Asked, value: Mapping[str, Any], where: str) -> None:
    for requirement, eligible in value.items():
        seat = next(each for each in found.standing.exams if each.requirement == requirement)
        assert seat.eligible is eligible, where


def _sat_before(found: Asked, value: bool, where: str) -> None:
    assert any(seat.sat_before for seat in found.standing.exams) is value, where


_CHECKS = {
    name.removeprefix("_"): check for name, check in list(globals().items()) if name.startswith("_") and callable(check)
}
