"""Which request of the protocol a terminal makes, by its path as firmware writes it: any case, slashes, a suffix."""

import re
from functools import lru_cache

from connectors.port import Request
from schemas.errors import TrustError
from schemas.words import Words

_SERIAL = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HARMLESS = frozenset({"getrequest", "push", "ping", "rtdata"})
"""What a terminal that waits for approval may ask: nothing of it brings or takes anything."""


@lru_cache(maxsize=256)
def called(path: str) -> str:
    """The words after ``/iclock/``."""
    words = [word for word in path.lower().split("/") if word]
    return "/".join(words[1:]).removesuffix(".aspx")


def serial_of(request: Request) -> str:
    """The serial that a terminal claims.

    Raises:
        TrustError: There is none, or it is not of a serial's form.
    """
    serial = request.query.get("SN", "")
    if not _SERIAL.fullmatch(serial):
        raise TrustError(
            "device.unknown",
            Words(
                "no usable serial; expected SN=<1 to 64 letters, digits, . _ ->",
                "没有可用的序列号，应为 SN=<1 至 64 位字母、数字、. _ ->",
            ),
        )
    return serial


def opens(request: Request, call: str) -> bool:
    """Whether a request is how a terminal introduces itself."""
    if call == "cdata":
        return request.method == "GET"
    return call == "registry" and request.method == "POST"


def is_harmless(request: Request, call: str) -> bool:
    """Whether a terminal may ask this before it is approved."""
    return opens(request, call) or call in _HARMLESS
