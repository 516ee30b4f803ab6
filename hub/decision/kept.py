"""Standings as they are kept: JSON text, and whether two of them differ in what matters."""

from typing import Any

import orjson
from pydantic import BaseModel, TypeAdapter

from hub.rules.dossier import Hold, Standing

_STANDING = TypeAdapter(Standing)


def dump(standing: Standing) -> str:
    """A standing as JSON text, the same for the same standing."""
    return orjson.dumps(standing, default=_plain).decode()


def load(body: str) -> Standing:
    """The standing that ``dump`` made this text of."""
    return _STANDING.validate_json(body)


def same_holds(body: str, standing: Standing) -> bool:
    """Whether a kept standing has the holds of another one, whatever their figures."""
    return {(hold["cause"], hold["reason"], hold["below"]) for hold in orjson.loads(body)["holds"]} == set(
        map(_cause, standing.holds)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)


def _cause(hold: Hold) -> tuple[str, str, str]:
    return hold.cause, hold.reason, hold.below
