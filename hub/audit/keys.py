"""The key of the log, as the hub's folder holds it."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from schemas.errors import ConfigError
from schemas.words import Words


def log_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs the log.

    Raises:
        ConfigError: It is missing or not Ed25519.
    """
    file = folder / "keys" / "log.pem"
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise ConfigError(
            Words(f"cannot read {file}; `licet init` makes it", f"无法读取 {file}；该文件由 `licet init` 生成")
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(Words(f"{file}: expected an Ed25519 key", f"{file}：应为 Ed25519 密钥"))
    return key
