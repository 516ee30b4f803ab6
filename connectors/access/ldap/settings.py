"""What an integrator sets for one directory."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one directory."""

    url: str = Field(description="ldaps://HOST[:PORT], or ldap://HOST[:PORT], which starts TLS (not on loopback).")
    bind_dn: str = Field(description="User that reads people and groups and may write the members of these groups.")
    password: SecretStr = Field(description="Password of that user.")
    kind: Literal["openldap", "active-directory"] = Field(
        default="openldap", description="active-directory: objectGUID, nested groups count, members come in ranges."
    )
    people_base: str = Field(description="Where people stand, for example ou=people,dc=example,dc=cn.")
    person_attribute: str = Field(
        default="employeeNumber", description="Attribute that holds our identifier (AD: employeeID or sAMAccountName)."
    )
    groups_base: str = Field(description="Where the groups stand that positions name as targets.")
    group_attribute: str = Field(default="cn", description="Attribute that holds the name of a target.")
    member_attribute: str = Field(default="member", description="Attribute of a group that lists members by name.")
    placeholder: str = Field(
        default="", description="Name that stays in a groupOfNames which must not be empty; never counted as a member."
    )
    range_size: int = Field(
        default=1000, gt=0, le=1500, description="How many members are asked for at once (Active Directory)."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder."
    )
    deadline_seconds: float = Field(default=2.0, gt=0, le=60, description="Longest wait for the answer to a change.")
    read_deadline_seconds: float = Field(default=5.0, gt=0, le=60, description="Longest wait for the answer to a read.")
    token_lifetime_seconds: float | None = Field(
        default=None,
        ge=0,
        description="How long tickets that were given before a removal go on (Kerberos: 36000), as a directory ends "
        "none: the evidence of a closing says so.",
    )
    propagation_seconds: float = Field(
        default=0.0, ge=0, description="How long a change takes to reach the last reader behind this server."
    )
