"""Who gets in: any request of a stranger is put up for approval, and nothing of it is taken before."""

import json
from typing import Any

import pytest

from connectors.attendance.zkteco_push import Settings, ZktecoPush
from connectors.port import PeerState, Request
from schemas.errors import TrustError
from tests.connectors.attendance.asking import GATE, HANDSHAKE, LINE, POLL, UPLOAD, ask, refused, say


@pytest.mark.parametrize("serial", ["", "a b", "x" * 65, "../x", "终端", "a\n"])
def test_a_serial_of_another_form_is_unknown(serial: str) -> None:
    with pytest.raises(TrustError, match="serial"):
        GATE.peer(POLL._replace(query={"SN": serial}))


@pytest.mark.parametrize(
    ("request_", "taken"),
    [(UPLOAD, False), (ask("POST", "other", b"x"), False), (POLL, True), (ask("GET", "cdata"), True)],
    ids=["upload", "other", "poll", "handshake"],
)
def test_any_request_of_a_stranger_puts_it_up_for_approval_and_takes_nothing(request_: Request, taken: bool) -> None:
    called = request_._replace(address="192.0.2.7", headers={"user-agent": "iClock Proxy/1.09"})
    reception = GATE.receive(called, PeerState("unknown"))
    assert (reception.new_state.status, reception.transmissions, reception.asks) == ("pending", (), ())
    assert (reception.refusal is None) == taken
    assert taken or GATE.failure(reception.refusal).status == 401
    [told] = GATE.remarks(reception.new_state)
    assert "192.0.2.7" in told and "iClock" in told
    assert reception.complete_until is None


def test_a_bridge_that_never_shakes_hands_gets_in() -> None:
    body = b"TABLE=ATTLOG\n1001\t2026-03-02 08:01:02\t1\t1\t0\t0\n"
    first = GATE.receive(ask("POST", "cdata", body), PeerState("unknown"))
    assert GATE.describe(first.new_state) == "lan-agent"
    [taken] = GATE.receive(ask("POST", "cdata", body), first.new_state._replace(status="approved")).transmissions
    assert (taken.body, taken.context["dialect"]) == (body, "lan-agent")


@pytest.mark.parametrize("opening", [ask("GET", "cdata", **HANDSHAKE), ask("POST", "registry", b"DeviceType=acc")])
def test_a_handshake_of_an_unknown_serial_puts_it_up_for_approval(opening: Request) -> None:
    reception = GATE.receive(opening, PeerState("unknown"))
    assert reception.new_state.status == "pending"
    assert reception.reply([], ()).status == 200


def test_a_pending_terminal_is_served_but_keeps_its_log() -> None:
    pending = GATE.receive(ask("GET", "cdata", **HANDSHAKE), PeerState("unknown")).new_state
    assert say(GATE.receive(ask("GET", "cdata", **HANDSHAKE), pending)).startswith("GET OPTION FROM")
    for path in ("cdata", "querydata", "devicecmd", "fdata"):
        code, reply = refused(GATE, ask("POST", path, LINE, table="ATTLOG"), pending)
        assert (code, reply.status) == ("device.pending", 403)


def test_a_pending_terminal_gets_no_commands() -> None:
    pending = GATE.receive(ask("GET", "cdata", **HANDSHAKE), PeerState("unknown")).new_state
    assert say(GATE.receive(POLL, pending)) == "OK\n"


@pytest.mark.parametrize("status", ["rejected", "retired"])
def test_a_rejected_or_retired_terminal_hears_403_even_at_its_handshake(status: Any) -> None:
    code, reply = refused(GATE, ask("GET", "cdata", **HANDSHAKE), PeerState(status))
    assert (code, reply.status) == ("device.retired", 403)


def test_the_communication_key_is_shown_at_the_handshake_and_trusted_from_then_on() -> None:
    keyed = ZktecoPush("gate", Settings.model_validate({"comm_key": "s3cret"}))
    for shown in ({}, {"pushcommkey": "wrong"}, {"pushcommkey": "密"}):
        code, reply = refused(keyed, ask("GET", "cdata", **HANDSHAKE, **shown), PeerState("unknown"))
        assert (code, reply.status, b"s3cret" in reply.body) == ("auth.token", 401, False)
    assert refused(keyed, UPLOAD, PeerState("approved"))[0] == "auth.token"
    opened = keyed.receive(ask("GET", "cdata", **HANDSHAKE, pushcommkey="s3cret"), PeerState("unknown")).new_state
    assert "s3cret" not in json.dumps(opened.memory)
    approved = opened._replace(status="approved")
    assert keyed.receive(UPLOAD, approved).transmissions
    assert keyed.receive(ask("POST", "registry", b"x=1"), approved)
    assert refused(keyed, ask("GET", "cdata", **HANDSHAKE), approved)[0] == "auth.token"
