"""Who may speak: terminals that an operator approved, and strangers as far as it takes to be put up for approval."""

import hmac

from connectors.attendance.zkteco_push.calls import is_harmless
from connectors.attendance.zkteco_push.dialects import guessed
from connectors.attendance.zkteco_push.memory import Memory
from connectors.port import PeerState, Request
from schemas.errors import TrustError
from schemas.words import Words


def admit(request: Request, state: PeerState, call: str) -> None:
    """Return if a terminal may ask this now.

    Raises:
        TrustError: ``device.retired``, or ``device.pending``: it keeps what it has until it is approved.
    """
    if state.status in ("rejected", "retired"):
        raise TrustError("device.retired", Words(f"device is {state.status}", f"终端状态为 {state.status}"))
    if state.status == "pending" and not is_harmless(request, call):
        raise TrustError(
            "device.pending",
            Words("upload of a device that waits for approval; it keeps its log", "上传的终端待批准，其记录保留在终端"),
        )


def prove(request: Request, memory: Memory, expected: str | None, *, handshake: bool) -> None:
    """Return if the communication key is right, or none is expected.

    A terminal shows it at its handshake only; what it sends afterwards rests on that.

    Raises:
        TrustError: ``auth.token``.
    """
    if expected is None:
        return
    shown = request.query.get("pushcommkey")
    if shown is None and memory.get("keyed") and not handshake:
        return
    if not hmac.compare_digest((shown or "").encode("utf-8", "surrogatepass"), expected.encode()):
        raise TrustError(
            "auth.token",
            Words(
                "communication key missing or wrong; expected the one set for this terminal",
                "通信密钥缺失或错误，应为该终端所设的密钥",
            ),
        )


def introduced(request: Request, call: str) -> Memory:
    """What is kept of a stranger's first request, so that an operator can tell who it is."""
    caller = {"path": call[:64], "agent": request.headers.get("user-agent", "")[:64]}
    dialect = guessed(request, call)
    known = {"known_since": request.arrived_at.isoformat(), "address": request.address, "caller": caller}
    return {**known, "dialect": dialect, "rank": 0} if dialect else known
