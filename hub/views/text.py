"""A view of a person as text for people, in Chinese or English, in the site's zone."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.cases.words import matter_word
from hub.clock import site_time
from hub.rules.values import Hold, Verdict
from hub.views.why import PersonsCaseView, PersonView, PositionView, TargetView
from hub.wording import delivery_word, presence_word, printable, requirement_word, scope_word
from schemas.errors import CODES

_WORDS = {
    "zh": {
        "cure": "解除条件",
        "next": "下次复核",
        "decision": "决定",
        "case": "案例",
        "due": "期限",
        "nothing": "没有特殊岗位",
        "observe": "观察模式,未执行",
        "close_at": "岗位规定推迟至 {until} 关闭",
        "manning.hold": "在岗人数不足,暂缓关闭,最迟至 {until}",
        "stuck": "规则执行异常,已告警,正在重试",
    },
    "en": {
        "cure": "cure",
        "next": "next look",
        "decision": "decision",
        "case": "case",
        "due": "due",
        "nothing": "no special position",
        "observe": "observe: not carried out",
        "close_at": "postponed: the post closes it at {until}",
        "manning.hold": "held: too few would be left in the post; closed at {until} at the latest",
        "stuck": "a rule failed; alarm raised, retried",
    },
}


def tell(view: PersonView, language: str, zone: ZoneInfo) -> str:
    """The view, a line a thing."""
    return "\n".join(map(printable, _Teller(language, zone).lines(view)))


class _Teller:
    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self._language = language
        self._words = _WORDS[language]
        self._zone = zone

    def lines(self, view: PersonView) -> Iterator[str]:
        yield f"{view.person}  {view.name}"
        if view.stuck:
            yield f"! {self._words['stuck']}"
        for position in view.positions:
            yield from self._position(position)
        if not view.positions:
            yield self._words["nothing"]
        yield from map(self._target, view.targets)
        yield from map(self._case, view.cases)
        if view.next_look:
            yield f"{self._words['next']}: {site_time(view.next_look, self._zone)}"

    def _case(self, case: PersonsCaseView) -> str:
        about, due = matter_word(case.matter, self._language), site_time(case.due_at, self._zone)
        return f"  {self._words['case']} {case.id[:8]}  {about}  {case.unit}  {self._words['due']} {due}"

    def _position(self, position: PositionView) -> Iterator[str]:
        standing, name = position.standing, getattr(position.name, self._language)
        yield f"{name} ({standing.position}): {scope_word(standing.scope, self._language)}"
        yield from map(self._verdict, standing.verdicts)
        yield from map(self._verdict, (part for each in standing.credentials for part in each.parts))
        for hold in standing.holds:
            yield from self._hold(hold)
        if position.decision and position.decided_at:
            yield f"  {self._words['decision']} {position.decision}  {site_time(position.decided_at, self._zone)}"

    def _verdict(self, verdict: Verdict) -> str:
        state = requirement_word(verdict.state, self._language)
        return f"  {state:<6} {verdict.requirement}  {self._figures(verdict.figures)}"

    def _figures(self, figures: Iterable[tuple[str, str]]) -> str:
        return ", ".join(f"{name} {_shown(value, self._zone)}" for name, value in figures)

    def _hold(self, hold: Hold) -> Iterator[str]:
        yield f"  - {hold.cause} [{hold.reason}] -> {hold.below}"
        yield f"      {self._words['cure']}: {hold.cure.zh if self._language == 'zh' else hold.cure.en}"

    def _target(self, target: TargetView) -> str:
        enforced = target.mode == "enforce"
        state = delivery_word(target.state, self._language) if enforced else self._words["observe"]
        wanted = presence_word(target.wanted, self._language)
        more = f"{self._because(target)}{self._seen(target)}{self._kept(target)}"
        return f"  {target.sink}/{target.target}: {wanted}  {state}{more}"

    def _because(self, target: TargetView) -> str:
        if target.code is None:
            return ""
        known = CODES[target.code]
        return f" [{known.zh if self._language == 'zh' else known.en}]"

    def _kept(self, target: TargetView) -> str:
        if target.kept_by is None or target.kept_until is None:
            return ""
        return f"  {self._words[target.kept_by].format(until=site_time(target.kept_until, self._zone))}"

    def _seen(self, target: TargetView) -> str:
        if not target.observed or target.observed_at is None:
            return ""
        return f"  ({presence_word(target.observed, self._language)} {site_time(target.observed_at, self._zone)})"


def _shown(value: str, zone: ZoneInfo) -> str:
    """A figure as people read it: instants in the site's zone, everything else as it is."""
    try:
        return site_time(datetime.fromisoformat(value), zone) if "T" in value else value
    except ValueError:
        return value
