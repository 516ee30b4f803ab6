"""Private keys may lie in the keyring of the operating system: as encrypted as in files, and never lost on the way."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.algorithms import KINDS, public_jwk, public_pem
from hub import backup
from hub.assembly import Assembly
from hub.config.folder import read_folder
from hub.keys.holding import vault_of
from hub.keys.ring import RingVault
from hub.keys.vault import FileVault, KeyVault, new_key
from schemas.errors import ConfigError
from tests.journeys.commands import licet, one_line, run, told
from tests.ports import free_port
from tests.site import Site

pytest.importorskip("keyring", reason="the extra licet[keyring] is not installed")
import keyring
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordSetError
from keyrings.alt import file


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[Path]:
    """A real keyring of the library, which is a file; before and after it there is the one of this machine."""
    before, used = keyring.get_keyring(), file.PlaintextKeyring()
    used.file_path = str(tmp_path / "ring" / "keyring.cfg")
    keyring.set_keyring(used)
    yield tmp_path / "ring" / "keyring.cfg"
    keyring.set_keyring(before)


@pytest.fixture
def site(tmp_path: Path, ring: Path) -> Site:
    assert run("init", str(tmp_path / "hub"), "--example", "datacentre").returncode == 0
    return chosen(Site(tmp_path / "hub", free_port()), "keyring")


def chosen(site: Site, vault: str) -> Site:
    """A hub whose private keys lie there."""
    settings = site.home / "licet.toml"
    text = settings.read_text("utf-8").partition("\n[keys]\n")[0]
    settings.write_text(f'{text}\n[keys]\nvault = "{vault}"\n', "utf-8")
    with site.parts():
        pass
    return site


def private_of(site: Site, kid: str) -> bytes:
    with Assembly(read_folder(site.home)) as parts:
        found = parts.own_keys.whatever_its_state().at(kid, datetime.now(UTC))
    return public_pem(found.private.public_key())


@pytest.mark.parametrize("algorithm", KINDS)
def test_a_new_key_lies_in_the_keyring_encrypted_and_in_no_file(site: Site, ring: Path, algorithm: str) -> None:
    [row] = told(site, "keys", "new", "--algorithm", algorithm, "--by", "wang")
    assert not (site.home / "keys" / "own").exists() and row["kid"] == row["public"]["kid"]
    held = keyring.get_password("licet datacentre", row["kid"])
    assert held.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert ring.exists() and private_of(site, row["kid"]).startswith(b"-----BEGIN PUBLIC KEY-----")
    with pytest.raises(ConfigError, match="cannot be opened"):
        RingVault("datacentre", b"another secret", FileVault(site.home / "none", b"x")).private(row["kid"], algorithm)


def test_keys_that_lie_in_files_are_opened_after_the_change_to_a_keyring(site: Site) -> None:
    [old] = told(chosen(site, "file"), "keys", "new", "--by", "wang")
    assert [each.stem for each in (site.home / "keys" / "own").iterdir()] == [old["kid"]]
    [new] = told(chosen(site, "keyring"), "keys", "new", "--algorithm", "ed25519", "--by", "wang")
    assert [private_of(site, each["kid"])[:10] for each in (old, new)] == [b"-----BEGIN"] * 2


def test_a_backup_takes_the_keys_along_and_another_machine_opens_them(site: Site, tmp_path: Path, ring: Path) -> None:
    [row] = told(site, "keys", "new", "--by", "wang")
    before = private_of(site, row["kid"])
    backup.take(read_folder(site.home), tmp_path / "copy", datetime.now(UTC))
    keyring.delete_password("licet datacentre", row["kid"])
    backup.restore(tmp_path / "copy", tmp_path / "again")
    assert os.stat(tmp_path / "again" / "keys" / "own" / f"{row['kid']}.pem").st_mode & 0o777 == 0o600
    assert private_of(Site(tmp_path / "again", free_port()), row["kid"]) == before


def test_a_key_that_is_gone_from_the_keyring_is_one_clear_line(site: Site) -> None:
    [row] = told(site, "keys", "new", "--by", "wang")
    keyring.delete_password("licet datacentre", row["kid"])
    with pytest.raises(ConfigError, match=r"has no key .*the user who made it"):
        private_of(site, row["kid"])


# --- keyrings that are none, or behave badly: backends as the library has them ---------------------------------------


class Misbehaving(KeyringBackend):
    """A backend of somebody else."""

    priority = 1

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how, self.held, self.waits = how, dict[str, str](), threading.Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.how == "too large":  # as Windows does with an RSA key
            raise PasswordSetError("CredWrite")
        if self.how == "shortens":
            password = password[:1280]
        if self.how != "forgets":
            self.held[username] = password

    def get_password(self, service: str, username: str) -> str | None:
        if self.how == "locked":
            raise KeyringLocked("locked")
        if self.how == "broken":
            raise KeyError("org.freedesktop.secrets")
        if self.how == "waits":
            self.waits.wait(60)
        return self.held.get(username)

    def delete_password(self, service: str, username: str) -> None:
        del self.held[username]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("too large", "refuses: PasswordSetError"),
        ("forgets", "does not give it back"),
        ("shortens", "does not give it back"),
        ("locked", "refuses: KeyringLocked; unlock it"),
        ("broken", "refuses: KeyError"),
        ("waits", "gave no answer"),
    ],
)
def test_a_keyring_that_does_not_keep_what_it_is_given_is_noticed_before_a_key_is_known(
    ring: Path, tmp_path: Path, how: str, words: str
) -> None:
    backend = Misbehaving(how)
    keyring.set_keyring(backend)
    vault = RingVault("hub", b"secret", FileVault(tmp_path / "own", b"secret"), seconds=0.2)
    with pytest.raises(ConfigError, match=words):
        vault.make("rs256" if how == "shortens" else "ed25519")
    backend.waits.set()


@pytest.mark.parametrize("none", [fail.Keyring, null.Keyring])
def test_where_there_is_no_keyring_it_is_said_by_check_and_nothing_is_made(site: Site, none: type) -> None:
    keyring.set_keyring(none())
    one_line(licet(site, "check"), "keyring")
    one_line(
        run("keys", "new", "-c", str(site.home), "--by", "wang", "--lang", "en"),
        "found no keyring here",
        'vault = "file"',
    )
    chosen(site, "file")
    assert told(site, "keys", "list") == []


def test_what_holds_keys_is_one_interface(site: Site) -> None:
    vaults: list[KeyVault] = [vault_of(read_folder(chosen(site, each).home)) for each in ("file", "keyring")]
    for vault in vaults:
        public = vault.make("es256")
        kid = str(public_jwk(public, "es256")["kid"])
        assert public_pem(vault.private(kid, "es256").public_key()) == public_pem(public)


def test_no_command_reads_the_name_of_an_own_key_as_an_option() -> None:
    assert not [kid for kid, _key in (new_key("ed25519") for _each in range(600)) if kid.startswith("-")]


@pytest.mark.parametrize("behind", [False, True])
def test_a_peers_key_whose_name_begins_as_an_option_goes_behind_two_hyphens(site: Site, behind: bool) -> None:
    said = run("keys", "rotate", "-c", str(site.home), "--by", "wang", "--lang", "en", *["--"][: int(behind)], "-Bg2")
    one_line(said, "'-Bg2'" if behind else "behind a --")
