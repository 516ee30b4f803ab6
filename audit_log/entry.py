"""Temporary while the log is built beside."""

import orjson
from collections.abc import Mapping
from typing import Any


def canonical(entry: Mapping[str, Any]) -> bytes:
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
