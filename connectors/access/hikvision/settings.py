"""What an integrator sets for one terminal."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from schemas.words import Words

DoorNumber = Annotated[int, Field(ge=1, le=256)]


class DoorsOf(BaseModel, frozen=True, extra="forbid"):
    """One target: doors of this terminal."""

    doors: tuple[DoorNumber, ...] = Field(default=(1,), min_length=1, description="Its doors by number.")
    plan: int = Field(
        default=1, ge=1, le=65535, description="Template of hours for them (planTemplateNo); 1 is always."
    )


def one_target_a_door(targets: dict[str, DoorsOf]) -> dict[str, DoorsOf]:
    """The targets, of which no two have a door: who is taken from one of them would lose it in both."""
    doors = [door for each in targets.values() for door in set(each.doors)]
    if twice := sorted({door for door in doors if doors.count(door) > 1}):
        raise ValueError(
            Words(
                f"doors {', '.join(map(str, twice))} stand in more than one target; expected one each",
                f"门 {'、'.join(map(str, twice))} 出现在多个权限组中，每扇门只能属于一个",
            )
        )
    return targets


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one terminal."""

    url: str = Field(description="Address of the terminal, for example https://10.1.2.3.")
    user: str = Field(min_length=1, description="A user of the terminal that may manage people.")
    password: SecretStr = Field(description="Password of that user.")
    targets: Annotated[dict[str, DoorsOf], AfterValidator(one_target_a_door)] = Field(
        min_length=1, description="Target of positions -> which of its doors that is."
    )
    lease_hours: int | None = Field(
        default=None,
        ge=72,
        le=8760,
        description="What is opened closes by itself after so long (up to 26 hours later, as terminals keep their own "
        "time), unless the hub opens it anew, which it does from half of it on. Without it what is opened stays so.",
    )
    deadline_seconds: float = Field(default=3.0, gt=0, le=60, description="Longest wait for the answer to a change.")
    read_deadline_seconds: float = Field(default=5.0, gt=0, le=60, description="Longest wait for the answer to a read.")
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses, there also without TLS."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder."
    )
