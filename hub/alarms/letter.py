"""The mail that tells an operator of alarms: what each is, what it is about, what to do."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from connectors.port import Message
from hub.alarms.desk import Alarm
from hub.clock import site_time

_SUBJECT = {"zh": "{hub}：{count} 条告警待处理", "en": "{hub}: {count} alarm(s) to look at"}
_LABELS = {
    "zh": {
        "about": "对象",
        "raised": "首次发生",
        "times": "次数",
        "remedy": "处理办法",
        "ack": "确认",
        "connector": "连接器",
        "peer": "设备",
        "person": "人员编号（系统内）",
        "position": "岗位",
        "target": "权限",
    },
    "en": {
        "about": "About",
        "raised": "Raised",
        "times": "Times",
        "remedy": "What to do",
        "ack": "When done",
        "connector": "connector",
        "peer": "device",
        "person": "person (token)",
        "position": "position",
        "target": "target",
    },
}
_MORE = {"zh": "另有告警，见 licet alarms list。", "en": "There are more: `licet alarms list`."}


def letter(alarms: Sequence[Alarm], hub: str, language: str, zone: ZoneInfo, *, more: bool) -> Message:
    """One message about these alarms; ``more``: there are others. It names nobody: mail leaves the house."""
    lines = [line for each in alarms for line in _about(each, language, zone)]
    lines += [_MORE[language]] if more else []
    return Message(_SUBJECT[language].format(hub=hub, count=f"{len(alarms)}{'+' if more else ''}"), "\n".join(lines))


def _about(alarm: Alarm, language: str, zone: ZoneInfo) -> Iterator[str]:
    label = _LABELS[language]
    yield f"{alarm.meaning(language)} [{alarm.code}]"
    if alarm.about:
        yield f"- {label['about']}: " + ", ".join(f"{label[name]} {value}" for name, value in alarm.about.items())
    yield f"- {label['raised']}: {site_time(alarm.raised_at, zone)} ({label['times']} {alarm.times})"
    yield f"- {label['remedy']}: {alarm.remedy(language)}"
    yield f"- {label['ack']}: licet alarms ack {alarm.id} --by NAME"
    yield ""
