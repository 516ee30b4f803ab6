"""Standings as they are kept: JSON text, and whether two of them differ in what matters."""

import orjson
from pydantic import TypeAdapter

from hub.rules.posts.standing import Standing
from hub.rules.values import Hold

_STANDING = TypeAdapter(Standing)


def dump(standing: Standing) -> str:
    """A standing as JSON text, the same for the same standing."""
    return orjson.dumps(standing.spelt()).decode()


def load(body: str) -> Standing:
    """The standing that ``dump`` made this text of."""
    return _STANDING.validate_json(body)


def same_holds(body: str, standing: Standing) -> bool:
    """Whether a kept standing has the holds of another one, whatever their figures."""
    return {(hold["cause"], hold["reason"], hold["below"]) for hold in orjson.loads(body).get("holds", ())} == set(
        map(_cause, standing.holds)
    )


def _cause(hold: Hold) -> tuple[str, str, str]:
    return hold.cause, hold.reason, hold.below
