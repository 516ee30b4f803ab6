"""A view of a person as text for people, in Chinese or English, in the site's zone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import get_args
from zoneinfo import ZoneInfo

from hub.cases.words import matter_word
from hub.clock import site_time, site_until
from hub.columns import padded
from hub.quoting import rule_head, rule_lines, told_lines
from hub.rules.calendar import last_valid_day
from hub.rules.values import Hold, Verdict
from hub.views.person import DemandedView, PersonsCaseView, PersonView, PositionView, TargetView
from hub.views.reasons import hold_word
from hub.wording import delivery_word, presence_word, printable, provenance_word, requirement_word, scope_word
from schemas.errors import CODES
from schemas.position import Bilingual, Provenance

_WORDS = {
    "zh": {
        "note": "注意：",
        "cure": "解除条件",
        "next": "下次复核",
        "decision": "决定",
        "known_by": "来源",
        "case": "案例",
        "courses": "须完成课程",
        "from": "上岗首日 {day}",
        "due": "期限",
        "nothing": "没有特殊岗位",
        "observe": "观察模式，未执行",
        "close_at": "岗位规定推迟至 {until} 关闭",
        "manning.hold": "在岗人数不足，暂缓关闭，已通知负责人，最迟至 {until}",
        "wave": "多人同因关闭，暂缓；由人力资源决定（案例 {case}），在此之前保持开放",
        "refused": "两人决定保持开放，至 {until}",
        "old_tokens": "此前发出的令牌与会话最迟于 {until} 失效",
        "old_tokens_unsaid": "此前发出的令牌与会话有效多久未注明，见 token_lifetime_seconds",
        "stuck": "规则执行异常，已告警，正在重试",
        "behind": "有新情况尚未复核",
    },
    "en": {
        "note": "note: ",
        "cure": "cure",
        "next": "next look",
        "decision": "decision",
        "known_by": "known by",
        "case": "case",
        "courses": "courses to take",
        "from": "first day in the post {day}",
        "due": "due",
        "nothing": "no special position",
        "observe": "observe: not carried out",
        "close_at": "postponed: the post closes it at {until}",
        "manning.hold": "held: too few would be left; the manager was told; closed at {until} at the latest",
        "wave": "held: many closings of one cause; HR decides (case {case}), open until then",
        "refused": "two people keep it open until {until}",
        "old_tokens": "tokens and sessions given before may go on until {until}",
        "old_tokens_unsaid": "nobody has said how long tokens given before go on: token_lifetime_seconds",
        "stuck": "a rule failed; alarm raised, retried",
        "behind": "not reviewed yet: something came, or a date has, that is not in this",
    },
}

_KNOWN_BY = "known_by"
"""What stands on a line of its own, of all that a credential is known by."""
_STATE = 7
"""Columns of the longest word for how a requirement stands."""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_FIGURES = {
    "hours": "学时",
    "rate": "出勤率",
    "ended": "期满",
    "valid_until": "有效期至",
    "debt": "欠缺学时",
    "open": "待定时长",
    "practicals": "实操",
    "score": "得分",
    "completed": "完成",
    "exam": "考核",
    "missing": "尚缺",
    "breaks": "中断",
    "reasons": "原因",
    "on": "复核日",
}


def tell(view: PersonView, language: str, zone: ZoneInfo) -> str:
    """The view, a line a thing."""
    return "\n".join(map(printable, _Teller(language, zone).lines(view)))


class _Teller:
    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self._language = language
        self._words = _WORDS[language]
        self._colon = "：" if language == "zh" else ": "
        self._zone = zone

    def lines(self, view: PersonView) -> Iterator[str]:
        yield f"{view.person}  {view.name}"
        if view.stuck:
            yield f"{self._words['note']}{self._words['stuck']}"
        elif view.behind:
            yield f"{self._words['note']}{self._words['behind']}"
        for position in view.positions:
            yield from self._position(position)
        if not view.positions and not view.stuck and not view.behind:
            yield self._words["nothing"]
        yield from map(self._target, view.targets)
        yield from map(self._case, view.cases)
        if view.next_look:
            yield f"{self._words['next']}{self._colon}{site_time(view.next_look, self._zone)}"

    def _case(self, case: PersonsCaseView) -> str:
        about, due = matter_word(case.matter, self._language), _day(case.due_on, self._language)
        unit = case.unit.partition("@")[0]
        return f"  {self._words['case']} {case.id[:8]}  {about}  {unit}  {self._words['due']} {due}"

    def _position(self, position: PositionView) -> Iterator[str]:
        standing, name = position.standing, getattr(position.name, self._language)
        called = f"{name}（{standing.position}）" if self._language == "zh" else f"{name} ({standing.position})"
        yield f"{called}{self._colon}{scope_word(standing.scope, self._language)}"
        verdicts = (*standing.verdicts, *(part for each in standing.credentials for part in each.parts))
        yield from dict.fromkeys(self._verdict(each, position.named) for each in verdicts)
        yield from self._known_by(position)
        for hold in standing.holds:
            yield from self._hold(hold, position.named)
        if standing.courses:
            yield self._courses(position)
        for name, demanded in position.demanded.items():
            yield from self._demanded(self._called(name, position.named), demanded)
        if position.decision and position.decided_at:
            yield f"  {self._words['decision']} {position.decision}  {site_time(position.decided_at, self._zone)}"

    def _known_by(self, position: PositionView) -> Iterator[str]:
        """By which ways the credentials that count here are known, the best first."""
        ways: dict[str, set[Provenance]] = {}
        for each in position.evidence:
            if each.known_by is not None:
                ways.setdefault(each.topic, set()).add(each.known_by)
        for topic, known in ways.items():
            told = [provenance_word(way, self._language) for way in reversed(get_args(Provenance)) if way in known]
            between = "、" if self._language == "zh" else ", "
            yield f"  {self._words['known_by']}  {self._called(topic, position.named)}{self._colon}{between.join(told)}"

    def _demanded(self, called: str, demanded: DemandedView) -> Iterator[str]:
        """What the issuer of a credential demands for its renewal, with the day of each word."""
        quoted = list(told_lines(demanded.told, self._language, self._zone))
        if demanded.rule is not None:
            quoted.append((rule_head(demanded.rule, self._language), [*rule_lines(demanded.rule, self._language)]))
        for head, lines in quoted:
            yield f"  {called}{self._colon}{head}"
            yield from (f"    - {line}" for line in lines)

    def _courses(self, position: PositionView) -> str:
        """The courses that the post asks for, each once, and from when it is held if that lies ahead."""
        between = "、" if self._language == "zh" else ", "
        courses = between.join(
            dict.fromkeys(self._called(each.course, position.named) for each in position.standing.courses)
        )
        told = f"  {self._words['courses']}{self._colon}{courses}"
        ahead = [each for each in position.standing.holds if each.reason == "not_assigned"]
        day = position.standing.courses[0].needed_at.astimezone(self._zone).date().isoformat()
        return f"{told}  {self._words['from'].format(day=day)}" if ahead else told

    def _verdict(self, verdict: Verdict, named: Mapping[str, Bilingual]) -> str:
        state = requirement_word(verdict.state, self._language)
        called = self._called(verdict.requirement, named)
        return f"  {padded(state, _STATE)}  {called}  {self._figures(verdict.figures)}".rstrip()

    def _called(self, name: str, named: Mapping[str, Bilingual]) -> str:
        """The name that people know a requirement or credential by, with the one of the file where it differs."""
        known = named.get(name)
        called = str(getattr(known, self._language)) if known else name
        return called if called == name else f"{called} [{name}]"

    def _figures(self, figures: Iterable[tuple[str, str]]) -> str:
        between = "，" if self._language == "zh" else ", "
        return between.join(
            f"{self._figure(name)} {self._value(name, value)}" for name, value in figures if name != _KNOWN_BY
        )

    def _figure(self, name: str) -> str:
        return _FIGURES.get(name, name) if self._language == "zh" else name.replace("_", " ")

    def _hold(self, hold: Hold, named: Mapping[str, Bilingual]) -> Iterator[str]:
        below = scope_word(hold.below, self._language)
        called, reason = self._called(hold.cause, named), hold_word(hold.reason, self._language)
        about = f"{called}{self._colon}{reason}" if hold.cause in named else reason
        yield f"  - {about} -> {below}"
        yield f"      {self._words['cure']}{self._colon}{hold.cure.zh if self._language == 'zh' else hold.cure.en}"

    def _target(self, target: TargetView) -> str:
        enforced = target.mode == "enforce"
        state = delivery_word(target.state, self._language) if enforced else self._words["observe"]
        wanted = presence_word(target.wanted, self._language)
        more = f"{self._because(target)}{self._seen(target)}{self._kept(target)}{self._outlived(target)}"
        return f"  {target.sink}/{target.target}{self._colon}{wanted}  {state}{more}"

    def _because(self, target: TargetView) -> str:
        if target.code is None:
            return ""
        known = CODES[target.code]
        return f" [{known.zh if self._language == 'zh' else known.en}]"

    def _kept(self, target: TargetView) -> str:
        if target.kept_by is None:
            return ""
        told = site_until if target.kept_by == "refused" else site_time
        until = "" if target.kept_until is None else told(target.kept_until, self._zone)
        return f"  {self._words[target.kept_by].format(until=until, case=(target.kept_case or '')[:8])}"

    def _outlived(self, target: TargetView) -> str:
        """What may still be used after an issuer's or HR's own word has closed it, or for a known time after any."""
        if target.old_tokens_until is not None:
            return f"  {self._words['old_tokens'].format(until=site_time(target.old_tokens_until, self._zone))}"
        return f"  {self._words['old_tokens_unsaid']}" if target.old_tokens_unsaid and target.explicit else ""

    def _seen(self, target: TargetView) -> str:
        if not target.observed or target.observed_at is None:
            return ""
        return f"  ({presence_word(target.observed, self._language)} {site_time(target.observed_at, self._zone)})"

    def _value(self, name: str, value: str) -> str:
        """A figure as people read it: an end as its last day, instants in the site's zone, all else as it is."""
        if name == "valid_until":
            return _day(last_valid_day(datetime.fromisoformat(value), self._zone), self._language)
        return _INSTANT.sub(lambda found: site_time(datetime.fromisoformat(found[0]), self._zone), value)


def _day(day: date, language: str) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else day.isoformat()
