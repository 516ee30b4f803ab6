"""Why a change of a door is not made, in words."""

from schemas.errors import RejectedError, UnavailableError
from schemas.words import Words

NOBODY = "sink.no-person"
IN_VAIN = "sink.unseen"


def account_gone(sink: str) -> UnavailableError:
    """The account by which a person was found is there no more."""
    return UnavailableError(
        NOBODY,
        Words(f"{sink}: the account that was found is gone; find it again", f"{sink}：原账号已不存在；请重新查找"),
    )


def unlinked(source: str) -> RejectedError:
    """Nobody was ever linked to the person at this source."""
    return RejectedError(
        NOBODY, Words(f"no identifier of source {source!r} is linked", f"未关联来源 {source!r} 的标识")
    )


def in_vain(target: str, times: int) -> RejectedError:
    """It was taken so often, and never seen."""
    return RejectedError(
        IN_VAIN,
        Words(
            f"{target!r}: taken {times} times and not seen: it is not sent again",
            f"{target!r}：已受理 {times} 次仍未见生效，不再发送",
        ),
    )


def unconfigured(sink: str) -> RejectedError:
    """Nothing is known of the system any more."""
    return RejectedError(
        "sink.unknown",
        Words(
            f"no instance {sink!r} is configured; what waits for it stays",
            f"没有配置实例 {sink!r}，等待它的内容予以保留",
        ),
    )
