"""The mail that tells an operator of alarms: what each is, what it is about, what to do."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from connectors.port import Message
from hub.alarms.desk import Alarm
from hub.official import letter_text, written_time

_SUBJECT = {"zh": "{hub}：{count} 条告警待处理", "en": "{hub}: {count} alarm(s) to look at"}
_LABELS = {
    "zh": {
        "about": "对象",
        "raised": "首次发生",
        "remedy": "处理办法",
        "more": "详见",
        "ack": "确认",
    },
    "en": {
        "about": "About",
        "raised": "Raised",
        "remedy": "What to do",
        "more": "More",
        "ack": "When done",
    },
}
_MORE = {"zh": "另有告警，见 `licet alarms list`。", "en": "There are more: `licet alarms list`."}
_READER = {"zh": "运维人员", "en": "operator"}
_LINE = {"zh": "- {label}：{text}", "en": "- {label}: {text}"}
_TIMES = {"zh": "{at}（共 {n} 次）", "en": "{at} ({n} times)"}
_TOKEN = {"zh": "{}（系统内编号）", "en": "{} (token)"}
_ACK = {"zh": "`licet alarms ack {id} --by 姓名`", "en": "`licet alarms ack {id} --by NAME`"}


def letter(alarms: Sequence[Alarm], hub: str, language: str, zone: ZoneInfo, *, more: bool) -> Message:
    """One message about these alarms; ``more``: there are others. It names nobody: mail leaves the house."""
    lines = [line for each in alarms for line in _about(each, language, zone)][:-1]
    lines += ["", _MORE[language]] if more else []
    last = max(each.last_at for each in alarms).astimezone(zone).date()
    subject = _SUBJECT[language].format(hub=hub, count=f"{len(alarms)}{'+' if more else ''}")
    return Message(subject, letter_text(_READER[language], lines, language, last))


def _about(alarm: Alarm, language: str, zone: ZoneInfo) -> Iterator[str]:
    label = _LABELS[language]
    yield f"{alarm.meaning(language)} [{alarm.code}]"
    texts = {
        "about": alarm.concerns(language, _TOKEN[language].format),
        "raised": _TIMES[language].format(at=written_time(alarm.raised_at, language, zone), n=alarm.times),
        "remedy": alarm.remedy(language),
        "more": f"`licet docs {alarm.code}`",
        "ack": _ACK[language].format(id=alarm.id),
    }
    yield from (_LINE[language].format(label=label[name], text=text) for name, text in texts.items() if text)
    yield ""
