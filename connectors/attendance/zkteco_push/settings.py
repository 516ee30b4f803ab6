"""What an integrator sets: for all terminals of an instance, and for single ones by serial."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from connectors.attendance.zkteco_push.doors import Door, one_target_each
from schemas.record import ZoneName

Dialect = Literal["att2", "acc3", "legacy", "lan-agent", "pid"]
"""How a terminal speaks: attendance 2.x, access control 3.x, before 2.x, a bridge, a reader of identity cards."""


class DeviceSettings(BaseModel, frozen=True, extra="forbid"):
    """What differs at one terminal."""

    zone: ZoneName | None = Field(default=None, description="Time zone of its clock.")
    identifiers: str | None = Field(
        default=None, min_length=1, max_length=64, description="Source whose identifiers its PINs are."
    )
    dialect: Dialect | None = Field(default=None, description="How it speaks, whatever it announces.")
    comm_key: SecretStr | None = Field(default=None, description="What it shows as its communication key.")


class Settings(BaseModel, frozen=True, extra="forbid"):
    """What an integrator sets for terminals."""

    zone: ZoneName = Field(default="Asia/Shanghai", description="Time zone of the terminals' clocks.")
    delay_seconds: int = Field(default=10, ge=1, le=300, description="Seconds between two polls of a terminal.")
    gap_seconds: int = Field(default=120, ge=10, description="Silence from which on punches may be missing.")
    settle_seconds: int = Field(
        default=600, ge=30, description="Polls without an upload for so long show that a terminal has sent its log."
    )
    query_every_seconds: int = Field(default=3600, ge=60, description="Seconds between two routine questions for them.")
    server_time: Literal["local", "utc"] = Field(
        default="local", description="Which time a terminal means that asks for it (rtdata): its own, or UTC."
    )
    comm_key: SecretStr | None = Field(
        default=None, description="Communication key, if all terminals show the same text; most show one of their own."
    )
    devices: dict[str, DeviceSettings] = Field(default_factory=dict, description="Serial to what differs there.")
    doors: Annotated[dict[str, Door], AfterValidator(one_target_each)] = Field(
        default_factory=dict, description="Target of positions -> the terminal (access control 3.x) whose doors it is."
    )

    def of(self, serial: str) -> DeviceSettings:
        """What differs at one terminal."""
        return self.devices.get(serial, _NOTHING)


_NOTHING = DeviceSettings()
