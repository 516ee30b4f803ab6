"""Why time does not count or cannot be told yet, and what a hold comes from, as people say it."""

from collections.abc import Mapping

from hub.cases.words import matter_word
from schemas.words import Words, told

REASONS: Mapping[str, Words] = {
    "late": Words("late", "迟到"),
    "early_leave": Words("left early", "早退"),
    "mid_leave": Words("away in between", "中途离开"),
    "absent": Words("absent", "缺席"),
    "tolerance_exceeded": Words("more than is forgiven in one session", "超出可宽限时间"),
    "idle": Words("no activity", "无操作"),
    "paused": Words("paused", "暂停播放"),
    "challenge_failed": Words("a question of the course was answered wrong", "弹题未答对"),
    "no_face": Words("no face before the camera", "未检测到人脸"),
    "not_self": Words("the camera saw somebody else", "人脸比对不符"),
    "long_break": Words("interrupted for too long; the course begins anew", "中断时间过长，须重新学习"),
    "resumed_late": Words("not resumed within the days that are allowed", "未在规定天数内继续学习"),
    "retired": Words("the terminal was taken out of service", "终端已停用"),
    "backdated": Words("sent in long after it happened", "补传时间过晚"),
    "clock_off": Words("the clock of the terminal was off", "终端时钟有偏差"),
    "two_places": Words("in two places at once", "同一时间出现在两处"),
    "recording_unfinished": Words("less than 95 % of the recording seen", "录像观看不足 95%"),
    "recording_not_counted": Words("recordings of this course do not count", "该课程的录像不计入"),
    "recording_not_needed": Words("the class that the recording shows needs no making up", "录像所示班次无须补训"),
}
"""Those that are no case for HR; a case is said as it is there."""
HOLDS: Mapping[str, Words] = {
    "hours_short": Words("class hours short", "学时不足"),
    "hours_owed": Words("class hours owed", "欠学时"),
    "rate_short": Words("attendance rate too low", "出勤率不足"),
    "course_incomplete": Words("course not completed", "课程未完成"),
    "exam_missing": Words("exam not taken", "未参加考核"),
    "exam_failed": Words("exam not passed", "考核未通过"),
    "practicals_short": Words("practicals short", "实操不足"),
    "credential_missing": Words("not held", "未取得"),
    "parts_missing": Words("parts missing", "尚有缺项"),
    "credential_expired": Words("expired", "已到期"),
    "credential_review_missed": Words("review missed", "未按期复审"),
    "credential_lapsed": Words("lapsed", "已失效"),
    "ground_lost": Words("ground lost", "依据失效"),
    "provisional_withdrawn": Words("provisional withdrawn", "临时资质已收回"),
    "formal_granted": Words("replaced by the formal one", "已由正式资质取代"),
    "credential_suspended": Words("suspended by its issuer", "发证机构暂停"),
    "credential_superseded": Words("superseded", "已被新证取代"),
    "credential_revoked": Words("revoked by its issuer", "发证机构吊销"),
    "credential_unproven": Words("not known well enough", "来源等级不足"),
    "evidence_unknown": Words("cannot be told yet", "待核实"),
    "parts_unknown": Words("parts cannot be told yet", "部分待核实"),
    "sat_before_eligible": Words("sat before eligible", "先考试后达标"),
    "contradicting_results": Words("contrary results", "成绩矛盾"),
    "disputed_date": Words("date in doubt", "成绩日期存疑"),
    "mentor_missing": Words("no mentor of full standing", "缺少带教人"),
    "return_needs": Words("back after a long absence", "离岗后返岗"),
    "blocked": Words("blocked by HR", "人力资源限制"),
    "not_assigned": Words("not assigned now", "不在任职期内"),
}
"""What keeps a scope lower, in a word or two; its cure says the rest."""
_STATUSES: Mapping[str, Words] = {
    "pending": Words("not settled yet", "尚未结算"),
    "unknown": Words("cannot be told yet", "待核实"),
    "complete": Words("complete", "出勤完整"),
    "incomplete": Words("incomplete", "出勤不完整"),
    "absent": Words("absent", "缺席"),
    "excused": Words("excused", "已免除"),
    "walk_in": Words("came without being enrolled", "未报名到场"),
}


def reason_word(reason: str, language: str) -> str:
    """A reason as people say it; one that has no word of its own as it is."""
    known = REASONS.get(reason)
    return matter_word(reason, language) if known is None else told(known, language)


def hold_word(reason: str, language: str) -> str:
    """What a hold comes from, in a word or two."""
    known = HOLDS.get(reason)
    return reason if known is None else told(known, language)


def status_word(status: str, language: str) -> str:
    """How a unit of attendance stands, as people say it."""
    return told(_STATUSES[status], language)
