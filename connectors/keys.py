"""Public keys of peers and when each may be believed; secrets by reference; new key pairs."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError

from connectors.algorithms import (
    Algorithm,
    JoseKey,
    PrivateKey,
    PublicKey,
    Signing,
    jose_key,
    private_pem,
    public_pem,
    read_public,
)
from schemas.errors import ConfigError, SettingError, TrustError
from schemas.system import why_not
from schemas.words import Words

KeyState = Literal["pending", "active", "retiring", "retired", "revoked"]
"""Life of a key: published, in use, still believed while its follower is in use, ended, compromised."""

BELIEVED: frozenset[KeyState] = frozenset({"active", "retiring"})

_MAX_BYTES = 64 * 1024
_PLAIN = Words("a secret in plain text, which is not shown", "明文口令或密钥（不予显示）")
_ELSEWHERE = frozenset(("aws", "azure", "doppler", "gcp", "k8s", "keychain", "keyring", "op", "sops", "ssm", "vault"))
"""Where others keep secrets: by these words references of theirs begin."""
EVER = datetime.min.replace(tzinfo=UTC)
"""The beginning of a key that licet.toml gives none."""


def read_reference(reference: str, base: Path) -> bytes:
    """What ``env:NAME`` or ``file:PATH`` names; a relative path counts from ``base``. A last line end is dropped.

    Raises:
        ConfigError: Not a reference, nothing there, empty, or more than 64 KiB.
    """
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        value = os.environ.get(name)
        if value is None:
            raise SettingError(
                Words(f"environment variable {name}, which is not set", f"未设置的环境变量 {name}"),
                Words("one that is set before the hub starts", "启动前已设置的环境变量"),
                code="config.secret",
                cure=Words(
                    f"set it where the hub is started, as in `export {name}=…`; or put the secret into a file below"
                    " keys/ and write file:PATH here",
                    f"在启动平台的环境中设置，如 `export {name}=…`；或将其存入 keys/ 下的文件，此处填写 file:路径",
                ),
            )
        found = value.encode()
    elif kind == "file" and name:
        found = _read_file(base / name)
    else:
        raise _no_reference(kind if name else "")
    if not found.strip():
        raise SettingError(
            Words(f"{reference}, which is empty", f"{reference}，内容为空"),
            Words("a key or secret", "密钥或口令"),
            code="config.secret",
        )
    return found.removesuffix(b"\n").removesuffix(b"\r")


def _no_reference(kind: str) -> SettingError:
    """What is said of a text that names nothing here; of what may be the secret itself no more than its kind."""
    expected = Words("a reference: file:PATH or env:NAME", "引用：file:路径 或 env:变量名")
    if kind.lower() in ("file", "env") and kind != kind.lower():
        found = Words(f"a reference that begins with {kind}:", f"以 {kind}: 开头的引用")
        cure = Words(f"write {kind.lower()}: in small letters", f"改为小写的 {kind.lower()}:")
        return SettingError(found, expected, code="config.secret", cure=cure)
    if kind in _ELSEWHERE:
        found = Words(f"a reference that begins with {kind}:, which is not read here", f"不支持的 {kind}: 引用")
        cure = Words(
            f"have what starts the hub fetch it from {kind} into an environment variable, and write env:NAME here; or"
            " have it written into a file below keys/ (chmod 600), and write file:keys/FILE here",
            f"由启动平台的程序从 {kind} 取出并设为环境变量，此处填写 env:变量名；"
            "或将其写入 keys/ 下的文件（chmod 600），此处填写 file:keys/文件名",
        )
        return SettingError(found, expected, code="config.secret", cure=cure)
    return SettingError(_PLAIN, expected, code="config.secret")


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            found = opened.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SettingError(
            Words(f"{path}, which cannot be read: {why_not(error)}", f"无法读取文件 {path}（{why_not(error).zh}）"),
            Words("a file that is there, or another reference", "可读取的文件或其他引用"),
            code="config.secret",
        ) from error
    if len(found) > _MAX_BYTES:
        raise SettingError(
            Words(f"{path}, which has more than {_MAX_BYTES} bytes", f"{path}，超过 {_MAX_BYTES} 字节"),
            Words("one key or secret", "一个密钥或口令"),
            code="config.secret",
        )
    return found


def resolve_secret(reference: str, base: Path) -> SecretStr:
    """The secret that a reference names, hidden from logs and messages.

    Raises:
        ConfigError: See ``read_reference``; or the bytes are not UTF-8.
    """
    try:
        return SecretStr(read_reference(reference, base).decode())
    except UnicodeDecodeError as error:
        raise SettingError(
            Words(f"{reference}, which is not UTF-8 text", f"{reference}，不是 UTF-8 文字"),
            Words("a secret on one line", "单行密钥"),
            code="config.secret",
        ) from error


def resolve_public(text: str, base: Path) -> str:
    """The text of a public key, which stands there itself or in the file that ``file:PATH`` names.

    Raises:
        SettingError: There is no such file, or it is no text of a key.
    """
    if not text.startswith("file:"):
        return text
    try:
        return read_reference(text, base).decode("ascii")
    except SettingError as error:
        raise SettingError(error.found, error.expected, code="config.file") from error
    except UnicodeDecodeError as error:
        found = Words(f"{text}, which is no public key", f"{text}，不是公钥")
        expected = Words("a public key in PEM or JWK form", "PEM 或 JWK 格式的公钥")
        raise SettingError(found, expected, code="config.file") from error


def _resolved(text: str, info: ValidationInfo) -> str:
    return resolve_public(text, Path((info.context or {}).get("base", ".")))


PUBLIC = AfterValidator(_resolved)
"""By this a setting is known whose value is the text of a public key, or the name of its file."""
PublicText = Annotated[str, PUBLIC]


def _no_number(value: Any) -> Any:
    """An instant as it is written: a number would be seconds since 1970, and so would one in quotes."""
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value.strip())):
        raise PydanticCustomError("datetime_parsing", "no instant")
    return value


_NUMBER = re.compile(r"[+-]?[0-9.]+")
_Instant = Annotated[AwareDatetime, BeforeValidator(_no_number)]
"""A public key in settings: PEM or JWK text, or file:PATH (from the hub folder) to it."""


@dataclass(frozen=True, slots=True)
class Life:
    """From when a key is in use, retiring and retired; one that is revoked is so whatever the time.

    A key without ``active_at`` is only announced; one without an end has none yet.
    """

    active_at: datetime | None
    retiring_at: datetime | None = None
    retired_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, at: datetime) -> KeyState:
        """How the key stands at an instant."""
        if self.revoked_at is not None:
            return "revoked"
        if self.retired_at is not None and at >= self.retired_at:
            return "retired"
        if self.active_at is None or at < self.active_at:
            return "pending"
        return "retiring" if self.retiring_at is not None and at >= self.retiring_at else "active"


class KeyRecord(BaseModel, frozen=True, extra="forbid"):
    """One public key of a peer, as an integrator registers it."""

    kid: str = Field(pattern=r"^[!-~]{1,128}$", description="The name by which the peer's signatures call the key.")
    alg: Signing = Field(default="ed25519", description="The one algorithm of this key.")
    public: PublicText = Field(description="PEM or JWK text, or file:PATH (from the hub folder) to it.")
    not_before: _Instant | None = Field(default=None, description="Believed from this instant on.")
    not_after: _Instant | None = Field(default=None, description="Not believed from this instant on.")
    state: KeyState = Field(default="active", description="Only active and retiring keys are believed.")

    def key(self) -> "PeerKey":
        """The key that is registered so.

        Raises:
            ConfigError: It cannot be read, or is weak.
        """
        return PeerKey(self.kid, self.alg, read_public(self.public, self.kid, self.alg), self._life)

    @property
    def _life(self) -> Life:
        begins = self.not_before or EVER
        return Life(
            active_at=None if self.state == "pending" else begins,
            retiring_at=begins if self.state == "retiring" else None,
            retired_at=EVER if self.state == "retired" else self.not_after,
            revoked_at=EVER if self.state == "revoked" else None,
        )


@dataclass(frozen=True, slots=True)
class PeerKey:
    """A public key that was read, and when it is believed."""

    kid: str
    algorithm: Algorithm
    public: PublicKey
    life: Life
    jose: JoseKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "jose", jose_key(self.public))


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A private key of the hub, ready to be used."""

    kid: str
    algorithm: Algorithm
    private: PrivateKey
    jose: JoseKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "jose", jose_key(self.private))


class OwnKeys(Protocol):
    """The hub's private keys, as an adapter may use them."""

    def at(self, kid: str, instant: datetime) -> OwnKey:
        """The key of a name that may be used at an instant.

        Raises:
            TrustError: ``sig.key-unknown`` or ``sig.key-state``.
        """
        ...


class NoOwnKeys:
    """The private keys of who has none."""

    def at(self, kid: str, instant: datetime) -> OwnKey:
        """None."""
        raise TrustError(
            "sig.key-unknown",
            Words(
                f"key {kid[:64]!r} is none of the hub, asked for at {instant.isoformat()}",
                f"密钥 {kid[:64]!r} 不属于本平台，查询时刻为 {instant.isoformat()}",
            ),
        )


class KeyRing:
    """The keys of one peer, by ``kid``."""

    def __init__(self, keys: Iterable[PeerKey]) -> None:
        """Take the keys.

        Raises:
            ConfigError: A ``kid`` stands twice.
        """
        given = list(keys)
        self._keys = {key.kid: key for key in given}
        self._revoked = {public_pem(key.public) for key in given if key.life.revoked_at is not None}
        if len(self._keys) != len(given):
            raise SettingError(
                Words("a kid stands twice among the keys of one peer", "同一对端的密钥中 kid 重复"),
                Words("a kid of its own for every key", "每个密钥使用不同的 kid"),
                setting="keys",
            )

    @classmethod
    def of(cls, records: Iterable[KeyRecord]) -> Self:
        """The keys that are registered.

        Raises:
            ConfigError: A key cannot be read, is weak, or a ``kid`` stands twice.
        """
        return cls(record.key() for record in records)

    def under(self, above: Iterable[PeerKey]) -> "KeyRing":
        """These keys with others, which stand above those of the same ``kid``."""
        return KeyRing({**self._keys, **{key.kid: key for key in above}}.values())

    def __iter__(self) -> Iterator[PeerKey]:
        return iter(self._keys.values())

    def at(self, kid: str, instant: datetime) -> PeerKey:
        """The key that may be believed at ``instant``.

        Raises:
            TrustError: ``sig.key-unknown`` or ``sig.key-state``.
        """
        key = self._keys.get(kid)
        if key is None:
            raise TrustError(
                "sig.key-unknown",
                Words(f"key {kid[:64]!r} is not registered for this peer", f"密钥 {kid[:64]!r} 未为该对端登记"),
            )
        state = key.life.state(instant)
        if self._revoked and public_pem(key.public) in self._revoked:
            state = "revoked"  # whatever name it goes by now
        if state not in BELIEVED:
            raise TrustError(
                "sig.key-state",
                Words(
                    f"key {kid[:64]!r} is {state} at {instant.isoformat()}",
                    f"密钥 {kid[:64]!r} 于 {instant.isoformat()} 的状态为 {state}",
                ),
            )
        return key


def write_pair(folder: Path, name: str, key: PrivateKey) -> tuple[Path, Path]:
    """Write ``name.pem`` (mode 0600 from its first moment) and ``name.pub.pem``; gives both paths.

    ``key`` comes from the caller. An existing key is never overwritten.

    Raises:
        ConfigError: One of the files exists already, or the folder cannot be written.
    """
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    write_new(private, private_pem(key), 0o600)
    write_new(public, public_pem(key.public_key()), 0o644)
    return private, public


def write_encrypted_pair(folder: Path, name: str, key: PrivateKey, passphrase: bytes) -> tuple[Path, Path]:
    """Write ``name.pem`` (encrypted, mode 0600) and ``name.pub.pem``; gives both paths.

    Raises:
        ConfigError: One of the files exists already, or the folder cannot be written.
    """
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    write_new(private, private_pem(key, passphrase), 0o600)
    write_new(public, public_pem(key.public_key()), 0o644)
    return private, public


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file with this mode from its first moment; once this returns it outlasts a loss of power.

    Raises:
        ConfigError: It exists already, or cannot be written.
    """
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise ConfigError(
            Words(
                f"{path} exists; move it away or choose another name for the key",
                f"{path} 已存在；请先移走，或为密钥另取名称",
            )
        ) from error
    except OSError as error:
        raise ConfigError(
            Words(f"cannot write {path} ({why_not(error)})", f"无法写入 {path}（{why_not(error).zh}）"),
            cure=Words("name a folder that this account may write to", "改为本账号可写入的目录"),
        ) from error
    with os.fdopen(opened, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(opened)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
