"""What one kind of SCIM server does its own way, as data: a file beside this one, or one of the hub folder."""

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import SettingError
from schemas.faults import faults_of
from schemas.words import Words, quoted, told

SHIPPED = Path(__file__).parent / "profiles"


class Profile(BaseModel):
    """How a server names, shows, adds and removes members, and how it is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    media_type: str = Field(default="application/scim+json", description="Of what is sent, and asked for.")
    add: Literal["path", "no-path", "put"] = Field(
        default="path",
        description="How a member is added: at the path members, in a value without a path, or by the whole group.",
    )
    add_with: tuple[Literal["type", "display", "$ref"], ...] = Field(
        default=(), description="What an added member must have beside its value."
    )
    remove: Literal["filter", "value-list", "put"] = Field(
        default="filter", description="How a member is removed: members[value eq ..], a list of values, or PUT."
    )
    member_value: Literal["id", "userName"] = Field(
        default="id", description="What names a member who is added; one who is listed is named as the list does."
    )
    listing: Literal["proven", "whole", "none"] = Field(
        default="proven",
        description="Whether a group lists all its members: whole; proven: once it was seen to; none: it never does.",
    )
    inner_groups: Literal["listed", "none", "hidden"] = Field(
        default="listed",
        description="Groups inside a group: listed among its members; none: there never are any; hidden: whoever is in "
        "one is in the group, and the group does not list them, so that no absence is proven.",
    )
    member_filter: Literal["try", "never"] = Field(
        default="try", description="Whether the server may be asked for groups by members.value."
    )
    page_size: int = Field(default=0, ge=0, le=1000, description="How many are asked for at once; 0: as it likes.")
    if_match: bool = Field(default=False, description="A change names the version that it changes (If-Match).")


def load_profile(name: str, file: Path | None) -> Profile:
    """The profile of a file of one's own, or else the shipped one of this name.

    Raises:
        ConfigError: There is none, or it is not of the form.
    """
    path = file or SHIPPED / f"{Path(name).name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in SHIPPED.glob("*.toml")))
        raise SettingError(
            quoted(name if file is None else str(file)),
            Words(f"a file, or one of {known}", f"文件，或以下之一：{known}"),
            setting="profile" if file is None else "profile_file",
            code="ref.unknown-name",
        )
    try:
        found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Profile.model_validate(found)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(
            Words(f"{path.name}, which is no TOML", f"{path.name}，不符合 TOML 语法"),
            Words("a profile in TOML", "TOML 格式的配置"),
            setting="profile_file",
            code="config.syntax",
        ) from error
    except ValidationError as error:
        first = faults_of(error)[0]
        place = f"{path.name}: {'.'.join(first.at)}"
        raise SettingError(
            Words(f"{place}: {first.found}", f"{place}：{told(first.found, 'zh')}"),
            first.expected,
            setting="profile_file",
        ) from error
