"""A list of bits that says how credentials stand, read within limits: one place of it, or why there is none.

Source:  W3C Bitstring Status List 1.0 (2.1, 2.2: members; 3.2, 3.4: the left-most bit first, gzip, multibase), and
         the draft before it (StatusList2021), which differs by its names and writes no multibase prefix.
"""

import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from schemas.errors import TrustError
from schemas.words import Words

LEAST = 131_072
"""Entries of a list at least: fewer would tell its issuer who is asked about."""
_MOST_BYTES = 4 << 20
"""Of a list that is unpacked: 32 times as many entries as it has at least."""
_KINDS = frozenset({"BitstringStatusList", "StatusList2021"})
_KEPT = 8
"""Lists that stay unpacked: many credentials of one issuer are looked up in few."""
_TEXT = re.compile(r"u?[A-Za-z0-9_-]{1,8000000}")


def is_set(subject: Mapping[str, Any], index: int, purpose: str) -> bool:
    """Whether the bit of a place is set in what a list says of a purpose.

    Raises:
        TrustError: ``status.list``: it is no such list, speaks of something else, is too short, or has no such place.
    """
    purposes = subject.get("statusPurpose")
    if subject.get("type") not in _KINDS or purpose not in (purposes if isinstance(purposes, list) else [purposes]):
        raise wrong(
            Words(
                f"found a list of another kind or purpose, expected {purpose}", f"列表的类型或用途不符，应为 {purpose}"
            )
        )
    text = subject.get("encodedList")
    if not isinstance(text, str) or not _TEXT.fullmatch(text):
        raise wrong(Words("found no encodedList in base64url", "没有 base64url 形式的 encodedList"))
    bits = _unpacked(text)
    if len(bits) * 8 < LEAST:
        raise wrong(
            Words(
                f"found a list of {len(bits) * 8} entries, expected {LEAST} at least",
                f"列表有 {len(bits) * 8} 项，应不少于 {LEAST} 项",
            )
        )
    if not 0 <= index < len(bits) * 8:
        raise wrong(
            Words(
                f"found {len(bits) * 8} entries, expected one at {index}",
                f"现有 {len(bits) * 8} 项，第 {index} 项应存在",
            )
        )
    return bool(bits[index >> 3] & (0x80 >> (index & 7)))


def wrong(what: Words) -> TrustError:
    """The refusal of what is not the list that is expected."""
    return TrustError("status.list", what)


@lru_cache(_KEPT)
def _unpacked(text: str) -> bytes:
    """The bits; whatever a text would unpack to, never more than a list may have, and never a part of one."""
    bare = text.removeprefix("u")
    unpacking = zlib.decompressobj(31)
    try:
        bits = unpacking.decompress(urlsafe_b64decode(bare + "=" * (-len(bare) % 4)), _MOST_BYTES)
    except (ValueError, zlib.error) as error:
        raise wrong(Words("found an encodedList that is no gzip", "encodedList 不是 gzip")) from error
    if not unpacking.eof or unpacking.unused_data:
        raise wrong(
            Words(
                f"found an encodedList that is cut off, goes on, or has more than {_MOST_BYTES} bytes",
                f"encodedList 不完整、有多余内容，或超过 {_MOST_BYTES} 字节",
            )
        )
    return bits
