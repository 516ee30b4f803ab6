"""Punches of ZKTeco terminals that push over HTTP (PUSH / ADMS, under ``/iclock/``), and doors of 3.x ones.

Wire:    The terminal is the HTTP client: handshake, uploads of text lines, polls for commands; answers are plain text.
Trust:   The serial in the query, a claim anyone can make, so an operator approves each; optional communication key.
Repeats: An upload is sent again until answered with the count of its lines; it is known by its digest.
Doors:   rows of ``userauthorize``, written and deleted by ``Pin`` alone, counted before a removal and after a change.
         PINs are the instance's identifiers. A terminal is one target, with all doors that a post may open there.
Source:  PUSH attendance 2.x and security 3.x, as servers and measured terminals speak them; the dialects differ.
"""

from connectors.attendance.zkteco_push.adapter import ZktecoPush
from connectors.attendance.zkteco_push.settings import DeviceSettings, Settings
from connectors.port import Spec

__all__ = ["SPEC", "DeviceSettings", "Settings", "ZktecoPush"]

SPEC = Spec(
    title="ZKTeco terminals, PUSH / ADMS",
    settings=Settings,
    build=ZktecoPush,
    ports=("push", "recorder", "door"),
    mapping="attendance/zkteco_push",
    context=("device", "zone", "dialect", "identifiers", "clock_off", "complete_until"),
    batch="each",
    completeness="contact",
    paths=("/iclock/{rest:path}",),
    max_body=16 << 20,
    methods=("GET", "POST"),
    media=("text/plain",),
    approval=True,
    auth="serial",
    commands=True,
    doors="doors",
    devices="devices",
)
