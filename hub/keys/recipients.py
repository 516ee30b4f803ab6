"""To which keys a package is sealed: those that a hub publishes, as they stand in a file."""

import json
from pathlib import Path

from connectors.algorithms import algorithm_of, read_public
from connectors.keys import EVER, Life, PeerKey
from schemas.errors import CallError
from schemas.words import Words


def recipients(file: Path) -> list[PeerKey]:
    """The keys that are encrypted to among those that a hub publishes.

    Raises:
        CallError: There is none, or the file is no set of keys.
    """
    try:
        members = [each for each in json.loads(file.read_text("utf-8"))["keys"] if each.get("use") == "enc"]
        known = [(each, algorithm_of("enc", each["kty"], each.get("crv", ""))) for each in members]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CallError(
            Words(
                f"{file}: found no set of public keys, expected what `licet keys jwks` prints",
                f"{file}：不是公钥集合，应为 `licet keys jwks` 的输出",
            )
        ) from error
    found = [
        PeerKey(str(each["kid"]), name, read_public(json.dumps(each), str(each["kid"]), name), Life(EVER))
        for each, name in known
        if name is not None and name.startswith("ecdh")
    ]
    if not found:
        raise CallError(
            Words(
                f"{file}: found no key that is encrypted to; make one at the hub: `licet keys new`",
                f"{file}：没有可用于加密的密钥；请在平台上生成：`licet keys new`",
            )
        )
    return found
