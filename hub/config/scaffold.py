"""Writes a new hub folder from an example: settings as shipped, keys made fresh."""

import os
import shutil
from importlib import resources
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.keys import write_pair
from schemas.errors import ConfigError

_EXAMPLES = resources.files("hub") / "examples"


def examples() -> list[str]:
    """Names of the shipped examples."""
    return sorted(each.name for each in _EXAMPLES.iterdir() if each.is_dir())


def write(target: Path, example: str) -> None:
    """Write a hub folder that starts as it is.

    Raises:
        ConfigError: The folder is not empty, or there is no such example.
    """
    if example not in examples():
        raise ConfigError(f"--example: found {example!r}, expected one of {', '.join(examples())}")
    if target.exists() and any(target.iterdir()):
        raise ConfigError(f"{target} is not empty; choose a new folder")
    with resources.as_file(_EXAMPLES / example) as source:
        shutil.copytree(source, target, dirs_exist_ok=True)
    for name in ("keys", "keys/demo", "data", "mappings"):
        (target / name).mkdir(mode=0o700, exist_ok=True)
    secret(target / "keys" / "master.key", os.urandom(32))
    secret(target / "keys" / "api.token", os.urandom(24).hex().encode())
    secret(target / "keys" / "lms.password", os.urandom(16).hex().encode())
    write_pair(target / "keys", "log", Ed25519PrivateKey.generate())
    write_pair(target / "keys" / "demo", "authority", Ed25519PrivateKey.generate())


def secret(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
