"""Private keys may be made in a key module and never leave it: a real one of software (SoftHSM), by its own library."""

import json
import os
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import pytest
from joserfc import jwe, jws
from joserfc.errors import JoseError
from pydantic import SecretStr

from connectors.algorithms import jose_key, private_pem, public_jwk, public_pem
from connectors.jose import sign_protected
from connectors.keys import OwnKey
from connectors.simulators.authority import event, load_key, to_json
from connectors.simulators.sealing import MEDIA, sealed
from hub.config.folder import read_folder
from hub.keys.holding import vault_of
from hub.keys.module import ModuleVault
from hub.keys.module_keys import key_id
from hub.keys.module_token import Place, token_at
from hub.keys.vault import FileVault
from schemas.errors import ConfigError, UnavailableError
from tests.journeys.commands import licet, one_line, run, told
from tests.ports import free_port
from tests.site import Site, build, order

pkcs11 = pytest.importorskip("pkcs11", reason="the extra licet[pkcs11] is not installed")
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
pytestmark = pytest.mark.skipif(not os.path.exists(MODULE), reason="SoftHSM is not installed: make peers")
MADE = ("ed25519", "es256", "ecdh-p256")
LABELS = ("hub", "locked", "twice")


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A module of software with some tokens; it is set up once a process, as its library wants it."""
    place = tmp_path_factory.mktemp("softhsm")
    (place / "tokens").mkdir()
    (place / "softhsm2.conf").write_text(f"directories.tokendir = {place}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(place / "softhsm2.conf")
    for label in (*LABELS, "twice"):
        initialised(label)
    yield place
    del os.environ["SOFTHSM2_CONF"]


def initialised(label: str) -> None:
    command = ("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", "1234", "--so-pin", "5678")
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def files(tmp_path: Path) -> FileVault:
    return FileVault(tmp_path / "own", b"secret")


@pytest.fixture
def vault(module: Path, files: FileVault) -> ModuleVault:
    return ModuleVault(Place(MODULE, "hub", SecretStr("1234")), files)


@pytest.fixture
def site(tmp_path: Path, module: Path) -> Site:
    assert run("init", str(tmp_path / "hub"), "--example", "datacentre").returncode == 0
    site = Site(tmp_path / "hub", free_port())
    with site.parts():  # which makes the store
        return chosen(site)


def chosen(site: Site, token: str = "hub", pin: str = "1234", library: str = MODULE) -> Site:
    (site.home / "keys" / "pin").write_text(pin, "utf-8")
    settings = site.home / "licet.toml"
    text = settings.read_text("utf-8").partition("\n[keys]\n")[0]
    keys = f'vault = "pkcs11"\nmodule = "{library}"\ntoken = "{token}"\npin = "file:keys/pin"\n'
    settings.write_text(f"{text}\n[keys]\n{keys}", "utf-8")
    return site


def made(vault: ModuleVault, algorithm: Any) -> OwnKey:
    kid = str(public_jwk(vault.make(algorithm), algorithm)["kid"])
    return OwnKey(kid, algorithm, vault.private(kid, algorithm))


@pytest.mark.parametrize("algorithm", MADE)
def test_a_key_of_a_module_never_leaves_it_and_lies_in_no_file(
    vault: ModuleVault, tmp_path: Path, algorithm: str
) -> None:
    key = made(vault, algorithm)
    with pytest.raises(UnavailableError, match="never leaves its module") as error:
        private_pem(key.private)
    assert error.value.code == "keys.module"
    assert not (tmp_path / "own").exists()
    template = {pkcs11.Attribute.ID: key_id(key.kid), pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}
    [held] = token_at(Place(MODULE, "hub", SecretStr("1234"))).use(lambda session: list(session.get_objects(template)))
    assert held[pkcs11.Attribute.NEVER_EXTRACTABLE] and held[pkcs11.Attribute.SENSITIVE]
    with pytest.raises(pkcs11.exceptions.AttributeSensitive):
        held[pkcs11.Attribute.VALUE]


@pytest.mark.parametrize("algorithm", ["ed25519", "es256"])
def test_what_a_module_signs_everybody_verifies_by_the_published_key(vault: ModuleVault, algorithm: Any) -> None:
    key = made(vault, algorithm)
    name = {"ed25519": "Ed25519", "es256": "ES256"}[algorithm]
    protected = jws.serialize_compact({"alg": name}, b"x", key.jose, algorithms=[name]).split(".")[0].encode()
    signed = f"{protected.decode()}.aGVsbG8.{sign_protected(protected, b'aGVsbG8', key)}"
    public = jose_key(key.private).import_key(public_pem(key.private.public_key()))
    assert jws.deserialize_compact(signed, public, algorithms=[name]).payload == b"hello"


def test_what_is_encrypted_to_a_key_of_a_module_is_opened_by_it_alone(vault: ModuleVault) -> None:
    key, other = made(vault, "ecdh-p256"), made(vault, "ecdh-p256")
    public = jose_key(key.private).import_key(public_pem(key.private.public_key()))
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
    sealed = jwe.encrypt_compact(header, b"hello", public, algorithms=list(header.values()))
    assert jwe.decrypt_compact(sealed, key.jose, algorithms=list(header.values())).plaintext == b"hello"
    with pytest.raises(JoseError):
        jwe.decrypt_compact(sealed, other.jose, algorithms=list(header.values()))


def test_many_threads_sign_by_one_session(vault: ModuleVault) -> None:
    key, said = made(vault, "ed25519"), []

    def sign(number: int) -> None:
        text = b"%d" % number
        key.private.public_key().verify(key.private.sign(text), text)  # type: ignore[union-attr,call-arg,arg-type]
        said.append(number)

    threads = [threading.Thread(target=sign, args=(number,)) for number in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(said) == list(range(20))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of what the library forgets then
def test_a_session_that_the_module_lost_is_opened_again(vault: ModuleVault) -> None:
    key, token = made(vault, "ed25519"), token_at(Place(MODULE, "hub", SecretStr("1234")))
    token.use(lambda session: session.close())
    key.private.public_key().verify(key.private.sign(b"x"), b"x")  # type: ignore[union-attr,call-arg,arg-type]


def test_a_key_that_was_removed_from_the_module_is_one_clear_failure(vault: ModuleVault) -> None:
    key = made(vault, "ed25519")
    wanted = {pkcs11.Attribute.ID: key_id(key.kid)}
    token_at(Place(MODULE, "hub", SecretStr("1234"))).use(
        lambda session: [each.destroy() for each in list(session.get_objects(wanted))]
    )
    with pytest.raises(UnavailableError, match=r"no key .*the token on which it was made"):
        key.private.sign(b"x")  # type: ignore[union-attr,call-arg]
    with pytest.raises(ConfigError, match=r"no key .*the token on which it was made"):
        vault.private(key.kid, "ed25519")


def test_keys_that_lie_in_files_are_opened_after_the_change_to_a_module(vault: ModuleVault, files: FileVault) -> None:
    kid = str(public_jwk(files.make("ecdh-x25519"), "ecdh-x25519")["kid"])
    assert private_pem(vault.private(kid, "ecdh-x25519")).startswith(b"-----BEGIN PRIVATE KEY-----")


def test_a_hub_makes_lists_and_rotates_keys_of_a_module(site: Site) -> None:
    [row] = told(site, "keys", "new", "--algorithm", "ed25519", "--by", "wang")
    old, new = told(site, "keys", "rotate", row["kid"], "--by", "wang")
    assert {row["kid"]} < {old["kid"], new["kid"]} and not (site.home / "keys" / "own").exists()
    with site.parts() as parts:
        found = parts.own_keys.whatever_its_state().at(row["kid"], parts.clock.now())
    found.private.public_key().verify(found.private.sign(b"x"), b"x")  # type: ignore[union-attr,call-arg,arg-type]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"token": "nobody"}, "[keys] token: found no token 'nobody', expected one of hub, locked, twice"),
        ({"token": "twice"}, "[keys] token: found several tokens 'twice'"),
        ({"library": "/nowhere/module.so"}, "[keys] module: cannot load the module /nowhere/module.so"),
    ],
)
def test_a_module_or_token_that_is_not_there_is_one_clear_line(site: Site, changed: dict[str, str], words: str) -> None:
    chosen(site, **changed)
    one_line(licet(site, "check", "--lang", "en"), words)


def test_a_pin_that_was_refused_is_not_tried_again_by_this_process(site: Site) -> None:
    folder = read_folder(chosen(site, "locked", "0000").home)
    for _each in range(5):  # three tries lock most tokens for good
        with pytest.raises(ConfigError, match=r"refuses its PIN, which is not tried again"):
            vault_of(folder)
    tried = pkcs11.lib(MODULE).get_token(token_label="locked").flags
    assert pkcs11.TokenFlag.USER_PIN_COUNT_LOW in tried and pkcs11.TokenFlag.USER_PIN_LOCKED not in tried


@pytest.mark.parametrize("algorithm", ["ecdh-x25519", "rs256", "rsa-oaep"])
def test_an_algorithm_that_is_not_made_in_a_module_is_told_with_those_that_are(site: Site, algorithm: str) -> None:
    call = ("keys", "new", "-c", str(site.home), "--algorithm", algorithm, "--by", "wang", "--lang", "en")
    one_line(
        run(*call), f"found --algorithm {algorithm}, expected one that stays in a module: ed25519, es256, ecdh-p256"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('vault = "pkcs11"\n', "module, token, pin as well"),
        ('vault = "pkcs11"\nmodule = "/m.so"\ntoken = "t"\n', "pin as well"),
        ('token = "t"\n', 'token with vault = "pkcs11" alone'),
    ],
)
def test_a_module_is_named_whole_and_only_where_it_is_used(site: Site, text: str, words: str) -> None:
    settings = site.home / "licet.toml"
    settings.write_text(settings.read_text("utf-8").partition("\n[keys]\n")[0] + f"\n[keys]\n{text}", "utf-8")
    one_line(licet(site, "check", "--lang", "en"), words)


def test_what_is_sealed_as_xml_is_refused_beside_a_module_before_the_hub_starts(site: Site) -> None:
    settings = site.home / "licet.toml"
    envelope = (
        '\n[connectors.told]\nadapter = "access/webhook"\nurl = "https://told.example"\n[connectors.told.envelope]\n'
    )
    before = settings.read_text("utf-8")
    settings.write_text(f'{before}{envelope}profile = "xml"\n', "utf-8")
    line = lines(licet(site, "check", "--lang", "en"), "envelope.profile")
    assert "found 'xml'" in line and "sealed or http-signature" in line
    assert "模块中的密钥不能签署 XML" in lines(licet(site, "check", "--lang", "zh"), "envelope.profile")
    settings.write_text(f'{before}{envelope}profile = "http-signature"\n', "utf-8")
    assert "envelope.profile" not in licet(site, "check", "--lang", "en").stderr


def lines(done: Any, words: str) -> str:
    """What is said of something."""
    return "\n".join(line for line in done.stderr.splitlines() if words in line)


def test_a_pin_is_shown_by_nothing(vault: ModuleVault) -> None:
    place = Place(MODULE, "hub", SecretStr("1234"))
    assert "1234" not in f"{place} {place!r}"
    with pytest.raises(UnavailableError) as error:
        token_at(place).use(lambda session: session.get_key(id=b"nothing"))
    assert "1234" not in str(error.value)


def test_what_is_sealed_to_a_key_of_a_module_comes_in_and_waits_while_the_key_is_away(
    tmp_path: Path, module: Path
) -> None:
    site = build(tmp_path / "hub")
    settings = site.home / "licet.toml"
    source = 'source = "urn:authority:demo-ca"'
    text = settings.read_text("utf-8").replace(source, f'{source}\nprofile = "sealed"\naudience = "hub-prod"')
    settings.write_text(text, "utf-8")
    with site.parts():  # which makes the store
        chosen(site)
    told(site, "keys", "new", "--algorithm", "ecdh-p256", "--by", "wang")
    [to] = [each for each in json.loads(licet(site, "keys", "jwks").stdout)["keys"] if each["use"] == "enc"]
    site.start()
    assert pushed(site, to, 1) == 202
    wanted = {pkcs11.Attribute.ID: key_id(to["kid"]), pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}
    token_at(Place(MODULE, "hub", SecretStr("1234"))).use(
        lambda session: [each.destroy() for each in list(session.get_objects(wanted))]
    )
    assert pushed(site, to, 2) == 503
    assert [each["auth"]["result"] for each in site.entries("received") if "auth" in each] == ["verified"]


def pushed(site: Site, to: dict[str, Any], sequence: int) -> int:
    """What the hub answers to an authority that seals to one of its keys."""
    now = datetime.now(UTC)
    said = {**order(0, "active", sequence), "hubaud": "hub-prod", "effective_at": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    body = to_json(event("urn:authority:demo-ca", said, id=uuid4().hex, time=said["effective_at"]))
    key = load_key(site.home / "keys" / "demo" / "authority.pem")
    text = sealed(body, key, "demo-ca-1", to, audience="hub-prod", at=now)
    call = urllib.request.Request(f"{site.url}/in/authority", text, {"content-type": MEDIA})
    try:
        with urllib.request.urlopen(call) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
