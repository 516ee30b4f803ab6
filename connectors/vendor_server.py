"""A server of a vendor's own ways: a log-in for a token, tokens in the URL, Digest, signatures."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import Field, SecretStr, model_validator

from connectors.authorization import Authorization, Fixed, Given, LogIn
from connectors.digest import DigestClient
from connectors.envelope.outgoing import Envelope, Message
from connectors.http import MAX_ANSWER, Answer, Pairs, Parameters
from connectors.server import Server, ServerSettings
from connectors.signing import Form, Hash, SignedName, SignedPart, Signing
from schemas.errors import PayloadError, RejectedError, UnavailableError
from schemas.pointer import at, text_of
from schemas.reading import read_json
from schemas.transmission import NOTHING
from schemas.words import Words

_LONGEST_LIFE = 10 * 366 * 86_400.0
"""What says that it is good for longer is an instant, and no length."""
_MOST_LOG_IN = 64 * 1024
_DEADLINE_SECONDS = 15.0
Pointer = Annotated[str, Field(pattern=r"^(/[^/]*)*$", max_length=256)]
Value = str | int | bool
Placed = Literal["query", "json", "form"]


class VendorSettings(ServerSettings, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets so that a server of a vendor's own ways lets us in."""

    token_parameter: str = Field(default="", description="Parameter of the URL in which a token stands instead.")
    digest: bool = Field(default=False, description="It wants user and password by Digest instead of Basic.")
    login_url: str = Field(default="", description="Where a log-in is sent that gives a token.")
    login_send: Placed = Field(default="json", description="Where what it wants goes: into a POST; query: into a GET.")
    login_parameters: dict[str, Value] = Field(default_factory=dict, description="What it wants, but for the secret.")
    login_secret: SecretStr | None = Field(default=None, description="The secret.")
    login_secret_parameter: str = Field(default="", description="Name of the secret.")
    login_token_at: Pointer = Field(default="/token", description="Where the answer has the token.")
    login_seconds_at: Pointer | None = Field(default=None, description="Where it says how many seconds it is good.")
    login_seconds: float = Field(
        default=3600.0, gt=0, le=31 * 86_400, description="How many, where it does not say so."
    )
    sign_key: str = Field(default="", description="Our key, where requests are signed in a form of the vendor's.")
    sign_secret: SecretStr | None = Field(default=None, description="Its secret.")
    sign_parts: tuple[SignedPart, ...] = Field(
        default=(), description="What is signed, in its order; `sorted`: a=1&b=2 by name, `sorted_bare`: a1b2."
    )
    sign_joint: str = Field(default="", max_length=8, description="What stands between two parts.")
    sign_keyed: bool = Field(default=True, description="HMAC; otherwise a plain hash, with the secret as a part.")
    sign_hash: Hash = Field(default="sha256", description="The hash.")
    sign_written: Literal["hex", "HEX", "base64"] = Field(default="hex", description="How the signature is written.")
    sign_clock: Literal["seconds", "milliseconds"] = Field(default="seconds", description="How the instant is.")
    sign_place: Literal["header", "query"] = Field(default="header", description="Where signature and key stand.")
    sign_names: dict[SignedName, str] = Field(
        default_factory=dict, description="What they are called there; what has no name is not sent."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for wrong, en, zh in (*self._log_in(), *self._signature()):
            if wrong:
                raise ValueError(Words(en, zh))
        return self

    def _log_in(self) -> list[tuple[bool, str, str]]:
        other = bool(self.token or self.token_file or self.user or self.oauth_url)
        return [
            (
                bool(self.login_url) and other,
                "one way to prove who we are, not login_url and another",
                "只填写一种身份凭据，login_url 不可与其他凭据同时使用",
            ),
            (
                bool(self.login_url) != bool(self.login_secret and self.login_secret_parameter),
                "login_url, login_secret and login_secret_parameter together",
                "login_url、login_secret 与 login_secret_parameter 同时填写",
            ),
            (
                bool(self.token_header and self.token_parameter),
                "token_header or token_parameter, not both",
                "token_header 与 token_parameter 只填其一",
            ),
            (
                bool(self.token_parameter) and not (self.token or self.token_file or self.oauth_url or self.login_url),
                "token_parameter: expected with a token",
                "token_parameter：须与令牌一同填写",
            ),
        ]

    def _signature(self) -> list[tuple[bool, str, str]]:
        signed = bool(self.sign_secret)
        return [
            (self.digest and not self.user, "digest: expected with user", "digest：须与 user 一同填写"),
            (
                self.digest and signed,
                "digest: with nothing else that proves it",
                "digest：不可与其他身份凭据同时使用",
            ),
            (
                signed != bool(self.sign_parts and "signature" in self.sign_names),
                "sign_secret, sign_parts and a name of signature in sign_names together",
                "sign_secret、sign_parts 与 sign_names 中的 signature 同时填写",
            ),
            (
                signed and not self.sign_keyed and "secret" not in self.sign_parts,
                "sign_parts: expected secret among them, as nothing else is secret in a plain hash",
                "sign_parts：普通哈希须包含 secret",
            ),
        ]


class VendorServer(Server):
    """One such server. ``now`` is the instant of a signature; ``counted`` hears of every request, log-ins included.

    ``require`` is given what a log-in answered, and raises what is wrong with it; ``envelope`` proves each request.
    """

    def __init__(
        self,
        settings: VendorSettings,
        headers: Mapping[str, str],
        max_answer: int = MAX_ANSWER,
        *,
        now: Callable[[], datetime],
        counted: Callable[[], None] = lambda: None,
        require: Callable[[Any], None] = lambda _value: None,
        envelope: Envelope | None = None,
    ) -> None:
        self._envelope = envelope
        self._vendor, self._now, self._counted, self._require = settings, now, counted, require
        super().__init__(settings, headers, max_answer)
        self._signing = _signing(settings)
        self._digest = None
        if settings.digest and settings.password is not None:
            self._digest = DigestClient(self._client, settings.user, settings.password.get_secret_value())

    def _once(
        self,
        method: str,
        path: str,
        deadline_s: float,
        write: bool,
        headers: Mapping[str, str],
        query: Parameters,
        body: bytes | None,
        heard: Collection[int],
    ) -> Answer:
        shown: Mapping[str, str] = self._authorization.headers()
        pairs: Pairs = tuple(query.items() if isinstance(query, Mapping) else query)
        if self._vendor.token_parameter:
            pairs, shown = (*(each for each in pairs if each[0] not in shown), *shown.items()), NOTHING
        if self._signing is not None:
            pairs = tuple(each for each in pairs if each[0] not in self._vendor.sign_names.values())
            signed = self._signing.sign(method, self._client.path + path, pairs, body or b"", self._now())
            pairs, shown = (*pairs, *signed.query), {**shown, **signed.headers}
        if self._envelope is not None:
            told = {**headers, **shown}
            message = Message(
                method, self._client.url(path, pairs), told.get("content-type", ""), body or b"", _key(told)
            )
            closed = self._envelope.close(message, self._now())
            shown, body = {**shown, **closed.headers}, closed.body or None
        self._counted()
        client = self._digest or self._client
        return client.call(
            method,
            path,
            deadline_s=deadline_s,
            write=write,
            query=pairs,
            headers={**headers, **shown},
            body=body,
            heard=heard,
        )

    def _proof(self, settings: ServerSettings) -> Authorization:
        if self._vendor.login_url:
            return self._log_in()
        return Fixed({}) if self._vendor.digest else super()._proof(settings)

    def _held(self, token: str) -> Mapping[str, str]:
        """How a request carries a token: in a header, or (``_once``) as a parameter of its URL."""
        name = self._vendor.token_parameter
        return {name: token} if name else super()._held(token)

    def _log_in(self) -> LogIn:
        settings, split = self._vendor, urlsplit(self._vendor.login_url)
        client = self._reaching(f"{split.scheme}://{split.netloc}", {"accept": "application/json"}, _MOST_LOG_IN)
        assert settings.login_secret is not None
        secret = {settings.login_secret_parameter: settings.login_secret.get_secret_value()}
        method = "GET" if settings.login_send == "query" else "POST"
        query, media, body = placed(settings.login_send, method, {**settings.login_parameters, **secret})
        query = (*parse_qsl(split.query, keep_blank_values=True), *query)

        def ask() -> Answer:
            self._counted()
            # A token that is given and lost does no harm: for us this is a read.
            path, seconds = split.path or "/", _DEADLINE_SECONDS
            return client.call(method, path, deadline_s=seconds, write=False, query=query, headers=media, body=body)

        return LogIn(ask, self._given, self._held, seconds=settings.login_seconds)

    def _given(self, answer: Answer) -> Given:
        """The token of a log-in; what refuses us is told from what cannot be read."""
        settings = self._vendor
        if answer.status != 200:
            raise RejectedError(
                "peer.auth",
                Words(
                    f"login_url: answered {answer.status}; check the log-in of this connector",
                    f"login_url：应答 {answer.status}；请检查此连接器的登录设置",
                ),
            )
        try:
            value = read_json(answer.body)
        except PayloadError as error:
            told = Words(
                f"login_url: found an answer that is no JSON ({error.code}), expected one",
                f"login_url：应答不是 JSON（{error.code}），应为 JSON",
            )
            raise UnavailableError("peer.bad-answer", told) from error
        self._require(value)
        token = text_of(at(value, settings.login_token_at))
        if token is None:
            told = Words(
                f"login_url: found no token at {settings.login_token_at}, expected one",
                f"login_url：{settings.login_token_at} 处没有令牌，应有令牌",
            )
            raise UnavailableError("peer.bad-answer", told)
        return Given(token, _seconds(value, settings.login_seconds_at))


def _key(headers: Mapping[str, str]) -> str:
    """What a message is the same by each time that it is sent."""
    return headers.get("idempotency-key", "")


def _seconds(value: Any, pointer: str | None) -> float:
    found = text_of(at(value, pointer)) if pointer else None
    if found is None or not found.isascii() or not found.isdigit():
        return 0.0
    return float(found) if float(found) <= _LONGEST_LIFE else 0.0


def _signing(settings: VendorSettings) -> Signing | None:
    if settings.sign_secret is None:
        return None
    form = Form(
        parts=settings.sign_parts,
        names=settings.sign_names,
        joint=settings.sign_joint,
        place=settings.sign_place,
        keyed=settings.sign_keyed,
        digest=settings.sign_hash,
        written=settings.sign_written,
        clock=settings.sign_clock,
    )
    return Signing(form, settings.sign_key, settings.sign_secret.get_secret_value())


def placed(where: Placed, method: str, content: Mapping[str, Value]) -> tuple[Pairs, Mapping[str, str], bytes | None]:
    """Parameters of the URL, content type and body of a request that carries content in the one or the other.

    In JSON a name such as /page/no leads into an object of its own.
    """
    pairs = tuple((name, _plain(value)) for name, value in content.items())
    if where == "form":
        return (), {"content-type": "application/x-www-form-urlencoded"}, urlencode(pairs).encode()
    if where == "json":
        text = json.dumps(nested(content), ensure_ascii=False, separators=(",", ":"))
        return (), {"content-type": "application/json"}, text.encode()
    return pairs, NOTHING, b"" if method == "POST" else None


def nested(content: Mapping[str, Value]) -> dict[str, Any]:
    """Content by name, where a name such as /page/no leads into an object of its own."""
    tree: dict[str, Any] = {}
    for name, value in content.items():
        steps = name.split("/")[1:] if name.startswith("/") else [name]
        inner = tree
        for step in steps[:-1]:
            inner = inner.setdefault(step, {})
        inner[steps[-1]] = value
    return tree


def _plain(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
