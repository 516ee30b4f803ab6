"""The page of stable codes: what each means, why it comes, and what to do."""

from collections.abc import Iterator

from hub.alarms.remedies import remedies
from schemas.errors import CODES
from schemas.words import Words, told
from tests.pages.causes_incoming import INCOMING
from tests.pages.causes_own import OWN

_HEAD = Words(
    """# Error codes

<!-- {note} -->

A code is stable: programs and people may rely on it. In a terminal, `licet docs CODE` shows the same. The status is
what a sender hears; codes of our own outgoing calls appear in `licet connectors` and in the log. A sender whose
origin is not proven hears one text for all reasons; the exact code stands in the log. In a problem document (RFC 9457)
`type` is `urn:licet:error:CODE`; `title` and `detail` are in Chinese where the request's `Accept-Language` prefers
`zh`, else in English, and `Content-Language` says which.
""",
    """# 错误代码

<!-- {note} -->

代码长期不变，程序与人员均可据此处理。在终端执行 `licet docs 代码` 查看同样的说明。“状态”为发送方收到的 HTTP 状态码；
本系统对外请求的代码见 `licet connectors` 与审计日志。来源未经证实的请求一律得到同一答复，
具体代码记入审计日志。RFC 9457 答复中的 `type` 为
`urn:licet:error:代码`；请求的 `Accept-Language` 优先 `zh` 时，`title` 与 `detail` 为中文，否则为英文，
语言见 `Content-Language`。
""",
)
_STATUS = Words(" Status {}", "状态 {}")
_CAUSE, _CURE = Words("**Cause:** {}", "**原因：** {}"), Words("**What to do:** {}", "**处理：** {}")
_STOP = Words(".", "。")
_UNTOLD = ("-", "-", "-", "-")
"""Of a code that was added without: a test says so."""
_GROUPS = {
    "http": Words("Requests and connections", "请求与连接"),
    "sig": Words("Origin: signatures, keys, terminals", "来源：签名、密钥、终端"),
    "package": Words("Signed packages", "签名包"),
    "encoding": Words("Reading what came", "读取报文"),
    "schema": Words("What an item says", "条目内容"),
    "store": Words("The store, other systems, doors", "存储、对端系统、权限"),
    "job": Words("Jobs", "任务"),
    "hub": Words("The hub and its folder", "平台与配置"),
}
"""Where a group begins: with the first code of that area, in the order of the table."""


def errors_page(note: str, language: str) -> str:
    """Every code under a heading of its own, so that a link can lead there."""
    lines = [told(_HEAD, language).format(note=note)]
    begun: set[str] = set()
    for code in CODES:
        area = code.partition(".")[0]
        if area in _GROUPS and area not in begun:
            begun.add(area)
            lines += [f"## {told(_GROUPS[area], language)}", ""]
        lines += [f"### {code}", "", *_section(code, language)]
    return "\n".join(lines)


def _section(code: str, language: str) -> Iterator[str]:
    known, cause, cure = CODES[code], *cause_and_cure(code)
    meaning = known.zh if language == "zh" else known.en[0].upper() + known.en[1:]
    yield f"{meaning}{told(_STOP, language)}{told(_STATUS, language).format(known.status)}{told(_STOP, language)}"
    yield ""
    yield told(_CAUSE, language).format(told(cause, language))
    yield ""
    yield told(_CURE, language).format(told(cure, language))
    yield ""


def cause_and_cure(code: str) -> tuple[Words, Words]:
    """Why a code comes, and what to do; what an alarm advises already is taken from there."""
    en, zh, cure_en, cure_zh = {**INCOMING, **OWN}.get(code, _UNTOLD)
    advised = remedies().get(code)
    if not cure_en and advised:
        cure_zh, cure_en = (
            f"{advised[0]}。",
            f"{advised[1][0].upper() if advised[1][0] != '`' else '`'}{advised[1][1:]}.",
        )
    return Words(en, zh), Words(cure_en, cure_zh)
