"""What an integrator sets for one SCIM server."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from connectors.server import ServerSettings


class Settings(ServerSettings, frozen=True):
    """What an integrator sets for one SCIM server."""

    base_url: str = Field(description="Address of the SCIM service, for example https://iam.example/scim/v2.")
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
    remember: int = Field(default=10_000, gt=0, le=1_000_000, description="Ids of persons and groups to keep in mind.")
