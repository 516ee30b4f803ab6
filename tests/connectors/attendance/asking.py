"""What a terminal asks in these tests, and what it is told."""

from datetime import datetime

import pytest

from connectors.attendance.zkteco_push import Settings, ZktecoPush
from connectors.port import Command, Kept, PeerState, Reception, Reply, Request
from schemas.errors import TrustError
from tests import wire

NOW = wire.ARRIVAL  # 18:00 in Shanghai
SN = "ATT2000000001"
GATE = ZktecoPush("gate", Settings())
AT = NOW.isoformat()
SERVED = {"served_since": AT, "clock": {"at": AT, "samples": [0]}}
KNOWN = PeerState(memory={"dialect": "att2", "rank": 3, "queried_at": AT, **SERVED})
HANDSHAKE = {"options": "all", "pushver": "2.4.1", "DeviceType": "att"}
LINE = b"1001\t2026-03-02 08:01:02\t0\t15\t0\t0\t0\t\r\n"


def ask(method: str, path: str, body: bytes = b"", at: datetime = NOW, **query: str) -> Request:
    return Request(method, f"/iclock/{path}", {"SN": SN, **query}, {}, body, "", at)


def say(reception: Reception, *kept: Kept) -> str:
    """The answer to a request, where the hub numbers what the adapter asks from 1 on and nothing else waits."""
    handed = [Command(n, text) for n, text in enumerate(reception.asks[: reception.fetches], 1)]
    return reception.reply(kept, handed).body.decode()


def handed(reception: Reception) -> PeerState:
    """The state in which the terminal has fetched what it was asked, and not answered."""
    commands = tuple(Command(n, text) for n, text in enumerate(reception.asks, 1))
    return reception.new_state._replace(commands=commands)


def options(reception: Reception) -> dict[str, str]:
    return dict(line.split("=", 1) for line in say(reception).splitlines() if "=" in line)


def refused(source: ZktecoPush, request: Request, state: PeerState) -> tuple[str, Reply]:
    with pytest.raises(TrustError) as error:
        source.receive(request, state)
    return error.value.code, source.failure(error.value)


UPLOAD = ask("POST", "cdata", LINE, table="ATTLOG", Stamp="9999")
POLL = ask("GET", "getrequest")
