"""Certificates of what the hub issued: listed, shown, written out, and checked when somebody shows one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.certificates.asking import listed_state
from hub.certificates.registry import Kept
from hub.certificates.signature import published, read_keys, unproven, verified
from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import DONE, WRONG, AsJson, show
from hub.cli.tables import members, table
from hub.config.folder import is_hub_folder
from schemas.certificate import Certificate
from schemas.errors import CallError, TrustError, UnavailableError
from schemas.words import Words

app = typer.Typer(no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="Who does it; otherwise the account of this machine.")]

_COLUMNS = (
    "number",
    "credential",
    "position",
    "known_by",
    "manner",
    "first_day",
    "last_valid_day",
    "state",
    "since",
    "by",
)
_MOST = 32 << 20


@app.command("list")
def list_(person: str, config: Folder = HERE, as_json: AsJson = False, by: By = "") -> None:
    """All certificates of a person, by employee number. Reading them leaves an entry."""
    with opened(config) as parts:
        rows = [_row(each) for each in parts.certificates.of_person(person, by)]
    show(rows, as_json, lambda: table(rows, _COLUMNS, parts.folder.zone))


@app.command("show")
def show_(number: str, config: Folder = HERE, as_json: AsJson = False, by: By = "") -> None:
    """What one certificate says, and how it stands now."""
    with opened(config) as parts:
        kept = parts.certificates.numbered(number, by)
    found = {**kept.certificate.model_dump(mode="json"), **_standing(kept)}
    show(found, as_json, lambda: members(found))


@app.command()
def export(
    number: str,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to write NUMBER.pdf and NUMBER.jws into.")] = HERE,
    config: Folder = HERE,
    as_json: AsJson = False,
    by: By = "",
) -> None:
    """Write a certificate as PDF and as signed facts (JWS); again, they are the same bytes."""
    with opened(config) as parts:
        kept = parts.certificates.numbered(number, by)
        page = parts.certificates.page(kept)
    out.mkdir(parents=True, exist_ok=True)
    name = "".join(each if each.isalnum() or each in "-_." else "_" for each in number)
    files = {"pdf": page, "jws": kept.signed.encode()}
    for kind, content in files.items():
        (out / f"{name}.{kind}").write_bytes(content)
    written = {kind: str(out / f"{name}.{kind}") for kind in files}
    show(written, as_json, lambda: "\n".join(written.values()))


@app.command()
def key(config: Folder = HERE, as_json: AsJson = True) -> None:
    """The public key by which anybody can check a certificate, as a set of JWK: publish it."""
    with opened(config) as parts:
        found = published(parts.signer.public)
    show(found, as_json, lambda: members(found))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A certificate: PDF or JWS.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="The hub's public key: PEM, JWK or JWK set; for strangers, offline.")
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="With --key: ask the issuer's public lists whether it still holds.")
    ] = False,
    config: Folder = HERE,
    as_json: AsJson = False,
    by: By = "",
) -> None:
    """Check a certificate that somebody shows: PDF, or the text of its code. With --online or the hub's folder: also
    whether it still holds.
    """
    content = _content(file)
    signed = _signed_in(content)
    if key is not None:
        found = _by_key(signed, key, online=online)
    elif is_hub_folder(config):
        found = _by_hub(signed, content, config, by)
    else:
        raise CallError(
            Words(
                "found neither --key nor a hub folder; expected the published key, or -c FOLDER",
                "既无 --key 也无配置目录；请给出公布的公钥，或 -c 目录",
            )
        )
    show(found, as_json, lambda: members(found))
    raise typer.Exit(DONE if found["state"] in ("holds", "not_asked") else WRONG)


def _content(file: Path) -> bytes:
    with file.open("rb") as opened_file:
        found = opened_file.read(_MOST + 1)
    if len(found) > _MOST:
        raise CallError(
            Words(
                f"{file}: more than {_MOST} bytes; expected a certificate", f"{file}：超过 {_MOST} 字节；应为证书文件"
            )
        )
    return found


def _signed_in(content: bytes) -> str:
    if not content.startswith(b"%PDF-"):
        return content.decode("utf-8", "replace").strip()
    from hub.certificates.attachment import attached_to  # noqa: PLC0415 - takes a fifth of a second, for this alone

    return attached_to(content)


def _by_key(signed: str, key: Path, *, online: bool) -> dict[str, Any]:
    """What is signed, and by nobody else; whether it was taken back since, its issuer's lists say."""
    keys = read_keys(key.read_text(encoding="utf-8", errors="replace"))
    certificate = verified(signed, keys)
    now = datetime.now(UTC)
    is_out = "over" if now >= certificate.ends_at else "not_yet" if now < certificate.valid_from else ""
    try:
        state = listed_state(certificate, keys, now) if online else "not_asked"
    except UnavailableError:
        if not is_out:
            raise
        state = is_out
    state = is_out or state
    return {"signature": "good", "state": state, **_shown(certificate)}


def _by_hub(signed: str, content: bytes, config: Path, by: str) -> dict[str, Any]:
    with opened(config) as parts:
        try:
            kept = parts.certificates.shown(signed, by)
        except TrustError as error:
            return {"signature": "bad", "state": "forged", "why": error.message}
    if kept is None:
        return {"signature": "good", "state": "not_known_here", **_shown(unproven(signed))}
    page = {"page": "as_exported" if content == kept.page else "other"} if content.startswith(b"%PDF-") else {}
    return {"signature": "good", **_standing(kept), **page, **_shown(kept.certificate)}


def _shown(certificate: Certificate) -> dict[str, Any]:
    return certificate.model_dump(mode="json")


def _standing(kept: Kept) -> dict[str, Any]:
    state, since, replaced_by = kept.standing
    return {"state": state, "since": None if since is None else since.isoformat(), "by": replaced_by or None}


def _row(kept: Kept) -> dict[str, Any]:
    facts = kept.certificate
    named = {"credential": facts.credential.id, "position": facts.position.id}
    days = {"first_day": facts.first_day.isoformat(), "last_valid_day": facts.last_valid_day.isoformat()}
    return {
        "number": facts.number,
        **named,
        "known_by": facts.known_by,
        "manner": facts.manner,
        **days,
        **_standing(kept),
    }
