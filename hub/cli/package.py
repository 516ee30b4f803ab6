"""Packages: mapping documents and rules that an author and another person signed, sealed to the hubs they are for."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from connectors.algorithms import KINDS, public_jwk, read_private
from connectors.general_jose import payload_of
from connectors.jose import jose_decode
from connectors.keys import OwnKey, read_reference, write_encrypted_pair
from hub.assembly import Assembly
from hub.cli.activation import effects_of, show_effects
from hub.cli.devices import By
from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.cli.packaged_files import documents as documents_of
from hub.cli.packaged_files import rules, unpack, within
from hub.cli.tables import table
from hub.clock import from_us
from hub.config.folder import read_folder
from hub.keys.book import life_of
from hub.keys.listing import SIGNERS
from hub.keys.recipients import recipients
from hub.packages.manifest import Manifest, draft, read_manifest
from hub.packages.seals import approved, sealed, signed
from hub.store.tables.packages import PackageRow
from schemas.errors import CallError
from schemas.words import Words, told

app = typer.Typer(no_args_is_help=True)

_LIFE_DAYS = 400
_COLUMNS = ("package", "version", "kind", "digest", "taken", "expires", "signers", "state")
_STATES = {
    "in use": Words("in use", "使用中"),
    "earlier": Words("earlier", "历史版本"),
    "expired": Words("in use, expired", "使用中，已过期"),
    "revoked": Words("in use, a signer was revoked", "使用中，签名密钥已吊销"),
}
_KEY_MADE = Words(
    "{private}: keep it; {public}: for `licet package trust`",
    "{private}：自行保管；{public}：用于 `licet package trust`",
)
_ROLES = {"author": Words("author", "编制人"), "approver": Words("approver", "审批人")}
_SEALED = Words("{file}: sealed to {keys} keys", "{file}：已用 {keys} 个公钥加密")
_TAKEN = Words("{name}: version {version} taken, {digest}", "{name}：已启用版本 {version}，{digest}")
_REKEYED = Words("{n} packages sealed anew", "已重新加密 {n} 个包")
_PACKAGE = Words(
    "{package}: version {version} for {hubs}, {digest}", "{package}：版本 {version}，用于 {hubs}，{digest}"
)
KeyPath = Annotated[Path, typer.Option("--key", help="Your private key, as `licet package key` wrote it.")]
Secret = Annotated[str, typer.Option("--secret", help="env:NAME or file:PATH of what encrypts it; empty: nothing.")]
Out = Annotated[Path, typer.Option("-o", "--out", help="Where to write it.")]
Package = Annotated[Path, typer.Argument(help="The package.", exists=True, dir_okay=False)]


@app.command()
def key(
    name: Annotated[str, typer.Argument(help="Your name: NAME.pem and NAME.pub.pem are written.")],
    secret: Annotated[str, typer.Option("--secret", help="env:NAME or file:PATH of what encrypts it.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder.", file_okay=False)] = HERE,
    as_json: AsJson = False,
) -> None:
    """Make a key of yours to sign packages with; it stays with you, and the hub hears of its public part."""
    private, public = write_encrypted_pair(out, name, KINDS["ed25519"].generate(), read_reference(secret, HERE))
    value = {"private": str(private), "public": str(public)}
    show(value, as_json, lambda: told(_KEY_MADE, spoken()).format(**value))


@app.command()
def trust(
    public: Annotated[Path, typer.Argument(help="The public key of somebody who signs.", exists=True, dir_okay=False)],
    person: Annotated[str, typer.Option("--person", help="Whose it is.")],
    role: Annotated[str, typer.Option("--role", help="author or approver.")],
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Trust somebody's signature under packages, as author or as approver; it takes --by twice."""
    with _opened(config) as parts:
        alone, now = parts.folder.settings.profile == "dev", parts.clock.now()
        row = parts.key_desk.trust(public.read_text("utf-8", "replace"), person, role, by, now, alone=alone)
    value = {"kid": row.kid, "person": person, "role": role}
    word = _ROLES[role]
    show(value, as_json, lambda: Words(f"{row.kid}: {word}", f"{row.kid}：{word.zh}"))


@app.command()
def sign(
    name: Annotated[str, typer.Argument(help="Of the package: small letters, digits, - and _.")],
    key: KeyPath,
    out: Out,
    documents: Annotated[
        list[str] | None, typer.Argument(help="Mapping documents; none: the positions and courses of the folder.")
    ] = None,
    version: Annotated[int, typer.Option("--version", min=1, help="Above every earlier one.")] = 1,
    prev: Annotated[str, typer.Option("--prev", help="Digest of the version before; empty of the first.")] = "",
    audience: Annotated[list[str], typer.Option("--for", help="A hub by hub.name; name every one.")] = [],  # noqa: B006 - typer reads it, nobody writes it
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="So long it may be taken.")] = _LIFE_DAYS,
    secret: Secret = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Put documents with their golden cases, or rules, into a package and sign it as its author."""
    kind, files = ("mappings", documents_of(config, documents)) if documents else ("rules", rules(config))
    now, author = datetime.now(UTC), _private(key, secret)
    made = draft(kind, name, version, prev, audience, (now, now + timedelta(days=days)), files)
    out.write_bytes(signed(made, author))
    _tell(made, (author.kid,), as_json)


@app.command("sign-draft")
def sign_draft(
    source: Annotated[Path, typer.Argument(help="What `licet package rollback` wrote.", exists=True, dir_okay=False)],
    key: KeyPath,
    out: Out,
    secret: Secret = "",
    as_json: AsJson = False,
) -> None:
    """Sign a draft as its author: the content of an earlier version as a new one."""
    author, made = _private(key, secret), read_manifest(source.read_bytes())
    out.write_bytes(signed(made, author))
    _tell(made, (author.kid,), as_json)


@app.command()
def approve(package: Package, key: KeyPath, out: Out, secret: Secret = "", as_json: AsJson = False) -> None:
    """Sign a package that somebody else has signed: its files are listed; `licet package open` writes them out."""
    content, approver = package.read_bytes(), _private(key, secret)
    with within(package):
        signers = _kids(content)
    if approver.kid in signers:
        raise CallError(
            Words("you have signed this package already; another person approves it", "您已签名此包；须由另一人审批")
        )
    out.write_bytes(approved(content, approver))
    _tell(read_manifest(jose_decode(payload_of(content).encode())), (*signers, approver.kid), as_json)


@app.command()
def seal(
    package: Package,
    to: Annotated[list[Path], typer.Option("--to", help="Public keys of a hub, as `licet keys jwks` prints them.")],
    out: Out,
    as_json: AsJson = False,
) -> None:
    """Encrypt a signed package to the hubs whose keys are given; for another hub seal the same signed package again."""
    keys = [each for file in to for each in recipients(file)]
    with within(package):
        out.write_bytes(sealed(package.read_bytes(), keys))
    value = {"file": str(out), "keys": len(keys)}
    show(value, as_json, lambda: told(_SEALED, spoken()).format(**value))


@app.command("open")
def open_(
    package: Package,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write its files into this folder.")] = None,
    signed_out: Annotated[
        Path | None, typer.Option("--signed", help="Write it as it was signed, to be sealed anew.")
    ] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Open a package with the key of a hub and look at it; nothing is taken."""
    with _opened(config) as parts, within(package):
        content, found = parts.package_desk.look(package.read_bytes(), parts.clock.now())
    if signed_out is not None:
        signed_out.write_bytes(content)
    if out is not None:
        unpack(found.manifest, out)
    _tell(found.manifest, found.kids, as_json)


@app.command()
def deploy(
    package: Package,
    losing: Annotated[
        int, typer.Option("--losing", min=0, help="Rules: so many people lose something by them; you saw who.")
    ] = 0,
    config: Folder = HERE,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """Take a package: opened, verified, compared, tried, and in use a second later; else nothing changes."""
    text = package.read_bytes()
    with _opened(config) as parts, within(package):
        effects = effects_of(parts, config, text)
        if effects is not None:
            show_effects(effects, losing, spoken(), parts.folder.zone)
        row = parts.package_desk.deploy(text, by, parts.clock.now(), losing=losing)
    about = {"package": row.name, "version": row.version, "kind": row.kind, "digest": row.digest}
    about |= {} if effects is None else {"effects": effects.json()}
    words = told(_TAKEN, spoken())
    show(about, as_json, lambda: words.format(name=row.name, version=row.version, digest=row.digest[:12]))


@app.command()
def status(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Every version that was taken, who signed it, and which is in use."""
    with _opened(config) as parts:
        now, used = parts.clock.now(), {(each.row.name, each.row.version) for each in parts.stored_packages.in_use()}
        rows, zone = parts.stored_packages.rows(), parts.folder.zone
        revoked = {row.kid for row in parts.key_list.of(SIGNERS) if life_of(row).state(now) == "revoked"}
        language = spoken()
    listed = [
        {
            "package": row.name,
            "version": row.version,
            "kind": row.kind,
            "digest": row.digest,
            "taken": from_us(row.taken_at),
            "expires": from_us(row.expires_at),
            "signers": orjson.loads(row.signers),
            "state": "earlier" if (row.name, row.version) not in used else _in_use(row, now, revoked),
        }
        for row in rows
    ]
    shown = [
        {**each, "digest": str(each["digest"])[:12], "state": told(_STATES[str(each["state"])], language)}
        for each in listed
    ]
    show(listed, as_json, lambda: table(shown, _COLUMNS, zone))


@app.command()
def rollback(
    name: Annotated[str, typer.Argument(help="Of the package.")],
    out: Out,
    to: Annotated[int, typer.Option("--to", help="The version whose content comes back.")],
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Write the content of an earlier version as a draft of the next one, to be signed, approved, sealed, deployed."""
    with _opened(config) as parts:
        made = parts.package_desk.rollback(name, to, parts.clock.now())
    out.write_bytes(made.payload)
    _tell(made, (), as_json)


@app.command()
def rekey(config: Folder = HERE, by: By = "operator", as_json: AsJson = False) -> None:
    """Seal what was taken anew to the key of the hub that is in use now; no signature is touched."""
    with _opened(config) as parts:
        rows = parts.package_desk.rekey(by, parts.clock.now())
    show({"packages": len(rows)}, as_json, lambda: told(_REKEYED, spoken()).format(n=len(rows)))


@contextmanager
def _opened(path: Path) -> Iterator[Assembly]:
    """The parts of a folder as it stands: its rules may have to come from the very package that is dealt with."""
    with Assembly(read_folder(path)) as parts:
        yield parts


def _in_use(row: PackageRow, now: datetime, revoked: Collection[str]) -> str:
    """What a person must know of a package in use: it stays so, whatever became of who signed it, until they act."""
    if set(orjson.loads(row.signers)) & set(revoked):
        return "revoked"
    return "expired" if from_us(row.expires_at) <= now else "in use"


def _private(path: Path, secret: str) -> OwnKey:
    passphrase = read_reference(secret, HERE) if secret else None
    found = read_private(path.read_bytes(), "ed25519", str(path), passphrase)
    kid = str(public_jwk(found.public_key(), "ed25519")["kid"])
    return OwnKey(kid, "ed25519", found)


def _kids(package: bytes) -> tuple[str, ...]:
    payload_of(package)  # it is a signed package
    heads = [json.loads(jose_decode(each["protected"].encode())) for each in orjson.loads(package)["signatures"]]
    return tuple(str(each.get("kid")) for each in heads)


def _tell(manifest: Manifest, kids: Sequence[str], as_json: bool) -> None:
    known: dict[str, Any] = {
        "package": manifest.package,
        "version": manifest.version,
        "kind": manifest.kind,
        "prev": manifest.prev,
        "for": manifest.audience,
        "expires": manifest.expires_at.isoformat(),
        "digest": manifest.digest,
        "signers": list(kids),
        "files": {path: file.sha256 for path, file in manifest.files.items()},
    }
    head = told(_PACKAGE, spoken()).format(**known, hubs=", ".join(manifest.audience))
    files = [f"  {file.sha256[:12]}  {path}" for path, file in manifest.files.items()]
    show(known, as_json, lambda: "\n".join([head, *files]))
