"""How people read a case, a verdict and an owner, in Chinese and English."""

from collections.abc import Mapping

_MATTERS: Mapping[str, tuple[str, str]] = {
    "no_sign_out": ("缺少签退", "the sign-out is missing"),
    "incident": ("岗位事件", "an incident at work"),
    "not_recorded": ("终端停用，未留记录", "a terminal was retired before it delivered"),
    "no_sign_in": ("缺少签到", "the sign-in is missing"),
    "direction_unclear": ("打卡次数或方向无法判定", "punches that can be read in two ways"),
    "other_room": ("仅在其他教室打卡", "seen in another room only"),
    "two_places": ("同一时间出现在两处", "in two places at once"),
    "two_sessions": ("同一时间两个班次", "two sessions at once"),
    "overlap": ("线上学习与面授时间重叠", "online study during a session"),
    "unwitnessed": ("刷卡无人见证", "a card without a witness"),
    "not_countersigned": ("签到表缺第二人签字", "a list that only one person signed"),
    "list_differs": ("签到表与打卡不一致", "the list and the punches differ"),
    "clock_skew": ("终端时钟不准", "the clock of a terminal is off"),
    "behind_mark": ("终端补传了此前应已传完的打卡", "a punch of a time of which its terminal had told all"),
    "source_behind": ("数据来源滞后", "a source is behind"),
    "completed_too_fast": ("完成过快", "completed too fast"),
    "never_asked": ("全程未弹题", "nothing was ever asked"),
    "not_self": ("人脸比对不符", "the camera saw somebody else"),
    "walk_in": ("未报名到场", "came without being enrolled"),
    "late_withdrawal": ("班次结束后从计划移除", "taken out of the plan after the session"),
    "deferral_asked": ("申请培训延期", "a deferral is asked for"),
    "objection": ("本人异议", "an objection"),
    "check_due": ("证书须再次人工核查", "a certificate is to be looked up again"),
    "ground_lost": ("发证依据已失效", "what a credential was issued upon is gone"),
    "sequence_contradicts_time": ("序号与时间矛盾", "sequence contradicts time"),
    "sequence_said_twice": ("同一序号两种内容", "one sequence, two contents"),
    "words_contradict": ("同一时刻说法相反", "contrary words of one instant"),
    "active_after_revoked": ("吊销后又称有效", "said to be active after it was revoked"),
    "superseded_alone": ("已被替换但无新证", "superseded, and no other number is known"),
    "provenance": ("证书来源不足", "a number that is not known well enough"),
    "key_revoked": ("以已泄露密钥签名的信息", "said under a key that leaked"),
    "sponsor_left": ("责任人已离职", "who answers for them left"),
    "not_listed": ("花名册中已无此人", "the roster names them no more"),
    "post_not_listed": ("花名册中已无此岗位", "the roster names their post no more"),
    "closing_wave": ("多人同因关闭，等待决定", "many closings of one cause wait"),
    "partner_dates": ("有效期与合作系统不一致", "a partner says other dates of what the hub issued"),
    "partner_hours": ("学时与合作系统不一致", "a partner holds other hours"),
    "partner_closed": ("合作系统终止了本平台颁发的资质", "a partner ended what the hub issued"),
    "sat_before_eligible": ("先考试后达标", "sat before eligible"),
    "contradicting_results": ("同一时刻合格又不合格", "passed and failed at once"),
    "disputed_date": ("成绩日期存疑", "a result that is dated far ahead"),
}
_VERDICTS: Mapping[str, tuple[str, str]] = {
    "credited": ("认可", "credited"),
    "rejected": ("不认可", "rejected"),
    "partly": ("部分认可", "partly credited"),
    "excused": ("免除", "excused"),
    "sign_out_assumed": ("视为到结束签退", "sign-out assumed at the end"),
    "approved": ("同意", "approved"),
    "refused": ("不同意", "refused"),
    "released": ("放行关闭", "the closings go on"),
    "withdrawn": ("移出班次", "taken out"),
    "noted": ("已阅", "noted"),
}
_STATES: Mapping[str, tuple[str, str]] = {
    "open": ("待处理", "open"),
    "decided": ("已处理", "decided"),
    "closed": ("原因已消除", "cause gone"),
    "gone": ("原因已消除", "cause gone"),
}
_OWNERS: Mapping[str, tuple[str, str]] = {
    "source": ("数据来源负责人", "owner of the source"),
    "hr": ("人力资源", "HR"),
    "hr-lead": ("人力资源负责人", "head of HR"),
}


def matter_word(matter: str, language: str) -> str:
    """What a case is about."""
    return _of(_MATTERS, matter, language)


def verdict_word(verdict: str, language: str) -> str:
    """How somebody decided."""
    return _of(_VERDICTS, verdict, language)


def state_word(state: str, language: str) -> str:
    """How a case stands."""
    return _of(_STATES, state, language)


def owner_word(owner: str, language: str) -> str:
    """Who has a case."""
    return _of(_OWNERS, owner, language)


def _of(words: Mapping[str, tuple[str, str]], word: str, language: str) -> str:
    zh, en = words.get(word, (word, word))
    return zh if language == "zh" else en
