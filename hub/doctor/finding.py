"""What was found of one thing: how it stands, one sentence that says so, and the command to go on with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from schemas.words import Words, told

State = Literal["good", "soon", "bad", "unseen"]
"""``soon``: it works, and somebody has something to do; ``unseen``: it could not be looked at, which is not good."""
STATES: dict[State, Words] = {
    "good": Words("good", "正常"),
    "soon": Words("to do", "待办"),
    "bad": Words("bad", "异常"),
    "unseen": Words("not seen", "未能查看"),
}
TOPICS = {
    "folder": Words("hub folder", "配置目录"),
    "hub": Words("the hub itself", "平台进程"),
    "disk": Words("disk", "磁盘"),
    "store": Words("store", "存储"),
    "clock": Words("clock", "时钟"),
    "log": Words("audit log", "审计日志"),
    "register": Words("register", "资质信息库"),
    "backlog": Words("backlog", "积压"),
    "sources": Words("sources", "数据来源"),
    "doors": Words("other systems", "对端系统"),
    "keys": Words("keys and certificates", "密钥与证书"),
    "owners": Words("what waits for people", "待人工处理"),
}
"""In the order in which they are looked at: what others rest on comes first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; no word of it names a person.

    With a ``code`` its words are an error's, which may hold what was found in a file of the folder.
    """

    topic: str
    state: State
    words: Words
    command: str = ""
    code: str = ""

    def json(self) -> dict[str, Any]:
        """The finding for programs."""
        said = {"found_en": str(self.words), "found_zh": self.words.zh}
        return {"topic": self.topic, "state": self.state, **said, "command": self.command}


def unseen(topic: str, reason: str, command: str = "", code: str = "") -> Finding:
    """That something could not be looked at, and why."""
    words = Words(f"could not be looked at, because {told(reason, 'en')}", f"未能查看，原因：{told(reason, 'zh')}")
    return Finding(topic, "unseen", words, command, code)


def ill(findings: Sequence[Finding]) -> bool:
    """Whether something is wrong, or could not be looked at."""
    return any(each.state in ("bad", "unseen") for each in findings)
