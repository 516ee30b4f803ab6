"""The authority of the story that calls nobody: the hub asks it over SOAP, and believes what it signs."""

import os
import shutil
from datetime import datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from connectors.simulators.soap.authority import WSDL
from hub.config import scaffold
from hub.demo.cast import HIGH
from hub.demo.stage import Actor

NAME = "hengan"
_INSTANCE = """
[connectors.{name}]
adapter = "credential/soap_authority"
every = "3600 seconds"
identifiers = "authority"
mappings = {{ read = "credential/{name}" }}
base_url = "http://127.0.0.1:{port}"
allow_private_address = true
wsdl = "soap/{wsdl}"
pinned = {{ "{wsdl}" = "{digest}" }}
credentials = {{ {credential} = "GY" }}
faults = {{ NoSuchCertificate = "empty" }}
zone = "Asia/Shanghai"
wss_user = "hub"
wss_password = "file:keys/{name}.password"
answer_certificates = "keys/{name}.pem"

[connectors.{name}.status]
operation = "QueryStatus"
parameters = {{ "/certificate/no" = "{{number}}", "/certificate/class" = "{{credential}}", "/holder" = "{{holder}}" }}
number_at = "/QueryStatusResponse/certificate/no"
"""


class AskedAuthority:
    """Its server, a process of its own; the folder of the hub has the instance by which it is asked."""

    def __init__(self, home: Path, port: int, reached_at: int, now: datetime) -> None:
        """Connect the folder to it and start it; ``reached_at`` is the port by which the hub reaches it."""
        _connect(home, reached_at)
        keys = home / "keys"
        served = ("--port", str(port), "--at", now.isoformat(), "--user", "hub")
        files = ("--password", str(keys / f"{NAME}.password"), "--certificate", str(keys / f"{NAME}.pem"))
        self._actor = Actor("soap.authority", *served, *files)
        self._serial = 1000

    def stands(self, number: str, state: str, since: datetime) -> None:
        """A certificate stands so from now on."""
        self._serial += 1
        dates = {"since": since.isoformat(), "validFrom": "2024-01-01", "validTo": "2029-12-31"}
        self._do(number=number, state=state, serial=self._serial, **{"class": "GY"}, **dates)

    def forged(self, how: str) -> None:
        """Somebody does this to every answer from now on; nothing if that is empty."""
        self._do(wrong=how)

    def asked(self, now: datetime) -> int:
        """How many questions it has had; from now on its calendar goes on from ``now``."""
        return int(self._do(at=now.isoformat())["asked"])

    def _do(self, **order: Any) -> dict[str, Any]:
        return self._actor.do(order)

    def close(self) -> None:
        """End the process."""
        self._actor.close()


def _connect(home: Path, port: int) -> None:
    """What an integrator does for an authority like this: its WSDL, pinned; a document; a password; an instance."""
    (home / "soap").mkdir()
    shutil.copyfile(WSDL, home / "soap" / WSDL.name)
    (home / "mappings" / "credential").mkdir()
    document = resources.files("hub.demo") / f"{NAME}.json"
    (home / "mappings" / "credential" / f"{NAME}.json").write_bytes(document.read_bytes())
    scaffold.secret(home / "keys" / f"{NAME}.password", os.urandom(16).hex().encode())
    known = {"name": NAME, "port": port, "wsdl": WSDL.name, "credential": HIGH}
    instance = _INSTANCE.format(digest=sha256(WSDL.read_bytes()).hexdigest(), **known)
    with (home / "licet.toml").open("a", encoding="utf-8") as opened:
        opened.write(instance)
