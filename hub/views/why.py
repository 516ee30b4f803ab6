"""Answers "may this person stand this post, and why": the standing with its clauses, figures and cures."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from hub.clock import from_us, to_us
from hub.decision.kept import dump
from hub.evidence.dossier import Evidence
from hub.identity.directory import Directory
from hub.rules.standing import standings
from hub.store import queries as q
from hub.store.database import Database
from hub.store.statement import Session
from hub.wording import delivery_word, presence_word, requirement_word, scope_word
from schemas.position import Position

_WORDS = {
    "zh": {
        "cure": "解除条件",
        "next": "下次复核",
        "decision": "决定",
        "nothing": "没有特殊岗位",
        "observe": "观察模式,未执行",
        "stuck": "规则执行异常,已告警,正在重试",
    },
    "en": {
        "cure": "cure",
        "next": "next look",
        "decision": "decision",
        "nothing": "no special position",
        "observe": "observe: not carried out",
        "stuck": "a rule failed; alarm raised, retried",
    },
}


class Why:
    """Views of one person, for the API and the command."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        evidence: Evidence,
        positions: Mapping[str, Position],
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._directory = directory
        self._evidence = evidence
        self._positions = positions
        self._zone = zone

    def person(self, employee_no: str) -> dict[str, Any] | None:
        """The standing of a person as decided and as observed outside; nothing for an unknown number."""
        person = self._directory.person_by_number(employee_no)
        if person is None:
            return None
        with self._database.reading() as session:
            due = session.one(q.due_of, {"person": person})
            return {
                "person": employee_no,
                "name": _name(self._directory, person, session),
                "positions": [self._position(row, session) for row in session.all(q.standings_of, {"person": person})],
                "targets": [_target(row) for row in session.all(q.desired_of, {"person": person})],
                "notices": [_notice(row) for row in session.all(q.notices_of, {"person": person})],
                "next_look": None if due is None else from_us(due[0]).isoformat(),
                "stuck": due is not None and due[2] > 0,
            }

    def person_at(self, employee_no: str, at: datetime) -> dict[str, Any] | None:
        """The standing of a person at an instant, by what was known then and by the rules of today."""
        person = self._directory.person_by_number(employee_no)
        if person is None:
            return None
        with self._database.reading() as session:
            dossier = self._evidence.dossier(person, session, now=at, known_by=at)
            found = standings(dossier, self._positions, now=at, zone=self._zone)
            decided = [
                row for row in session.all(q.decisions_of, {"person": person, "limit": 1000}) if row[2] <= to_us(at)
            ]
            return {
                "person": employee_no,
                "name": _name(self._directory, person, session),
                "at": at.isoformat(),
                "positions": [{**orjson.loads(dump(each)), "name": self._named(each.position)} for each in found],
                "decisions": [
                    {"id": row[0], "position": row[1], "decided_at": from_us(row[2]).isoformat(), "after": row[5]}
                    for row in decided[:5]
                ],
            }

    def _position(self, row: tuple[Any, ...], session: Session) -> dict[str, Any]:
        position, _scope, body, decision, decided_at = row
        return {
            **orjson.loads(body),
            "name": self._named(position),
            "decision": decision,
            "decided_at": from_us(decided_at).isoformat(),
        }

    def _named(self, position: str) -> dict[str, str]:
        known = self._positions.get(position)
        return {"zh": position, "en": position} if known is None else known.name.model_dump()


def tell(view: Mapping[str, Any], language: str, zone: ZoneInfo) -> str:
    """A view as text for people, in the site's zone."""
    words = _WORDS[language]
    lines = [f"{view['person']}  {view['name']}"]
    if view.get("stuck"):
        lines.append(f"! {words['stuck']}")
    for position in view["positions"]:
        lines += _position_lines(position, words, language, zone)
    if not view["positions"]:
        lines.append(words["nothing"])
    for target in view.get("targets", ()):
        lines.append(_target_line(target, words, language, zone))
    if view.get("next_look"):
        lines.append(f"{words['next']}: {_local(view['next_look'], zone)}")
    return "\n".join(lines)


def _position_lines(position: Mapping[str, Any], words: Mapping[str, str], language: str, zone: ZoneInfo) -> list[str]:
    scope = scope_word(position["scope"], language)
    lines = [f"{position['name'][language]} ({position['position']}): {scope}"]
    for finding in position["findings"]:
        figures = ", ".join(f"{name} {_shown(value, zone)}" for name, value in finding["figures"])
        lines.append(f"  {requirement_word(finding['state'], language):<6} {finding['requirement']}  {figures}")
    for hold in position["holds"]:
        lines.append(f"  - {hold['cause']} [{hold['reason']}] -> {hold['below']}")
        lines.append(f"      {words['cure']}: {hold[f'cure_{language}']}")
    if position.get("decision"):
        lines.append(f"  {words['decision']} {position['decision']}  {_local(position['decided_at'], zone)}")
    return lines


def _target_line(target: Mapping[str, Any], words: Mapping[str, str], language: str, zone: ZoneInfo) -> str:
    state = delivery_word(target["state"], language) if target["mode"] == "enforce" else words["observe"]
    seen = ""
    if target["observed"]:
        seen = f"  ({presence_word(target['observed'], language)} {_local(target['observed_at'], zone)})"
    return f"  {target['sink']}/{target['target']}: {presence_word(target['wanted'], language)}  {state}{seen}"


def _shown(value: str, zone: ZoneInfo) -> str:
    """A figure as people read it: instants in the site's zone, everything else as it is."""
    try:
        return _local(value, zone) if "T" in value else value
    except ValueError:
        return value


def _local(text: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).isoformat(timespec="seconds")


def _name(directory: Directory, person: str, session: Session) -> str:
    profile = directory.profile(person, session)
    return "" if profile is None else profile.name


def _target(row: tuple[Any, ...]) -> dict[str, Any]:
    sink, target, wanted, explicit, positions, mode, epoch, state, decision, decided_at, observed, observed_at = row
    return {
        "sink": sink,
        "target": target,
        "wanted": wanted,
        "explicit": bool(explicit),
        "positions": positions.split(","),
        "mode": mode,
        "epoch": epoch,
        "state": state,
        "decision": decision,
        "decided_at": from_us(decided_at).isoformat(),
        "observed": observed,
        "observed_at": None if observed_at is None else from_us(observed_at).isoformat(),
    }


def _notice(row: tuple[Any, ...]) -> dict[str, Any]:
    kind, audience, cause, stage, state, decided_at = row
    return {
        "kind": kind,
        "audience": audience,
        "cause": cause,
        "stage": stage,
        "state": state,
        "decided_at": from_us(decided_at).isoformat(),
    }
