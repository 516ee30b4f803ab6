"""OpenLDAP's server as a process on a free loopback port, filled and looked at directly."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import ldap3

from tests.ports import free_port

SUFFIX = "dc=example,dc=cn"
ADMIN, PASSWORD = f"cn=admin,{SUFFIX}", "for-tests-only"
NOBODY = f"cn=nobody,{SUFFIX}"
SERVICE, READERS = f"cn=licet,{SUFFIX}", f"cn=readers,{SUFFIX}"
"""A user with the same password, who may see people as one of a group's members, and write everything else."""
_SCHEMAS = Path("/etc/ldap/schema")
_CONFIG = """
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
pidfile {home}/slapd.pid
argsfile {home}/slapd.args
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload refint
{tls}
database mdb
suffix "{suffix}"
rootdn "{admin}"
rootpw {password}
directory {home}/data
index objectClass,entryUUID,employeeNumber,cn eq
overlay refint
refint_attributes member
refint_nothing "{nobody}"
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="ou=leavers,{suffix}" by * none
access to dn.subtree="ou=people,{suffix}" by group/groupOfNames/member.exact="{readers}" read by * none
access to * by dn.exact="{service}" write by * none
"""


def missing() -> str:
    """What keeps slapd from being run here; empty if nothing does."""
    return "" if program() and _SCHEMAS.is_dir() else "slapd is not installed: make peers"


def program() -> str | None:
    return shutil.which("slapd") or shutil.which("slapd", path="/usr/sbin:/usr/local/sbin")


class Slapd:
    """What tests do behind the hub's back."""

    def __init__(self, port: int, secure_port: int) -> None:
        self.port, self.secure_port = port, secure_port

    def connect(self) -> ldap3.Connection:
        server = ldap3.Server("127.0.0.1", port=self.port, get_info=ldap3.NONE)
        return ldap3.Connection(server, ADMIN, PASSWORD, auto_bind=True, check_names=False)

    def add(self, dn: str, classes: list[str], **attributes: object) -> str:
        with closing(_Closing(self.connect())) as directory:
            assert directory.ldap.add(dn, classes, attributes), directory.ldap.result
        return dn

    def add_person(self, number: str, base: str = "people") -> str:
        dn = f"uid={number.lower()},ou={base},{SUFFIX}"
        return self.add(dn, ["inetOrgPerson"], cn=number, sn=number, employeeNumber=number)

    def add_group(self, name: str, members: list[str]) -> str:
        return self.add(f"cn={name},ou=groups,{SUFFIX}", ["groupOfNames"], member=members)

    def members_of(self, name: str) -> list[str]:
        with closing(_Closing(self.connect())) as directory:
            directory.ldap.search(f"cn={name},ou=groups,{SUFFIX}", "(objectClass=*)", ldap3.BASE, attributes=["member"])
            return list(directory.ldap.entries[0].member.values)

    def id_of(self, dn: str) -> str:
        with closing(_Closing(self.connect())) as directory:
            directory.ldap.search(dn, "(objectClass=*)", ldap3.BASE, attributes=["entryUUID"])
            return str(directory.ldap.entries[0].entryUUID.value).strip("{}")

    def move(self, dn: str, under: str) -> str:
        """Put an entry below another unit, and wait until no group lists the old name."""
        with closing(_Closing(self.connect())) as directory:
            first = dn.partition(",")[0]
            assert directory.ldap.modify_dn(dn, first, new_superior=f"ou={under},{SUFFIX}"), directory.ldap.result
            while directory.ldap.search(f"ou=groups,{SUFFIX}", f"(member={dn})"):
                time.sleep(0.01)
        return f"{first},ou={under},{SUFFIX}"

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        """Meanwhile ``SERVICE`` may not see people."""
        self.change(READERS, "MODIFY_REPLACE", member=[NOBODY])
        try:
            yield
        finally:
            self.change(READERS, "MODIFY_REPLACE", member=[SERVICE])

    def change(self, dn: str, how: str, **attributes: list[str]) -> None:
        with closing(_Closing(self.connect())) as directory:
            changes = {name: [(how, values)] for name, values in attributes.items()}
            assert directory.ldap.modify(dn, changes), directory.ldap.result

    def rename(self, dn: str, to: str) -> None:
        """Give an entry another name, and wait until no group lists the old one: refint works after it has answered."""
        with closing(_Closing(self.connect())) as directory:
            assert directory.ldap.modify_dn(dn, to), directory.ldap.result
            while directory.ldap.search(f"ou=groups,{SUFFIX}", f"(member={dn})"):
                time.sleep(0.01)

    def delete(self, dn: str) -> None:
        with closing(_Closing(self.connect())) as directory:
            assert directory.ldap.delete(dn), directory.ldap.result


class _Closing:
    def __init__(self, connection: ldap3.Connection) -> None:
        self.ldap = connection

    def close(self) -> None:
        self.ldap.unbind()


@contextmanager
def running(home: Path, certificate: tuple[Path, Path] | None = None) -> Iterator[Slapd]:
    """A fresh directory with ``ou=people`` and ``ou=groups``; with a certificate and its key it also speaks TLS."""
    (home / "data").mkdir()
    tls = "" if certificate is None else f"TLSCertificateFile {certificate[0]}\nTLSCertificateKeyFile {certificate[1]}"
    config = _CONFIG.format(
        schemas=_SCHEMAS, home=home, tls=tls, suffix=SUFFIX, admin=ADMIN, password=PASSWORD, nobody=NOBODY,
        service=SERVICE, readers=READERS,
    )  # fmt: skip
    (home / "slapd.conf").write_text(config)
    directory = Slapd(free_port(), free_port())
    urls = f"ldap://127.0.0.1:{directory.port}/" + (f" ldaps://127.0.0.1:{directory.secure_port}/" if tls else "")
    command = [program() or "slapd", "-d", "0", "-f", str(home / "slapd.conf"), "-h", urls]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(directory, process)
        directory.add(SUFFIX, ["dcObject", "organization"], o="Example", dc="example")
        for unit in ("people", "groups", "leavers"):
            directory.add(f"ou={unit},{SUFFIX}", ["organizationalUnit"])
        directory.add(SERVICE, ["organizationalRole", "simpleSecurityObject"], userPassword=PASSWORD)
        directory.add(READERS, ["groupOfNames"], member=[SERVICE])
        yield directory
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(directory: Slapd, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", directory.port)).close()
        except ConnectionError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"slapd ended with {process.returncode}")
