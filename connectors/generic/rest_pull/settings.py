"""What an integrator sets for one system that is asked."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectors.signing import Hash, SignedName, SignedPart
from schemas.record import ZoneName
from schemas.words import Words

Pointer = Annotated[str, Field(pattern=r"^(/[^/]*)*$", max_length=256)]
Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Value = str | int | bool
TIME_FORMATS = ("iso", "iso_ms", "iso_offset", "local", "local_minutes", "date", "compact", "seconds", "milliseconds")
TimeFormat = Literal[
    "iso", "iso_ms", "iso_offset", "local", "local_minutes", "date", "compact", "seconds", "milliseconds"
]
_PAGED_BY: dict[str, tuple[str, ...]] = {
    "page": ("page_parameter",),
    "offset": ("page_parameter", "size_parameter"),
    "cursor": ("page_parameter",),
    "next_url": ("next_at",),
}


class Settings(BaseModel):
    """What an integrator sets for one system that is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    # the request
    url: str = Field(description="What is asked for, for example https://cloud.example/api/v1/records.")
    method: Literal["GET", "POST"] = Field(default="GET", description="How it is asked; a POST must change nothing.")
    query: dict[str, str] = Field(default_factory=dict, description="Parameters of the URL of every request.")
    headers: dict[Header, str] = Field(default_factory=dict, description="Headers of every request; no secret.")
    send: Literal["query", "json", "form"] = Field(
        default="query",
        description="Where `parameters`, pages and times go: into the URL, or into the body of a POST. In JSON a name "
        "such as /page/no is a pointer, and numbers are numbers.",
    )
    parameters: dict[str, Value] = Field(default_factory=dict, description="What else goes there.")

    # the answer
    answer: Literal["json", "xml", "text"] = Field(
        default="json", description="What an answer is; of a text nothing is read here."
    )
    form: str = Field(default="", description="Form of the mapping document; empty where it has one alone.")
    zone: ZoneName | None = Field(default=None, description="Zone of its local times, here and in the document.")
    success_at: Pointer | None = Field(default=None, description="Where an answer says whether it is one: /code.")
    success_is: tuple[str, ...] = Field(
        default=("0", "200", "true"), min_length=1, description="What stands there of a good one, as JSON writes it."
    )
    expired_is: tuple[str, ...] = Field(default=(), description="What stands there when the token has run out.")
    busy_is: tuple[str, ...] = Field(default=(), description="What stands there when it is asked too often.")
    message_at: Pointer | None = Field(
        default=None, description="Where its words for people stand, which are shown with a failure; no secret."
    )
    items: Pointer | None = Field(
        default=None, description="Where the list of items is; an answer whose list is empty brings nothing."
    )

    # pages
    pages: Literal["none", "page", "offset", "cursor", "next_url", "link"] = Field(
        default="none",
        description="How further pages are asked for: by number, by how many items came, by a cursor of the last "
        "answer, by a URL in it, or by its Link header.",
    )
    page_parameter: str = Field(default="", description="Name of the number, offset or cursor.")
    first_page: int = Field(default=1, ge=0, description="Number of the first page.")
    size_parameter: str = Field(default="", description="Name of how many items a page shall have.")
    page_size: int = Field(default=100, ge=1, le=100_000, description="How many that is.")
    next_at: Pointer | None = Field(default=None, description="Where an answer has the next cursor or URL.")
    last_at: Pointer | None = Field(
        default=None, description="Where the last item of an answer has it (its id), for servers that want that."
    )
    last_cursors: tuple[str, ...] = Field(
        default=("",), description="Cursors that mean the end, beside one that is not there."
    )
    more_at: Pointer | None = Field(default=None, description="Where an answer says true if there is another page.")
    total_at: Pointer | None = Field(default=None, description="Where it says how many items there are in all.")
    pages_at: Pointer | None = Field(default=None, description="Where it says how many pages there are in all.")
    most_pages: int = Field(default=10_000, ge=1, le=1_000_000, description="More pages are taken for a mistake.")
    keep_cursor: bool = Field(
        default=False, description="A round begins with the last cursor of the one before (feeds of changes)."
    )

    # time
    since_parameter: str = Field(default="", description="Name of the instant from which on items are asked for.")
    until_parameter: str = Field(default="", description="Name of the instant until which.")
    time_format: TimeFormat = Field(
        default="iso",
        description="How they are written: 2026-03-02T01:00:00Z, the same with .000Z or the offset of `zone`; local in "
        "`zone`: 2026-03-02 09:00:00, without seconds, the date alone, 20260302090000; or Unix time.",
    )
    start: datetime | date | None = Field(default=None, description="From when on, at the very first.")
    overlap_seconds: int = Field(
        default=300,
        ge=0,
        le=31 * 86_400,
        description="How long before the end of the last window a window begins: at least as late as the system may "
        "hear of things, and as its clock may differ. What comes twice counts once.",
    )
    behind_seconds: int = Field(default=0, ge=0, le=86_400, description="How long before now a window ends.")
    window_seconds: int | None = Field(
        default=None, ge=60, le=366 * 86_400, description="Longest window that it takes; a longer time is cut up."
    )
    complete: bool = Field(
        default=False,
        description="What happened is known there after `overlap_seconds` at the latest: then what is missing did not "
        "happen. Otherwise that stays unknown.",
    )

    # who we are
    token: SecretStr | None = Field(default=None, description="Bearer token, or key of the API.")
    token_file: Path | None = Field(
        default=None, description="File that holds the token, from the hub folder; read anew whenever it has changed."
    )
    token_header: str = Field(
        default="", pattern=r"^[A-Za-z0-9-]*$", description="Header of its own in which a token stands, bare."
    )
    token_parameter: str = Field(default="", description="Or: parameter of the URL in which it stands.")
    user: str = Field(default="", description="User, where it wants a password (Basic).")
    password: SecretStr | None = Field(default=None, description="Password of that user.")
    digest: bool = Field(default=False, description="It wants user and password by Digest instead of Basic.")
    oauth_url: str = Field(default="", description="Where tokens are given for client credentials (OAuth 2).")
    oauth_client_id: str = Field(default="", description="Our id there.")
    oauth_client_secret: SecretStr | None = Field(default=None, description="Our secret there.")
    oauth_scope: str = Field(default="", description="Scope to ask for there, if it wants one.")
    login_url: str = Field(default="", description="Where a log-in is posted that gives a token.")
    login_send: Literal["json", "form", "query"] = Field(
        default="json", description="Where what it wants goes; query: a GET."
    )
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

    # how much
    requests_per_minute: float | None = Field(
        default=None, gt=0, le=60_000, description="So often at most it is asked, log-ins included, evenly."
    )
    deadline_seconds: float = Field(default=15.0, gt=0, le=300, description="Longest wait for an answer.")
    most_bytes: int = Field(
        default=16 << 20, ge=1024, le=256 << 20, description="Longest answer, after unpacking, in bytes."
    )
    proxy_url: str = Field(default="", description="Forward proxy through which alone it connects: http://HOST:PORT.")
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses, there also without TLS."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for wrong, en, zh in (*self._request(), *self._pages(), *self._times(), *self._proof()):
            if wrong:
                raise ValueError(Words(en, zh))
        return self

    def _request(self) -> list[tuple[bool, str, str]]:
        body = self.send != "query"
        return [
            (
                bool(urlsplit(self.url).query),
                "url: parameters belong into query = { name = value }",
                "url：参数应写入 query = { 名称 = 值 }",
            ),
            (body and self.method != "POST", "send: a body needs method POST", "send：请求体须用 method = POST"),
            (
                self.answer == "text" and any((self.success_at, self.items, self.next_at, self.last_at)),
                "answer: nothing can be read of a text; json or xml",
                "answer：纯文本无法读取其中内容，应为 json 或 xml",
            ),
            (
                bool(self.expired_is or self.busy_is) and self.success_at is None,
                "success_at: expected beside expired_is and busy_is",
                "success_at：expired_is 与 busy_is 须与其一同填写",
            ),
        ]

    def _pages(self) -> list[tuple[bool, str, str]]:
        missing = [name for name in _PAGED_BY.get(self.pages, ()) if not getattr(self, name)]
        if self.pages in ("page", "offset") and self.items is None:
            missing.append("items")
        if self.pages == "cursor" and not (self.next_at or (self.last_at and self.items is not None)):
            missing.append("next_at (or last_at with items)")
        if self.total_at and self.items is None:
            missing.append("items")
        shown = ", ".join(missing)
        return [
            (bool(missing), f"pages = {self.pages}: expected {shown}", f"pages = {self.pages}：应填写 {shown}"),
            (
                bool(self.more_at) and self.pages not in ("page", "offset", "cursor"),
                "more_at: only with pages = page, offset or cursor",
                "more_at：仅用于 pages = page、offset 或 cursor",
            ),
            (
                bool(self.total_at) and self.pages not in ("page", "offset"),
                "total_at: only with pages = page or offset",
                "total_at：仅用于 pages = page 或 offset",
            ),
            (
                bool(self.pages_at) and self.pages != "page",
                "pages_at: only with pages = page",
                "pages_at：仅用于 pages = page",
            ),
            (
                self.keep_cursor and self.pages != "cursor",
                "keep_cursor: only with pages = cursor",
                "keep_cursor：仅用于 pages = cursor",
            ),
        ]

    def _times(self) -> list[tuple[bool, str, str]]:
        local = self.time_format in ("iso_offset", "local", "local_minutes", "date", "compact")
        naive = isinstance(self.start, date) and getattr(self.start, "tzinfo", None) is None
        return [
            (
                bool(self.since_parameter) != (self.start is not None),
                "since_parameter and start together",
                "since_parameter 与 start 同时填写",
            ),
            (
                not self.since_parameter and bool(self.until_parameter or self.window_seconds),
                "since_parameter: expected beside until_parameter and window_seconds",
                "since_parameter：until_parameter 与 window_seconds 须与其一同填写",
            ),
            (
                self.window_seconds is not None and not self.until_parameter,
                "until_parameter: expected beside window_seconds",
                "until_parameter：window_seconds 须与其一同填写",
            ),
            (
                bool(self.since_parameter) and (local or naive) and self.zone is None,
                "zone: expected for local times",
                "zone：使用本地时间时必须填写",
            ),
            (
                self.window_seconds is not None and self.overlap_seconds >= self.window_seconds,
                "overlap_seconds: expected less than window_seconds",
                "overlap_seconds：应小于 window_seconds",
            ),
        ]

    def _proof(self) -> list[tuple[bool, str, str]]:
        ways = {
            "token": self.token,
            "token_file": self.token_file,
            "user": self.user,
            "oauth_url": self.oauth_url,
            "login_url": self.login_url,
        }
        named = [name for name, value in ways.items() if value]
        signed = bool(self.sign_secret)
        return [
            (
                len(named) > 1,
                f"one way to prove who we are, not {' and '.join(named)}",
                f"只填写一种身份凭据，而非 {'、'.join(named)}",
            ),
            (bool(self.user) != bool(self.password), "user and password together", "user 与 password 同时填写"),
            (self.digest and not self.user, "digest: expected with user", "digest：须与 user 一同填写"),
            (
                self.digest and (signed or bool(self.token_parameter)),
                "digest: with nothing else that proves it",
                "digest：不可与其他身份凭据同时使用",
            ),
            (
                bool(self.oauth_url) != bool(self.oauth_client_id and self.oauth_client_secret),
                "oauth_url, oauth_client_id and oauth_client_secret together",
                "oauth_url、oauth_client_id 与 oauth_client_secret 同时填写",
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
