"""Texts with closed places: ``{subject}`` in a path or a query takes a value, so written that it stays one value."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote

from schemas.errors import RejectedError
from schemas.words import Words

_PLACE = re.compile(r"\{([a-z]+)\}")
_WAYS = frozenset({"", ".", ".."})


def places(text: str) -> set[str]:
    """The places that a text has."""
    return set(_PLACE.findall(text))


def require_places(text: str, known: Collection[str]) -> None:
    """Return if a text has no place but these.

    Raises:
        ValueError: It has another one, or a brace that is none.
    """
    rest = _PLACE.sub("", text)
    odd = [f"{{{each}}}" for each in sorted(places(text) - set(known))] or (
        [text] if "{" in rest or "}" in rest else []
    )
    if odd:
        listed = ", ".join(f"{{{each}}}" for each in known)
        raise ValueError(
            Words(f"{odd[0]}: no place; expected of {listed}", f"{odd[0]}：并非占位符，应为 {listed} 之一")
        )


def path_of(text: str, values: Mapping[str, str]) -> str:
    """A path with its places filled, each value percent-encoded.

    Raises:
        RejectedError: ``peer.rejected``: a value is none that a step of a path can be.
    """

    def filled(found: re.Match[str]) -> str:
        value = values[found[1]]
        if value in _WAYS:
            raise RejectedError(
                "peer.rejected",
                Words(
                    f"found {value!r} for {found[0]}, expected a name: nothing is sent",
                    f"{found[0]} 现为 {value!r}，应为名称；未发送任何内容",
                ),
            )
        return quote(value, safe="")

    return _PLACE.sub(filled, text)


def query_of(query: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Parameters with their places filled; one whose places are all empty is left out."""
    found = {}
    for name, text in query.items():
        named = places(text)
        if not named or any(values[each] for each in named):
            found[name] = _PLACE.sub(lambda place: values[place[1]], text)
    return found
