"""What a certification authority runs: whether a hub takes its pushes as agreed."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from connectors.absence import code_of
from connectors.envelope.xml import require_library
from connectors.simulators.authority_trial import Outcome, Peer, Trial
from connectors.simulators.proving_ways import Sealed, Signature, Way, Webhook
from hub.cli.language import spoken
from hub.cli.output import WRONG, AsJson, json_line, say
from schemas.errors import CallError, SettingError, UnavailableError
from schemas.system import why_not
from schemas.words import Words, named, told

app = typer.Typer(no_args_is_help=True)
_PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey
_KINDS = {
    "http-signature": (Ed25519PrivateKey,),
    "webhook": (Ed25519PrivateKey,),
    "sealed": (Ed25519PrivateKey, EllipticCurvePrivateKey),
    "xml": (RSAPrivateKey, EllipticCurvePrivateKey),
}
_USES = {"sealed": ("EC", "OKP"), "xml": ("RSA",)}
_NOBODY = "licet-trial-nobody"
_REFUSED = "call.refused"
_SUM = Words("{good} of {all} as agreed", "{all} 项中 {good} 项符合约定")
_EXPECTED = Words("expected", "应为")


class Profile(StrEnum):
    """How the authority proves itself, as the hub's operator has set it."""

    HTTP_SIGNATURE = "http-signature"
    WEBHOOK = "webhook"
    SEALED = "sealed"
    XML = "xml"


@app.callback()
def _authority() -> None:
    """For certification authorities that push to a hub."""


@app.command("try")
def try_(
    url: Annotated[str, typer.Argument(help="The address that the hub gave to you: https://HOST/in/NAME.")],
    source: Annotated[str, typer.Option("--source", help="Your CloudEvents source: urn:authority:NAME.")],
    scheme: Annotated[str, typer.Option("--scheme", help="A credential of yours that the hub knows.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="Your private key, PEM without a passphrase.", exists=True)
    ] = None,
    kid: Annotated[str, typer.Option("--kid", help="Name of that key as it is registered at the hub.")] = "",
    secret: Annotated[
        Path | None, typer.Option("--secret-file", help="For webhook: a file with whsec_…", exists=True)
    ] = None,
    profile: Annotated[Profile, typer.Option("--profile", help="What was agreed on.")] = Profile.HTTP_SIGNATURE,
    audience: Annotated[str, typer.Option("--audience", help="The hub's name in your events, if agreed on.")] = "",
    holder: Annotated[
        str, typer.Option("--holder", help="A test person of the hub; empty: nobody, so that all is held.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Push test events to a hub and compare each answer with what is promised; exit 1 if one differs.

    They speak of a certificate number that is new each time and end with its revocation.
    """
    language = spoken()
    about = {"number": f"TRIAL-{uuid4().hex[:12]}", "credential": scheme, "holder": holder or _NOBODY}
    peer = Peer(url, time.sleep)
    try:
        way = _way(profile.value, url, key, kid, secret, audience, peer)
        trial = Trial(peer, way, source, about | ({"hubaud": audience} if audience else {}), _now, lambda: uuid4().hex)
        outcomes = list(_shown(trial.run(), as_json, language))
    except OSError as error:
        why = why_not(error)
        raise UnavailableError(code_of(error), Words(f"{url}: {why}", f"{url}：{why.zh}")) from error
    good = sum(each.wrong is None for each in outcomes)
    if not as_json:
        say(told(_SUM, language).format(good=good, all=len(outcomes)))
    if good < len(outcomes):
        raise typer.Exit(WRONG)


def _shown(outcomes: Iterator[Outcome], as_json: bool, language: str) -> Iterator[Outcome]:
    for each in outcomes:
        sent, wrong = told(each.sent, language), told(each.wrong or "", language)
        if as_json:
            print(json_line({"sent": sent, "found": each.found, "expected": wrong, "good": not wrong}), flush=True)
        else:
            say(
                f"{'✗' if wrong else '✓'} {sent}: {each.found}"
                + (f" — {told(_EXPECTED, language)} {wrong}" * bool(wrong))
            )
        yield each


def _way(profile: str, url: str, file: Path | None, kid: str, secret: Path | None, audience: str, peer: Peer) -> Way:
    if profile == "webhook" and secret is not None:
        try:
            return Webhook.of_secret(secret.read_text(encoding="utf-8"))
        except ValueError as error:
            raise CallError(
                Words(
                    "--secret-file: expected a secret that begins with whsec_", "--secret-file：应为 whsec_ 开头的密钥"
                )
            ) from error
    key = _key(profile, file)
    if profile == "webhook":
        assert isinstance(key, Ed25519PrivateKey)
        return Webhook(key)
    if not kid:
        raise SettingError(
            Words("none", "未填写"), Words("the name of your key", "密钥名称"), setting="--kid", code=_REFUSED
        )
    if profile == "http-signature":
        assert isinstance(key, Ed25519PrivateKey)
        return Signature(url, key, kid)
    to = _key_of_the_hub(profile, peer)
    if profile == "xml":
        require_library()
        from connectors.simulators.proving_xml import SealedXml  # noqa: PLC0415 - its library is an extra

        assert not isinstance(key, Ed25519PrivateKey)
        return SealedXml(key, kid, to)
    assert not isinstance(key, RSAPrivateKey)
    return Sealed(key, kid, to, audience)


def _key(profile: str, file: Path | None) -> _PrivateKey:
    if file is None:
        raise SettingError(
            Words("none", "未填写"),
            Words("the file of your private key", "私钥文件"),
            setting="--key",
            code=_REFUSED,
        )
    try:
        found = load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise CallError(
            Words("--key: expected a private key in PEM form, not encrypted", "--key：应为未加密的 PEM 私钥")
        ) from error
    kinds = _KINDS[profile]
    if isinstance(found, kinds):
        return found
    names = " / ".join(kind.__name__.removesuffix("PrivateKey") for kind in kinds)
    raise SettingError(
        named(type(found).__name__.removesuffix("PrivateKey")), named(names), setting="--key", code=_REFUSED
    )


def _key_of_the_hub(profile: str, peer: Peer) -> Mapping[str, Any]:
    """The key that the hub publishes to be sealed to.

    Raises:
        UnavailableError: It publishes none.
    """
    for each in peer.published_keys():
        if each.get("use") == "enc" and each.get("kty") in _USES[profile]:
            return each
    raise UnavailableError(
        "peer.bad-answer",
        Words(
            "the hub publishes no key to seal to at /.well-known/jwks.json (`licet keys new`)",
            "平台未在 /.well-known/jwks.json 公布用于加密的公钥（`licet keys new`）",
        ),
    )


def _now() -> datetime:
    return datetime.now(UTC)
