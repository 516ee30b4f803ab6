"""Answers that several protocols give alike: problem documents (RFC 9457), and how long a sender shall wait."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import orjson

from connectors.port import Kept, Reply
from schemas.errors import LicetError, UnavailableError
from schemas.transmission import NOTHING

PROBLEM = "application/problem+json"
RECEIPT = "licet-receipt"
"""The header with the receipt of a message: what a system wants to hear leaves no room for one in the body."""
INTERNAL: Mapping[str, Any] = {"status": 500, "code": "internal"}
"""The problem of a failure that has no code of ours."""


def problem(content: Mapping[str, Any], headers: Mapping[str, str] = NOTHING) -> Reply:
    """A problem document with the status that it names."""
    return Reply(int(content["status"]), orjson.dumps(content), PROBLEM, headers)


def wait(error: Exception) -> dict[str, str]:
    """The header that says when to come again, in whole seconds and never too early; none if coming again is no use."""
    if not isinstance(error, UnavailableError):
        return {}
    return {"retry-after": str(max(1, ceil(error.retry_after or 1)))}


def receipt_of(kept: Sequence[Kept]) -> dict[str, str]:
    """The header with the receipt of what was kept; none where its sender gets none."""
    given = next((each.receipt for each in kept if each.receipt), "")
    return {RECEIPT: given} if given else {}


def problem_of(error: Exception) -> Mapping[str, Any]:
    """The problem object of a failure."""
    return error.problem() if isinstance(error, LicetError) else INTERNAL
