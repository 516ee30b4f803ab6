"""What an integrator sets for one folder."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.record import ZoneName
from schemas.words import Words

Pattern = Annotated[str, Field(pattern=r"^[^/\\]{1,128}$")]
Suffix = Annotated[str, Field(pattern=r"^[^/\\]{1,16}$")]


class Settings(BaseModel):
    """What an integrator sets for one folder."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    folder: Path = Field(description="Where files are dropped, from the hub folder; what lies in folders below is not.")
    files: dict[Pattern, str] = Field(
        default_factory=lambda: {"*": ""},
        min_length=1,
        description="Which files: a pattern such as *.xml -> form of the mapping document, empty if it has one alone; "
        "the first that fits, whatever the case of letters. Other files are passed over.",
    )
    zone: ZoneName | None = Field(default=None, description="Zone of its local times, for the mapping document.")
    whole: Literal["settled", "marker", "renamed"] = Field(
        default="settled",
        description="When a file is whole: nothing about it has changed for `settle_seconds`; a file of its name with "
        "the suffix `marker` was written after it; or as soon as it has its name, as its writer renames it last.",
    )
    settle_seconds: int = Field(default=60, ge=1, le=86_400, description="How long nothing must change.")
    marker: Suffix = Field(default=".done", description="x.xml is whole once there is x.xml.done, or x.done.")
    partial: tuple[Suffix, ...] = Field(
        default=(".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~"),
        description="What names of files end with that are being written; names that begin with . or ~ are, too.",
    )
    after: Literal["keep", "move"] = Field(
        default="keep",
        description="What becomes of a file that was kept by the hub: it stays and is remembered, or is moved into "
        "`done` in its folder, and one that was refused into `refused`, with the reason beside it.",
    )
    order: Literal["name", "time"] = Field(default="name", description="In which order files are taken.")
    must_hold: str = Field(
        default="",
        pattern=r"^[^/\\]*$",
        description="Name of a file that must be there: a share that is not mounted is an empty folder, too.",
    )
    sheet: str = Field(default="", description="Sheet of workbooks; empty: the first visible one.")
    most_bytes: int = Field(default=16 << 20, ge=1024, le=256 << 20, description="Longest file, in bytes.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.whole == "marker" and self.marker in self.partial:
            raise ValueError(
                Words(
                    "marker: found a suffix of files that are being written, expected another",
                    "marker：不可与 partial 中的后缀相同",
                )
            )
        return self
