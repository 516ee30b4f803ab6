"""Why a document is not taken, in the words of its kind."""

from schemas.errors import PayloadError
from schemas.words import Words


def not_whole(kind: str, en: str, zh: str) -> PayloadError:
    """It begins like a document of this kind and is none, or was cut off."""
    return PayloadError("document.format", Words(f"a {kind} that is not whole: {en}", f"{kind} 文件不完整：{zh}"))


def active(kind: str, what: str) -> PayloadError:
    """It would do something when it is opened."""
    hint = Words(
        f"a {kind} with {what}; print it to a {kind} of its own, or hand in a scan",
        f"{kind} 含有 {what}；请另行打印为 {kind} 或提交扫描件",
    )
    return PayloadError("document.active", hint)


def locked(kind: str) -> PayloadError:
    """Nobody could look into it, now or in ten years."""
    hint = Words(
        f"an encrypted {kind}; save it without a password, or hand in a scan",
        f"{kind} 已加密；请另存为无口令文件，或提交扫描件",
    )
    return PayloadError("document.locked", hint)
