"""The key of the log and the signer's memory, as the hub's folder holds them."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from audit_log.signer import Signer
from hub.store.database import Database
from hub.store.tables.log import head
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


def open_signer(folder: Path, name: str, database: Database) -> Signer:
    """The signer of the log in this store; begun where store and memory are both new.

    Raises:
        ConfigError: The key is missing.
        TamperError: The memory is missing beside a log that has entries, or is not this log's.
    """
    key, memory = log_key(folder), folder / "data" / "signer.json"
    if not memory.exists() and _is_empty(database):
        return Signer.begin(name, key, memory)
    return Signer(name, key, memory)


def _is_empty(database: Database) -> bool:
    with database.reading() as session:
        row = session.one(head, {})
    assert row is not None, "the head row is made by the first migration"
    return row.size == 0
