"""What an integrator sets for one system that posts."""

from binascii import Error as Base64Error
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectors.envelope.received_webhook import COVERED, LEAST_SECRET
from connectors.envelope.standard_webhook import key_of
from connectors.key_set import KeySetSettings
from connectors.keys import KeyRecord
from schemas.record import ZoneName
from schemas.words import Words

Profile = Literal["token", "password", "webhook", "http-signature", "sealed", "xml"]
SEALING = ("sealed", "xml")
_BY_KEY = ("webhook", "http-signature", "sealed", "xml")
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
"""What the mapping may read of a request is kept beside its body: never what proves who sent it."""
HeaderName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class Settings(BaseModel):
    """What an integrator sets for one system."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    profile: Profile = Field(
        description="How the sender proves itself: a token in a header, HTTP Basic (password), Standard Webhooks, an"
        " HTTP message signature (RFC 9421), or a message that is signed and encrypted to the hub (sealed: JWS in JWE;"
        " xml: XML-DSig in XML-Enc, extra licet[xml])."
    )
    secret: SecretStr | None = Field(
        default=None, min_length=16, description="The token, the password, or the secret of Standard Webhooks."
    )
    user: str | None = Field(default=None, pattern=r"^[^:\x00-\x1f\x7f]+$", description="Basic user.")
    token_header: HeaderName = Field(
        default="authorization", description="Header of the token; in `authorization` it stands behind `Bearer`."
    )
    keys: tuple[KeyRecord, ...] = Field(
        default=(), description="Its public keys; others are entered by `licet keys enter`."
    )
    key_set: KeySetSettings | None = Field(
        default=None, description="Where it publishes its keys, asked again and again."
    )
    audience: str = Field(default="", description="Our name in its sealed messages (aud).")
    media: tuple[str, ...] = Field(
        default=("application/json",), min_length=1, description="Media types that are taken, without parameters."
    )
    form: str = Field(default="", description="Form of the mapping document; empty where it has one alone.")
    id_header: HeaderName | None = Field(default=None, description="Header with the sender's own id of a message.")
    headers: tuple[HeaderName, ...] = Field(
        default=(), description="Headers that the mapping document may read; a signature must cover them."
    )
    query: tuple[str, ...] = Field(
        default=(), description="Parameters of the URL that the mapping document may read; no secret."
    )
    zone: ZoneName | None = Field(default=None, description="Zone of its local times, for the mapping document.")
    answer_status: int = Field(default=200, ge=200, le=299, description="What a message that is kept is answered with.")
    answer_body: str = Field(default="", max_length=1024, description='Such as {"code":0}; empty: what became of it.')

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for wrong, words in (*self._proof(), *self._read()):
            if wrong:
                raise ValueError(words)
        if self.profile == "webhook" and self.secret is not None:
            webhook_key(self.secret)
        return self

    def _proof(self) -> Iterator[tuple[bool, Words]]:
        yield (
            (self.profile == "password") != bool(self.user),
            Words(
                "user: expected with profile password, and with no other",
                "user：仅且必须用于 profile = password",
            ),
        )
        yield (
            self.profile in ("token", "password") and self.secret is None,
            Words(f"secret: the {self.profile} of this system", "secret：该系统的令牌或口令"),
        )
        yield (
            self.profile in ("http-signature", *SEALING) and self.secret is not None,
            Words(
                f"no secret: profile {self.profile} goes by keys", f"secret：profile = {self.profile} 使用密钥，不填"
            ),
        )
        yield (
            self.profile not in _BY_KEY and bool(self.keys or self.key_set),
            Words(f"no keys: profile {self.profile} goes by a secret", f"keys：profile = {self.profile} 不使用密钥"),
        )
        yield (
            (self.profile == "sealed") != bool(self.audience),
            Words(
                "audience: our name in sealed messages, with profile sealed and no other",
                "audience：本系统在加密消息中的名称，仅且必须用于 profile = sealed",
            ),
        )

    def _read(self) -> Iterator[tuple[bool, Words]]:
        secret = sorted({*_SECRET_HEADERS, self.token_header} & set(self.headers))
        yield (
            bool(secret),
            Words(
                f"headers: {secret[:1]} holds a secret, which nobody keeps",
                f"headers：{secret[:1]} 含有密钥，不得留存",
            ),
        )
        yield (
            self.profile in SEALING and bool(self.headers or self.query or self.id_header),
            Words(
                "no headers, query or id_header: what stands beside a sealed message is proven by nothing",
                "headers、query、id_header：加密消息之外的内容无从证明来源，不填",
            ),
        )
        named = {*self.headers, *([self.id_header] if self.id_header else ())}
        yield (
            self.profile == "webhook" and bool(self.query or named - {*COVERED}),
            Words(
                f"headers, id_header: {' or '.join(COVERED)}, and no query: a signature by Standard Webhooks covers"
                " nothing else beside the body",
                f"headers、id_header：仅限 {'、'.join(COVERED)}，query 不填：Standard Webhooks 签名不覆盖报文以外的"
                "其他内容",
            ),
        )


def webhook_key(secret: SecretStr) -> bytes:
    """The bytes of a secret of Standard Webhooks; a ``ValueError`` if it is none, or short."""
    try:
        key = key_of(secret)
    except (Base64Error, ValueError):
        key = b""
    if len(key) < LEAST_SECRET:
        raise ValueError(
            Words(
                f"secret: expected whsec_ and base64 of {LEAST_SECRET} bytes at least",
                f"secret：应为 whsec_ 后接至少 {LEAST_SECRET} 字节的 base64",
            )
        )
    return key
