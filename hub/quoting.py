"""What issuers demand for a renewal, quoted to people: what they told of one certificate, and what rules say of all.

Of a rule each statement has its source, how well it is known and of which day; what was told has the day it was told.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from hub.official import written_day
from schemas.credential import RenewalDemand
from schemas.renewal import RenewalRule, Statement, ToldDemand

_RULE = {
    "zh": "发证机构续期要求（{name}，{day}核对，{next}前再次核对）",
    "en": "What its issuer demands for a renewal ({name}, looked at on {day}, again by {next})",
}
_STATEMENT = {
    "zh": "{about}：{says}（{known}：{source}{against}）",
    "en": "{about}: {says} ({known}: {source}{against})",
}
_ABOUT = {
    "validity": {"zh": "有效期", "en": "Validity"},
    "review": {"zh": "复审", "en": "Review"},
    "training": {"zh": "培训", "en": "Training"},
    "exam": {"zh": "考核", "en": "Exam"},
    "fee": {"zh": "费用", "en": "Fee"},
    "renewal": {"zh": "续期", "en": "Renewal"},
}
_KNOWN = {
    "read": {"zh": "条文", "en": "issuer's text"},
    "second_hand": {"zh": "间接来源", "en": "at second hand"},
    "unverified": {"zh": "未核实", "en": "unverified"},
    "employer": {"zh": "本单位核定", "en": "settled by the employer"},
}
_TOLD = {
    "zh": "发证机构就该资质告知的续期要求（{day}告知）",
    "en": "What its issuer told of this renewal (on {day})",
}
_ANNOUNCED = {
    "zh": "发证机构预告的续期要求（{day}告知，自{start}起适用）",
    "en": "What its issuer announced of this renewal (on {day}, from {start} on)",
}
_HOURS = {
    "both": {
        "zh": "学时：须 {required}，已完成 {earned}",
        "en": "Hours: {required} demanded, {earned} known to be done",
    },
    "required": {"zh": "学时：须 {required}", "en": "Hours: {required} demanded"},
    "earned": {"zh": "学时：已完成 {earned}", "en": "Hours: {earned} known to be done"},
}
_LABELS = {
    "says": {"zh": "要求：{}", "en": "Demanded: {}"},
    "period": {"zh": "计算期间：{}", "en": "Period: {}"},
    "review_due": {"zh": "复审期限：{}", "en": "Review due: {}"},
    "rule": {"zh": "规则：{}", "en": "Rule: {}"},
}
_TO = {"zh": "{start}至{end}", "en": "{start} to {end}"}
LONGEST_QUOTE = 1000
"""So many characters of what an issuer demands are kept; one that is as long may have had more."""
_AGAINST = {"zh": "；存在矛盾：{other}", "en": "; contradicted: {other}"}


def rule_head(rule: RenewalRule, language: str) -> str:
    """Whose demands these are, when somebody last looked, and by when somebody must look again."""
    return _RULE[language].format(
        name=getattr(rule.name, language),
        day=written_day(rule.checked_on, language),
        next=written_day(rule.next_review_on, language),
    )


def rule_lines(rule: RenewalRule, language: str) -> Iterator[str]:
    """Each statement of a rule, with its source and what is said against it."""
    for each in rule.statements:
        yield _STATEMENT[language].format(
            about=_ABOUT[each.about][language],
            says=getattr(each.says, language),
            known=_KNOWN[each.known][language],
            source=each.source,
            against=_against(each, language),
        )


def _against(statement: Statement, language: str) -> str:
    if statement.against is None:
        return ""
    return _AGAINST[language].format(other=getattr(statement.against, language))


def told_lines(told: Iterable[ToldDemand], language: str, zone: ZoneInfo) -> Iterator[tuple[str, list[str]]]:
    """What an issuer told of one certificate: for each word its heading with its day, and what it says."""
    for each in told:
        day = written_day(each.said_at.astimezone(zone).date(), language)
        start = written_day(each.demand.effective_at.astimezone(zone).date(), language)
        head = (_ANNOUNCED if each.ahead else _TOLD)[language].format(day=day, start=start)
        yield head, list(_of_demand(each.demand, language))


def _of_demand(demand: RenewalDemand, language: str) -> Iterator[str]:
    says, required, earned = _plain(demand.says), _plain(demand.hours_required), _plain(demand.hours_earned)
    more = "…" if len(demand.says) >= LONGEST_QUOTE else ""
    if says:
        yield _LABELS["says"][language].format(says + more)
    if required or earned:
        known = "both" if required and earned else "required" if required else "earned"
        yield _HOURS[known][language].format(required=required, earned=earned)
    start, end = _day(demand.period_start, language), _day(demand.period_end, language)
    if start or end:
        yield _LABELS["period"][language].format(_TO[language].format(start=start or "…", end=end or "…"))
    for name, value in (("review_due", _day(demand.review_due, language)), ("rule", _plain(demand.rule))):
        if value:
            yield _LABELS[name][language].format(value)


def _plain(text: str) -> str:
    """A foreign text in one line, without what nobody sees: it stands in our letters."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _day(text: str, language: str) -> str:
    """A day as an office writes it; what is none, as it came."""
    try:
        return written_day(date.fromisoformat(text), language)
    except ValueError:
        return _plain(text)
