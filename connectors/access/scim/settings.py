"""What an integrator sets for one SCIM server."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator

from schemas.words import Words


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one SCIM server."""

    base_url: str = Field(description="Address of the SCIM service, for example https://iam.example/scim/v2.")
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
    profile: str = Field(
        default="rfc", description="How this server differs from the standard: rfc, entra, keycloak, aws, aliyun, ..."
    )
    profile_file: Path | None = Field(
        default=None, description="A profile of one's own (TOML), from the hub folder; takes the place of profile."
    )
    person_attribute: Literal["externalId", "userName"] = Field(
        default="externalId",
        description="Attribute that holds our identifier of a person; userName is tried where externalId finds nobody.",
    )
    group_attribute: Literal["displayName", "externalId", "id"] = Field(
        default="displayName", description="Attribute of a group by which positions name it as a target."
    )
    groups: dict[str, str] = Field(
        default_factory=dict,
        description="Target of positions -> its name at the server, where that has blanks or is an id.",
    )
    canary: str = Field(
        default="",
        description="Identifier of an account of its own that stands in every group: where it is seen, a group that "
        "shows nobody else proves that nobody is there.",
    )
    read_back: Literal["group", "filter"] = Field(
        default="group",
        description="How a membership is observed: by the whole group, or by a filter (for groups of thousands).",
    )
    deadline_seconds: float = Field(default=2.0, gt=0, le=60, description="Longest wait for the answer to a change.")
    read_deadline_seconds: float = Field(default=5.0, gt=0, le=60, description="Longest wait for the answer to a read.")
    token_lifetime_seconds: float | None = Field(
        default=None,
        ge=0,
        description="How long tokens and sessions that were given before a removal go on there, as SCIM ends none: the "
        "evidence of a closing says so.",
    )
    propagation_seconds: float = Field(
        default=0.0, ge=0, description="How long a change takes to reach the last reader behind this server."
    )
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses, there also without TLS."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder."
    )
    remember: int = Field(default=10_000, gt=0, le=1_000_000, description="Ids of persons and groups to keep in mind.")

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
