"""What a notice says to its reader, in zh or en: subject, greeting, figures, and whom to write to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connectors.port import Message
from hub.notification.hr_mails import HR_DESK, called
from hub.official import letter_text, written_day, written_until
from hub.quoting import rule_head, rule_lines, told_lines
from hub.wording import provenance_word, scope_word
from schemas.notice import Notice
from schemas.position import Course, Credential, Position
from schemas.renewal import RenewalRule, ToldDemand

_SUBJECTS = {
    "expiry_warning": {"zh": "资质到期提醒：{position}", "en": "Credential ends soon: {position}"},
    "renewal_due": {"zh": "请办理续期：{position}", "en": "Renewal due: {position}"},
    "ends": {"zh": "资质到期提醒：{position}", "en": "Credential ends soon: {position}"},
    "cure_opened": {"zh": "整改期限已开始：{position}", "en": "Time to make up for what is missing: {position}"},
    "cure_missed": {"zh": "整改期限已过：{position}", "en": "Not made up for in time: {position}"},
    "restricted": {"zh": "岗位权限已限制：{position}", "en": "Access restricted: {position}"},
    "granted": {"zh": "岗位权限已开通：{position}", "en": "Access granted: {position}"},
    "announced": {"zh": "资质状态将变更：{position}", "en": "A credential will be closed: {position}"},
    "courses": {"zh": "上岗培训课程：{position}", "en": "Courses to take: {position}"},
    "exam_open": {"zh": "考核资格已获得：{position}", "en": "You may take the exam: {position}"},
    "exam_closed": {"zh": "考核资格已取消：{position}", "en": "The exam is not open any more: {position}"},
    "shortfall": {"zh": "学时未达标：{position}", "en": "Hours short: {position}"},
    "waits": {"zh": "待人力资源处理：{position}", "en": "Waits for HR: {position}"},
    "manning": {"zh": "在岗人数将不足：{position}", "en": "Too few would be left: {position}"},
}
_OPENINGS = {
    "expiry_warning": {
        "zh": "以下资质有效期至{end}，复训要求尚未完成。未补足则到期不予续期，岗位权限将自动限制。",
        "en": "The credential below is valid until {end}; its re-training is not complete. Without it, it is not"
        " renewed and access ends with it.",
    },
    "renewal_due": {
        "zh": "以下资质有效期至{end}，复训要求已完成，请办理续期。",
        "en": "The credential below is valid until {end}; its re-training is complete. Please renew it.",
    },
    "ends": {
        "zh": "以下资质有效期至{end}。请按发证机构的要求办理复审或续期。",
        "en": "The credential below is valid until {end}. Please have its issuer renew or review it.",
    },
    "cure_opened": {
        "zh": "以下资质有效期至{end}，请在{cure_end}当日及以前补足所缺。",
        "en": "The credential below is valid until {end}; please make up for what is missing by {cure_end}.",
    },
    "cure_missed": {
        "zh": "以下资质有效期至{end}，所缺未在整改期限内补足。岗位权限暂不变更，到期为准。",
        "en": "The credential below is valid until {end}; what was missing was not made up for in time. Access is"
        " unchanged; the end date decides.",
    },
    "restricted": {"zh": "岗位权限已降低为：{scope}。", "en": "Access is now: {scope}."},
    "granted": {"zh": "岗位权限现为：{scope}。", "en": "Access is now: {scope}."},
    "announced": {
        "zh": "发证机构已通知，以下资质自{acts_at}起状态变更。",
        "en": "Its issuer has announced that the credential below changes on {acts_at}.",
    },
    "courses": {
        "zh": "该岗位要求完成以下课程，请按培训安排参加。",
        "en": "The post asks you to complete the courses below; please attend them as they are planned.",
    },
    "exam_open": {"zh": "培训已达标，可以参加考核。", "en": "Training is complete; you may take the exam."},
    "exam_closed": {
        "zh": "培训记录有更正，暂不能参加考核。",
        "en": "A training record was corrected; the exam is not open for now.",
    },
    "waits": {
        "zh": "岗位权限暂时保留，逾期未处理将自动降低。",
        "en": "Access stays for now; it is lowered by itself if nothing is done in time.",
    },
    "manning": {
        "zh": "若关闭此人的岗位权限，合格在岗人员将少于规定人数，因此暂缓关闭。请安排合格人员到岗；期满后仍会关闭。",
        "en": "Without this person fewer would be left in full scope than the post needs, so access stays for now."
        " Put qualified people on the post; access is closed when the time is over.",
    },
    "shortfall": {"zh": "上一周期学时未达到要求。", "en": "Hours of the last period were below what is asked."},
}
_CLOSINGS = {
    "zh": "如有异议，请联系人力资源部门，由专人复核。",
    "en": "If you disagree, write to HR; a person will look at it.",
}
_CLOSINGS_OF_HR = {
    "zh": "待办事项见 `licet cases list`，本人情况及依据见 `licet why {number}`。",
    "en": "`licet cases list` has what is to be done, `licet why {number}` the evidence.",
}
_AFTER = {"zh": "：", "en": ": "}
_OF = {"zh": "{of}（{label}）", "en": "{of} {label}"}
_DATES = frozenset({"last_valid_day", "cure_last_day", "first_day"})
_FIGURES = {
    "person": {"zh": "人员", "en": "Person"},
    "about": {"zh": "资质", "en": "Credential"},
    "last_valid_day": {"zh": "有效期至", "en": "Valid until"},
    "known_by": {"zh": "来源", "en": "Known by"},
    "cure_last_day": {"zh": "整改期限至", "en": "To be made up for by"},
    "acts_at": {"zh": "生效时间", "en": "From"},
    "until": {"zh": "保留至", "en": "Until"},
    "waits_for": {"zh": "待办", "en": "To be done"},
    "hours": {"zh": "学时", "en": "Class hours"},
    "rate": {"zh": "出勤率", "en": "Attendance rate"},
    "debt": {"zh": "欠缺学时", "en": "Hours owed"},
    "open": {"zh": "待定时长", "en": "Cannot be told yet"},
    "practicals": {"zh": "实操", "en": "Practicals"},
    "exam": {"zh": "考核", "en": "Exam"},
    "course": {"zh": "课程", "en": "Course"},
    "first_day": {"zh": "上岗首日", "en": "First day in the post"},
    "missing": {"zh": "尚缺", "en": "Missing"},
    "cure": {"zh": "解除条件", "en": "Cure"},
    "from": {"zh": "原权限范围", "en": "Scope before"},
    "scope": {"zh": "权限范围", "en": "Scope"},
}
_WAITS_FOR = {
    "mentor_grace": {
        "zh": "带教人已不具备正式上岗资格，请指定新的带教人",
        "en": "the mentor lost full standing; name another",
    },
    "unknown_grace": {
        "zh": "证据待核实：核实达标则保留，否则到期失效",
        "en": "evidence cannot be told yet: met, it stays; otherwise it lapses",
    },
    "not_warned": {"zh": "到期提醒未送达本人，请联系本人", "en": "no warning reached the person; please tell them"},
}
_UNTOLD = frozenset({"cause", "by", "kind", "credential", "requirement", "ended", "valid_until", "score", "completed"})
"""Figures for programs."""
_NO_COURSES: Mapping[str, Course] = {}
_NO_RULES: Mapping[str, RenewalRule] = {}
_OF_CREDENTIALS = frozenset({"expiry_warning", "renewal_due", "ends", "cure_opened", "cure_missed", "announced"})


class Whom(NamedTuple):
    """The person of a notice, by name and employee number; ``reader``: who reads it, where that is another person."""

    name: str
    number: str = ""
    reader: str = ""


def render(
    notice: Notice,
    position: Position,
    whom: Whom,
    language: str,
    zone: ZoneInfo,
    courses: Mapping[str, Course] = _NO_COURSES,
    renewals: Mapping[str, RenewalRule] = _NO_RULES,
    told: Sequence[ToldDemand] = (),
) -> Message:
    """The message of a notice to its reader: the person, or HR of the person. ``courses`` say what they are called.

    Of a credential that ends, what its issuer demands is quoted: what it ``told`` of this one, and from ``renewals``.
    """
    own = notice.audience == "person"
    after = _AFTER[language]
    lines = [_OPENINGS[notice.kind][language].format_map(_Missing(_words(notice, position, language, zone)))]
    if not own:
        lines.append(f"- {_label('person', language)}{after}{called(whom.name, whom.number, language)}")
    figures = _figures(notice, position, language, zone, courses)
    lines += [f"- {label}{after}{value}" for label, value in figures]
    for head, said in told_lines(told, language, zone):
        lines += [f"- {head}", *(f"  - {line}" for line in said)]
    lines += _quoted(notice, position, renewals, language)
    of_hr = not own and not whom.reader
    lines += ["", _CLOSINGS_OF_HR[language].format(number=whom.number) if of_hr else _CLOSINGS[language]]
    reader = whom.name if own else whom.reader or HR_DESK[language]
    text = letter_text(reader, lines, language, notice.at.astimezone(zone).date())
    return Message(subject(notice, position, language, zone), text)


def subject(notice: Notice, position: Position, language: str, zone: ZoneInfo) -> str:
    """What a message is about, on one line."""
    return _SUBJECTS[notice.kind][language].format(**_words(notice, position, language, zone))


def _words(notice: Notice, position: Position, language: str, zone: ZoneInfo) -> Mapping[str, str]:
    return {"position": getattr(position.name, language), **_values(notice, language, zone)}


def _figures(
    notice: Notice, position: Position, language: str, zone: ZoneInfo, courses: Mapping[str, Course]
) -> Iterator[tuple[str, str]]:
    """Label and value as a reader of this language sees them; what is said in both is shown in one."""
    if notice.kind in _OF_CREDENTIALS:
        yield _label("about", language), _called(position, notice.cause, language)
    for name, value in notice.figures:
        requirement, _dot, figure = name.rpartition(".")
        plain = figure.removesuffix(f"_{language}")
        if plain in _UNTOLD or (plain == figure and figure.endswith(("_zh", "_en"))):
            continue
        label = _label(plain, language)
        if requirement:
            label = _OF[language].format(of=_called(position, requirement, language), label=label)
        if plain == "course":
            yield label, _course(value, courses, language)
        else:
            yield label, _shown(plain, value, position, language, zone)


def ending(notice: Notice, position: Position) -> Credential | None:
    """The credential whose end, or renewal, a notice is about; none, if it is about something else."""
    return position.credential.get(notice.cause) if notice.kind in _OF_CREDENTIALS else None


def _quoted(notice: Notice, position: Position, renewals: Mapping[str, RenewalRule], language: str) -> Iterator[str]:
    """What the issuer of a credential that ends demands for its renewal, as far as a rule says so."""
    credential = ending(notice, position)
    rule = renewals.get(credential.renewal_rule or "") if credential is not None else None
    if rule is not None:
        yield f"- {rule_head(rule, language)}"
        yield from (f"  - {line}" for line in rule_lines(rule, language))


def _label(name: str, language: str) -> str:
    return _FIGURES.get(name, {}).get(language, name)


def _called(position: Position, name: str, language: str) -> str:
    """The name that people know a requirement or credential by."""
    return str(getattr(position.named(name), language))


def _shown(name: str, value: str, position: Position, language: str, zone: ZoneInfo) -> str:
    if name in ("scope", "from"):
        return scope_word(value, language)
    if name == "known_by":
        return provenance_word(value, language)
    if name == "missing":
        return _called(position, value, language)
    if name == "exam":
        rules = position.requirement.items()
        known = next((each for each, rule in rules if getattr(rule, "exam", None) == value), value)
        return _called(position, known, language)
    if name == "waits_for":
        return _WAITS_FOR[value][language]
    return _instant(name, value, language, zone)


def _course(course: str, courses: Mapping[str, Course], language: str) -> str:
    """A course as people call it."""
    known = courses.get(course)
    return course if known is None or known.name is None else str(getattr(known.name, language))


def _instant(name: str, value: str, language: str, zone: ZoneInfo) -> str:
    """A value that may be a day or an instant, as people write it."""
    if name == "until":
        return written_until(datetime.fromisoformat(value), language, zone)
    if name == "acts_at":
        return _day(value, language, zone)
    return _said(value, language) if name in _DATES else value


class _Missing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


def _values(notice: Notice, language: str, zone: ZoneInfo) -> Mapping[str, str]:
    values = dict(notice.figures)
    return {
        "end": _said(values.get("last_valid_day", "-"), language),
        "cure_end": _said(values.get("cure_last_day", "-"), language),
        "acts_at": _day(values.get("acts_at", ""), language, zone),
        "scope": scope_word(values.get("scope", ""), language),
    }


def _day(text: str, language: str, zone: ZoneInfo) -> str:
    """The day of an instant."""
    try:
        return written_day(datetime.fromisoformat(text).astimezone(zone).date(), language)
    except ValueError:
        return text


def _said(text: str, language: str) -> str:
    """A day as people write it."""
    try:
        return written_day(date.fromisoformat(text), language)
    except ValueError:
        return text
