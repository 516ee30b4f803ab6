"""What a notice says to its reader, in zh or en: subject, greeting, figures, and whom to write to."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.port import Message
from hub.wording import scope_word
from schemas.notice import Notice
from schemas.position import Position

_SUBJECTS = {
    "expiry_warning": {"zh": "资质到期提醒:{position}", "en": "Credential ends soon: {position}"},
    "renewal_due": {"zh": "请办理续期:{position}", "en": "Renewal due: {position}"},
    "restricted": {"zh": "岗位权限已限制:{position}", "en": "Access restricted: {position}"},
    "granted": {"zh": "岗位权限已开通:{position}", "en": "Access granted: {position}"},
    "exam_open": {"zh": "考核资格已获得:{position}", "en": "You may take the exam: {position}"},
}
_OPENINGS = {
    "expiry_warning": {
        "zh": "以下资质将于 {end} 到期,复训要求尚未完成。到期后岗位权限将自动限制。",
        "en": "The credential below ends on {end}; its re-training is not complete. Access ends with it.",
    },
    "renewal_due": {
        "zh": "以下资质将于 {end} 到期,复训要求已完成,请办理续期。",
        "en": "The credential below ends on {end}; its re-training is complete. Please renew it.",
    },
    "restricted": {"zh": "岗位权限已降低为:{scope}。", "en": "Access is now: {scope}."},
    "granted": {"zh": "岗位权限现为:{scope}。", "en": "Access is now: {scope}."},
    "exam_open": {"zh": "培训已达标,可以参加考核。", "en": "Training is complete; you may take the exam."},
}
_CLOSINGS = {
    "zh": "如有异议,请联系人力资源部门,由专人复核。",
    "en": "If you disagree, write to HR; a person will look at it.",
}
_FIGURES = {
    "credential": {"zh": "资质", "en": "Credential"},
    "valid_until": {"zh": "有效期至", "en": "Valid until"},
    "hours": {"zh": "学时", "en": "Class hours"},
    "rate": {"zh": "出勤率", "en": "Attendance rate"},
    "exam": {"zh": "考核", "en": "Exam"},
    "missing": {"zh": "尚缺", "en": "Missing"},
    "reason": {"zh": "事由", "en": "Reason"},
    "cure": {"zh": "解除条件", "en": "Cure"},
    "scope": {"zh": "权限范围", "en": "Scope"},
}


def render(notice: Notice, position: Position, name: str, language: str, zone: ZoneInfo) -> Message:
    """The message of a notice to the one whom it calls by ``name``."""
    words = {"position": getattr(position.name, language), **_values(notice, language, zone)}
    lines = [f"{name}:" if language == "zh" else f"Dear {name},", ""]
    lines.append(_OPENINGS[notice.kind][language].format_map(_Missing(words)))
    lines += [f"- {label}: {value}" for label, value in _figures(notice, language, zone)]
    lines += ["", _CLOSINGS[language]]
    return Message(_SUBJECTS[notice.kind][language].format(**words), "\n".join(lines))


def _figures(notice: Notice, language: str, zone: ZoneInfo) -> Iterable[tuple[str, str]]:
    """Label and value as a reader of this language sees them; what is said in both is shown in one."""
    for name, figure in notice.figures:
        plain, value = name.removesuffix(f"_{language}"), figure
        if plain == name and name.endswith(("_zh", "_en")):
            continue
        if plain == "valid_until":
            value = _day(value, zone)
        elif plain == "scope":
            value = scope_word(value, language)
        yield _FIGURES.get(plain, {}).get(language, plain), value


class _Missing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


def _values(notice: Notice, language: str, zone: ZoneInfo) -> Mapping[str, str]:
    values = dict(notice.figures)
    scope = values.get("scope", "")
    end = values.get("valid_until", "")
    return {"end": _day(end, zone), "scope": scope_word(scope, language)}


def _day(text: str, zone: ZoneInfo) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d")
    except ValueError:
        return text
