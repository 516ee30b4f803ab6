"""The key of the log, as the hub's folder holds it."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from schemas.errors import ConfigError


def log_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs the log.

    Raises:
        ConfigError: It is missing or not Ed25519.
    """
    file = folder / "keys" / "log.pem"
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {file}; `licet init` makes it") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{file}: expected an Ed25519 key")
    return key
