"""What would remove a hold, in both languages: short, figures first, no blame."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

_CURES = {
    "hours_short": ("{name_zh}:已完成学时 {hours},补足后解除。", "{name_en}: class hours {hours}; complete them."),
    "rate_short": ("{name_zh}:出勤率 {rate},达到后解除。", "{name_en}: attendance rate {rate}; reach the demand."),
    "course_incomplete": (
        "{name_zh}:请不中断地学完课程。",
        "{name_en}: study the course to its end without a long break.",
    ),
    "exam_missing": ("{name_zh}:请参加考核。", "{name_en}: take the exam."),
    "exam_failed": (
        "{name_zh}:考核未通过(得分 {score}),请补考。",
        "{name_en}: not passed (score {score}); take it again.",
    ),
    "credential_missing": ("{name_zh}:取得后解除。", "{name_en}: obtain it."),
    "parts_missing": ("{name_zh}:尚缺 {missing_zh},完成后解除。", "{name_en}: {missing_en} missing; complete it."),
    "credential_expired": ("{name_zh}:已于 {ended} 到期,续期后解除。", "{name_en}: ended on {ended}; have it renewed."),
    "credential_lapsed": (
        "{name_zh}:已于 {ended} 失效,尚缺 {missing_zh},完成后恢复。",
        "{name_en}: lapsed on {ended}; {missing_en} missing, complete it.",
    ),
    "credential_suspended": (
        "{name_zh}:发证机构已于 {ended} 暂停,恢复有效后解除。",
        "{name_en}: suspended by its issuer on {ended}; it must be valid again.",
    ),
    "credential_revoked": (
        "{name_zh}:发证机构已于 {ended} 吊销,须重新取证。",
        "{name_en}: revoked by its issuer on {ended}; a new one is needed.",
    ),
    "evidence_unknown": (
        "{name_zh}:数据来源尚未送达,由人力资源核实。",
        "{name_en}: evidence has not arrived yet; HR looks into it.",
    ),
    "not_assigned": ("不在该岗位任职期内。", "Not assigned to this position now."),
}


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


def cure(reason: str, figures: Sequence[tuple[str, str]], zone: ZoneInfo) -> tuple[str, str]:
    """The cure of a hold in Chinese and English; dates in the site's zone."""
    shown = _Shown(figures)
    if "ended" in shown:
        shown["ended"] = datetime.fromisoformat(shown["ended"]).astimezone(zone).strftime("%Y-%m-%d")
    own = reason == "credential_missing" and "missing_zh" in shown
    zh, en = _CURES["parts_missing" if own else reason]
    return zh.format_map(shown), en.format_map(shown)
