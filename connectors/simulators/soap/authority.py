"""A certification authority that is asked over SOAP how a certificate stands.

Run as a process it serves on ``--port``, admits ``--user`` with the password in a file, signs its answers by a key that
it makes, writes its certificate where ``--certificate`` says, and reads one order a line from standard input:
``{"number": "D-1", "class": "DY", "state": "注销", "since": "2026-03-02T09:00:00+08:00", "validTo": "2027-06-30"}``
makes a certificate stand so, ``{"renewal": "D-1", "since": "2026-03-02T09:00:00+08:00", "demands": "8 学时"}`` says
what its renewal takes, ``{"wrong": "sha1"}`` has it do something wrong with every answer from now on.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from connectors.simulators.soap.proving import Signer, named_by
from connectors.simulators.soap.service import Fault, Service, serving

WSDL = Path(__file__).with_name("authority.wsdl")
NAMESPACE = "urn:hengan:certificates:1"
_H = f"{{{NAMESPACE}}}"
_RENEWAL = ("serial", "since", "rule", "demands", "hoursRequired", "hoursEarned", "periodFrom", "periodTo", "reviewDue")
_STATUS = ("state", "reason", "serial", "since", "validFrom", "validTo", "reviewDue")


class SoapAuthority:
    """What the authority knows: certificates by number, each with what it answers of it."""

    def __init__(self) -> None:
        self.certificates: dict[str, dict[str, Any]] = {}
        self.renewals: dict[str, dict[str, Any]] = {}

    def service(self, **more: Any) -> Service:
        """Its server."""
        return Service(WSDL, {"QueryStatus": self.status, "QueryRenewal": self.renewal}, **more)

    def stands(self, number: str, **said: Any) -> None:
        """A certificate stands so from now on; what was said of it before and is not now stays."""
        before = self.certificates.get(number, {"class": "DY", "state": "正常", "serial": 0})
        self.certificates[number] = {**before, "serial": before["serial"] + 1, **said}

    def demands(self, number: str, **said: Any) -> None:
        """The renewal of a certificate takes this from now on, and nothing else."""
        serial = self.renewals.get(number, {"serial": 0})["serial"] + 1
        self.renewals[number] = {"serial": serial, **said}

    def status(self, request: etree._Element) -> etree._Element:
        """How a certificate stands."""
        number, found = self._found(request.findtext(f"{_H}certificate/{_H}no"))
        return _answer("QueryStatusResponse", number, found["class"], found, _STATUS)

    def renewal(self, request: etree._Element) -> etree._Element:
        """What the renewal of a certificate takes."""
        number, found = self._found(request.findtext(f"{_H}certificate/{_H}no"))
        if number not in self.renewals:
            raise Fault("Client", "nothing is demanded of this certificate", "NothingDemanded")
        return _answer("QueryRenewalResponse", number, found["class"], self.renewals[number], _RENEWAL)

    def _found(self, number: str | None) -> tuple[str, Mapping[str, Any]]:
        for known, found in self.certificates.items():
            if known.replace("-", "") == (number or "").replace("-", ""):
                if other := found.get("answers_for"):
                    return str(other), self.certificates[str(other)]
                if fault := found.get("fault"):
                    raise Fault("Server", "out of order", str(fault))
                return known, found
        raise Fault("Client", "no such certificate", "NoSuchCertificate")


def _answer(name: str, number: str, kind: object, said: Mapping[str, Any], members: tuple[str, ...]) -> etree._Element:
    answer = etree.Element(f"{_H}{name}", nsmap={"h": NAMESPACE})
    certificate = etree.SubElement(answer, f"{_H}certificate")
    etree.SubElement(certificate, f"{_H}no").text = number
    etree.SubElement(certificate, f"{_H}class").text = str(kind)
    for member in members:
        if member in said:
            etree.SubElement(answer, f"{_H}{member}").text = str(said[member])
    return answer


def fresh_signer(now: datetime, name: str = "authority.example") -> Signer:
    """A key, and a certificate of it for two years around now."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=365))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return Signer(key, certificate)


def main() -> None:
    """Serve, and carry out orders from standard input until it ends."""
    parser = argparse.ArgumentParser(prog="authority", description="A simulated authority that is asked over SOAP.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", type=Path, required=True, help="file with the password")
    parser.add_argument("--certificate", type=Path, required=True, help="where its certificate is written")
    parser.add_argument("--at", help="what time it is for it when it starts, ISO; now if it is not said")
    given = parser.parse_args()
    ahead = datetime.fromisoformat(given.at) - datetime.now(UTC) if given.at else timedelta()
    authority, signer = SoapAuthority(), fresh_signer(datetime.now(UTC) + ahead)
    given.certificate.write_bytes(signer.certificate.public_bytes(Encoding.PEM))
    service = authority.service(signer=signer, other=fresh_signer(datetime.now(UTC) + ahead))
    moved = {"ahead": ahead}
    service.now = lambda: datetime.now(UTC) + moved["ahead"]
    password, seen = given.password.read_text("utf-8").strip(), set[str]()
    service.admits = lambda envelope: named_by(envelope, given.user, password, service.now(), seen)
    with serving(service, given.port):
        for line in filter(str.strip, sys.stdin):
            order = json.loads(line)
            if "at" in order:
                moved["ahead"] = datetime.fromisoformat(order.pop("at")) - datetime.now(UTC)
            if "wrong" in order:
                service.always_wrong = order["wrong"]
            if "renewal" in order:
                authority.demands(order.pop("renewal"), **order)
            if "number" in order:
                authority.stands(order.pop("number"), **order)
            sys.stdout.write(json.dumps({"asked": len(service.asked)}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
