"""Samba as an Active Directory domain controller, on a loopback address of its own, filled and looked at directly."""

import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import UUID

import ldap3

SUFFIX = "dc=example,dc=test"
ADMIN, PASSWORD = "administrator@example.test", "For-tests-0nly!"
_PYTHON = "/usr/bin/python3"
# File shares are no part of this: without their access lists it needs no special file system.
_PROVISION = """
import logging, os, sys
from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.param import LoadParm
from samba.provision import provision
home, address, password = sys.argv[1:]
os.makedirs(home + "/etc")
provision(logging.getLogger("dc"), system_session(), smbconf=home + "/etc/smb.conf", targetdir=home, lp=LoadParm(),
    realm="EXAMPLE.TEST", domain="EXAMPLE", hostname="dc1", hostip=address, adminpass=password, dns_backend="NONE",
    serverrole="active directory domain controller", skip_sysvolacl=True, dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2)
"""


def missing() -> str:
    """What keeps a domain controller from being run here; empty if nothing does."""
    asked = [_PYTHON, "-c", "import samba.provision"]
    if not shutil.which("samba") or subprocess.run(asked, capture_output=True, check=False).returncode:
        return "samba is not installed: make peers"
    with closing(socket.socket()) as line:
        try:
            line.bind((_address(), 389))
        except OSError as error:
            return f"port 389 of a loopback address cannot be had ({error.strerror})"
    return ""


def _address() -> str:
    """A loopback address that nobody else uses: the ports of a domain controller are fixed."""
    return f"127.{64 + secrets.randbelow(128)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"


class DomainController:
    """What tests do behind the hub's back."""

    def __init__(self, address: str) -> None:
        self.address, self.port = address, 389

    @contextmanager
    def connected(self) -> Iterator[ldap3.Connection]:
        server = ldap3.Server(self.address, port=self.port, get_info=ldap3.NONE)
        connection = ldap3.Connection(server, ADMIN, PASSWORD, auto_bind=True, check_names=False)
        try:
            yield connection
        finally:
            connection.unbind()

    def add_person(self, number: str) -> str:
        dn = f"cn={number},cn=Users,{SUFFIX}"
        return self._add(dn, "user", sAMAccountName=number[:20], employeeID=number[:16])

    def add_group(self, name: str, members: list[str], *, local: bool = False) -> str:
        """A group of the domain; a ``local`` one may hold what stands for everybody."""
        dn, more = f"cn={name},cn=Users,{SUFFIX}", {"member": members} if members else {}
        scope = {"groupType": "-2147483644"} if local else {}
        return self._add(dn, "group", sAMAccountName=name, **more, **scope)

    def members_of(self, name: str) -> list[str]:
        with self.connected() as directory:
            directory.search(f"cn={name},cn=Users,{SUFFIX}", "(objectClass=*)", ldap3.BASE, attributes=["member"])
            return [each.decode() for each in directory.response[0]["raw_attributes"].get("member", [])]

    def id_of(self, dn: str) -> str:
        with self.connected() as directory:
            directory.search(dn, "(objectClass=*)", ldap3.BASE, attributes=["objectGUID"])
            return str(UUID(bytes_le=directory.response[0]["raw_attributes"]["objectGUID"][0]))

    def number_of(self, group: str) -> int:
        """The number by which an account names a group as its primary one."""
        with self.connected() as directory:
            directory.search(group, "(objectClass=*)", ldap3.BASE, attributes=["objectSid"])
            return int.from_bytes(directory.response[0]["raw_attributes"]["objectSid"][0][-4:], "little")

    def change(self, dn: str, how: str, **attributes: list[str]) -> None:
        with self.connected() as directory:
            changes = {name: [(how, values)] for name, values in attributes.items()}
            assert directory.modify(dn, changes), directory.result

    @contextmanager
    def unnumbered(self) -> Iterator[None]:
        """Meanwhile nobody has an ``employeeID``."""
        with self.connected() as directory:
            directory.search(SUFFIX, "(employeeID=*)", ldap3.SUBTREE, attributes=["employeeID"])
            found = [each for each in directory.response if each["type"] == "searchResEntry"]
            numbers = {each["dn"]: each["attributes"]["employeeID"] for each in found}
        for dn in numbers:
            self.change(dn, "MODIFY_REPLACE", employeeID=[])
        try:
            yield
        finally:
            for dn, number in numbers.items():
                self.change(dn, "MODIFY_REPLACE", employeeID=number if isinstance(number, list) else [number])

    def _add(self, dn: str, kind: str, **attributes: object) -> str:
        with self.connected() as directory:
            assert directory.add(dn, [kind], attributes), directory.result
        return dn


@contextmanager
def running(home: Path) -> Iterator[DomainController]:
    """A fresh domain. It takes plain binds, so that a proxy can see each message; TLS is tried at OpenLDAP."""
    controller = DomainController(_address())
    made = subprocess.run(
        [_PYTHON, "-c", _PROVISION, str(home / "dc"), controller.address, PASSWORD],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-2000:]
    options = [f"interfaces={controller.address}/8", "bind interfaces only=yes", "server services=ldap"]
    options += ["ldap server require strong auth=no", f"log file={home}/log", f"pid directory={home}"]
    command = ["samba", "-i", "--no-process-group", "-s", str(home / "dc" / "etc" / "smb.conf")]
    with (home / "out").open("wb") as out:
        process = subprocess.Popen(
            [*command, *(f"--option={each}" for each in options)], stdin=subprocess.PIPE, stdout=out, stderr=out
        )
        try:
            _wait(controller, process)
            yield controller
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _wait(controller: DomainController, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        if _answers(controller):
            return
        time.sleep(0.1)
    raise AssertionError(f"samba ended with {process.returncode}")


def _answers(controller: DomainController) -> bool:
    """Whether an anonymous bind is answered: the port is open a while before."""
    try:
        with socket.create_connection((controller.address, controller.port), timeout=60) as line:
            line.sendall(bytes.fromhex("300c020101600702010304008000"))
            return bool(line.recv(64))
    except OSError:
        return False
