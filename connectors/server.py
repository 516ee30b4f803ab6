"""One server over HTTP: where it is and how we prove ourselves to it, as settings say, and calls that are proven."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, SecretStr, model_validator

from connectors.authorization import Authorization, ClientCredentials, Fixed, TokenFile, basic, bearer
from connectors.http import MAX_ANSWER, Answer, HttpClient, Parameters
from schemas.errors import RejectedError
from schemas.transmission import NOTHING
from schemas.words import Words


class ServerSettings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets so that a server can be reached and lets us in."""

    base_url: str = Field(description="Address of the service, for example https://iam.example/api.")
    token: SecretStr | None = Field(default=None, description="Bearer token.")
    token_file: Path | None = Field(
        default=None, description="File that holds the token, from the hub folder; read anew whenever it has changed."
    )
    token_header: str = Field(
        default="", pattern=r"^[A-Za-z0-9-]*$", description="Header of its own that this server wants the token in."
    )
    user: str = Field(default="", description="User of a server that wants a password (Basic).")
    password: SecretStr | None = Field(default=None, description="Password of that user.")
    oauth_url: str = Field(default="", description="Where tokens are given for client credentials (OAuth 2).")
    oauth_client_id: str = Field(default="", description="Our id there.")
    oauth_client_secret: SecretStr | None = Field(default=None, description="Our secret there.")
    oauth_scope: str = Field(default="", description="Scope to ask for there, if it wants one.")
    proxy_url: str = Field(default="", description="Forward proxy through which alone it connects: http://HOST:PORT.")
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses, there also without TLS."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder."
    )

    @model_validator(mode="after")
    def _one_way_to_prove_it(self) -> Self:
        ways = {"token": self.token, "token_file": self.token_file, "user": self.user, "oauth_url": self.oauth_url}
        named = [name for name, value in ways.items() if value]
        if len(named) > 1:
            raise ValueError(
                Words(
                    f"one way to prove who we are, not {' and '.join(named)}",
                    f"只填写一种身份凭据，而非 {'、'.join(named)}",
                )
            )
        if bool(self.user) != bool(self.password):
            raise ValueError(Words("user and password together", "user 与 password 同时填写"))
        if bool(self.oauth_url) != bool(self.oauth_client_id and self.oauth_client_secret):
            raise ValueError(
                Words(
                    "oauth_url, oauth_client_id and oauth_client_secret together",
                    "oauth_url、oauth_client_id 与 oauth_client_secret 同时填写",
                )
            )
        return self


class Server:
    """One server. Nothing is repeated but what was refused for a token that has run out."""

    def __init__(
        self,
        settings: ServerSettings,
        headers: Mapping[str, str],
        max_answer: int = MAX_ANSWER,
        reach: Callable[..., HttpClient] = HttpClient,
    ) -> None:
        """A server that settings name; ``headers`` are sent with every call, ``reach`` makes the client."""
        self._settings, self._reach = settings, reach
        self._client = self._reaching(settings.base_url, headers, max_answer)
        self._authorization = self._proof(settings)

    def call(
        self,
        method: str,
        path: str,
        *,
        deadline_s: float,
        write: bool,
        headers: Mapping[str, str] = NOTHING,
        query: Parameters | None = None,
        body: bytes | None = None,
        heard: Collection[int] = (),
    ) -> Answer:
        """One request; of one that was refused for a token that has run out, another with a new one.

        Raises:
            LicetError: As ``HttpClient.call`` does.
        """

        request = method, path, deadline_s, write, headers, query or NOTHING, body, heard
        try:
            return self._once(*request)
        except RejectedError as refused:
            if refused.code != "peer.auth" or not self.renew():
                raise
        return self._once(*request)

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
        proven = {**headers, **self._authorization.headers()}
        return self._client.call(
            method, path, deadline_s=deadline_s, write=write, headers=proven, query=query, body=body, heard=heard
        )

    def renew(self) -> bool:
        """Forget a token that was refused; whether another one may prove us."""
        return self._authorization.renew()

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def _reaching(self, url: str, headers: Mapping[str, str], most: int = MAX_ANSWER) -> HttpClient:
        settings = self._settings
        return self._reach(
            url,
            allow_private=settings.allow_private_address,
            headers=headers,
            ca_file=None if settings.ca_file is None else str(settings.ca_file),
            proxy=settings.proxy_url,
            max_answer=most,
        )

    def _proof(self, settings: ServerSettings) -> Authorization:
        """How we prove ourselves to this server."""
        if settings.oauth_url:
            secret = settings.oauth_client_secret
            assert secret is not None
            return ClientCredentials(
                self._reaching(settings.oauth_url, {}),
                client_id=settings.oauth_client_id,
                secret=secret.get_secret_value(),
                scope=settings.oauth_scope,
            )
        if settings.password is not None:
            return Fixed(basic(settings.user, settings.password.get_secret_value()))
        if settings.token_file is not None:
            return TokenFile(settings.token_file, self._held)
        return Fixed({} if settings.token is None else self._held(settings.token.get_secret_value()))

    def _held(self, token: str) -> Mapping[str, str]:
        header = self._settings.token_header
        return {header.lower(): token} if header else bearer(token)
