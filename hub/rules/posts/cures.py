"""What would remove a hold, in both languages: short, figures first, no blame; and by whom."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from hub.rules.calendar import last_valid_day
from hub.rules.values import Cure, Figures, Verdict
from schemas.position import Position
from schemas.words import Words

By = Literal["person", "hr", "issuer", "source", "time"]

CURES: dict[str, tuple[By, str, str]] = {
    "hours_short": ("person", "{zh}：已完成学时 {hours}，补足后解除。", "{en}: class hours {hours}; complete them."),
    "hours_owed": (
        "person",
        "{zh}：已完成学时 {hours}，尚欠 {debt}，补足后解除。",
        "{en}: class hours {hours}, {debt} owed; make them good.",
    ),
    "rate_short": ("person", "{zh}：出勤率 {rate}，达到后解除。", "{en}: attendance rate {rate}; reach the demand."),
    "course_incomplete": (
        "person",
        "{zh}：请不中断地学完课程。",
        "{en}: study the course to its end without a long break.",
    ),
    "exam_missing": ("person", "{zh}：请参加考核。", "{en}: take the exam."),
    "exam_failed": (
        "person",
        "{zh}：考核未通过（得分 {score}），请补考。",
        "{en}: not passed (score {score}); take it again.",
    ),
    "practicals_short": (
        "person",
        "{zh}：已完成实操 {practicals}，补足后解除。",
        "{en}: practicals {practicals}; complete them.",
    ),
    "credential_missing": ("person", "{zh}：取得后解除。", "{en}: obtain it."),
    "parts_missing": (
        "person",
        "{zh}：尚缺 {missing_zh}，完成后解除。",
        "{en}: {missing_en} missing; complete it.",
    ),
    "credential_expired": (
        "issuer",
        "{zh}：有效期至{ended}，续期后解除。",
        "{en}: valid until {ended}; have it renewed.",
    ),
    "credential_review_missed": (
        "issuer",
        "{zh}：复审期限{ended}已过，完成复审后解除。",
        "{en}: its review was due on {ended}; the issuer must confirm it.",
    ),
    "credential_lapsed": (
        "person",
        "{zh}：有效期至{ended}，已失效；尚缺 {missing_zh}，完成后恢复。",
        "{en}: lapsed after {ended}; {missing_en} missing, complete it.",
    ),
    "ground_lost": (
        "hr",
        "{zh}：颁发依据已撤销或更正，尚缺 {missing_zh}。",
        "{en}: what it was issued on was withdrawn; {missing_en} missing.",
    ),
    "provisional_withdrawn": (
        "hr",
        "{zh}：考察期要求多次未达到，已收回；由人力资源决定。",
        "{en}: withdrawn after the last extension; HR decides.",
    ),
    "formal_granted": ("person", "{zh}：已由正式资质取代。", "{en}: replaced by the formal credential."),
    "credential_suspended": (
        "issuer",
        "{zh}：发证机构已于{on}暂停，恢复有效后解除。",
        "{en}: suspended by its issuer on {on}; it must be valid again.",
    ),
    "credential_superseded": (
        "issuer",
        "{zh}：已于{on}被新证取代，登记新证后解除。",
        "{en}: superseded on {on}; the new one must be known.",
    ),
    "credential_revoked": (
        "issuer",
        "{zh}：发证机构已于{on}吊销，须重新取证。",
        "{en}: revoked by its issuer on {on}; a new one is needed.",
    ),
    "credential_unproven": (
        "hr",
        "{zh}：来源等级不足，由人力资源核实。",
        "{en}: not known well enough; HR has it confirmed.",
    ),
    "evidence_unknown": (
        "source",
        "{zh}：部分时长待核实（待定 {open}），由人力资源处理。",
        "{en}: part of the time cannot be told yet ({open} open); HR looks into it.",
    ),
    "parts_unknown": (
        "source",
        "{zh}：{missing_zh} 待核实，由人力资源处理。",
        "{en}: {missing_en} cannot be told yet; HR looks into it.",
    ),
    "sat_before_eligible": (
        "hr",
        "{zh}：考核早于资格取得，由人力资源决定。",
        "{en}: the exam was taken before it was open; HR decides.",
    ),
    "contradicting_results": (
        "hr",
        "{zh}：同一时刻有相反成绩，由人力资源核实。",
        "{en}: two contrary results of one second; HR looks into it.",
    ),
    "disputed_date": (
        "hr",
        "{zh}：成绩日期晚于送达时间，由人力资源核实。",
        "{en}: the result is dated after it arrived; HR looks into it.",
    ),
    "mentor_missing": ("hr", "请指定具备正式上岗资格的带教人。", "A mentor of full standing must be named."),
    "return_needs": (
        "person",
        "离岗较久，须完成 {missing_zh} 后恢复。",
        "Back after a long absence; {missing_en} must be done.",
    ),
    "blocked": (
        "hr",
        "由人力资源限制至{on}复核，由他人解除。",
        "Blocked; reviewed on {on}, lifted by another person.",
    ),
    "not_assigned": ("time", "不在该岗位任职期内。", "Not assigned to this position now."),
}


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


def cure(
    reason: str, figures: Figures, position: Position, zone: ZoneInfo, *, about: str = "", parts: Sequence[Verdict] = ()
) -> Cure:
    """The cure of a hold: what is missing of its parts, with dates as days of the zone."""
    lacking = [each for each in parts if each.state != "met"]
    whole = {"credential_missing": "parts_missing", "evidence_unknown": "parts_unknown"}
    shown = _Shown(figures)
    key = whole.get(reason, reason) if lacking else "hours_owed" if "debt" in shown else reason
    by, zh, en = CURES.get(key, CURES["evidence_unknown"])
    named = position.named(about)
    shown.update(zh=named.zh, en=named.en)
    shown["missing_zh"] = "、".join(position.named(each.requirement).zh + _done(each).zh for each in lacking)
    shown["missing_en"] = ", ".join(position.named(each.requirement).en + _done(each) for each in lacking)
    if "ended" in shown:
        at = datetime.fromisoformat(shown["ended"])
        shown["on"] = at.astimezone(zone).date().isoformat()
        shown["ended"] = last_valid_day(at, zone).isoformat()
    chinese = zh.format_map(_Shown({**shown, **_chinese_days(shown)}))
    return Cure(chinese.replace("） ", "）"), en.format_map(shown), by)


def _chinese_days(shown: Mapping[str, str]) -> dict[str, str]:
    """The days among the figures as Chinese writes them."""
    days = {name: date.fromisoformat(shown[name]) for name in ("on", "ended") if name in shown}
    return {name: f"{day.year}年{day.month}月{day.day}日" for name, day in days.items()}


_DONE = {
    "hours": Words("{}", "{}"),
    "rate": Words("attendance rate {}", "出勤率 {}"),
    "debt": Words("hours owed {}", "欠缺学时 {}"),
}
"""Which figures of a part its cure shows, and how; the hours stand beside the part's own name."""


def _done(verdict: Verdict) -> Words:
    """What of a part is done and owed, behind its name; nothing where it has no figures."""
    known = [(_DONE[name], value) for name, value in verdict.figures if name in _DONE]
    if not known:
        return Words("", "")
    return Words(
        f" ({', '.join(said.format(value) for said, value in known)})",
        f"（{'，'.join(said.zh.format(value) for said, value in known)}）",
    )
