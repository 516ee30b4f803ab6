"""Private keys in the keyring of the operating system: Secret Service, macOS Keychain, Windows Credential Manager.

They lie there as encrypted as in files, under the same secret, so that neither of the two alone opens them.
"""

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from connectors.algorithms import Algorithm, PrivateKey, PublicKey
from hub.keys.vault import Closing, FileVault
from schemas.errors import ConfigError
from schemas.words import Words

ANSWER_SECONDS = 20.0
"""A keyring that wants somebody to unlock it does not answer."""

T = TypeVar("T")


class RingVault:
    """Private keys of one hub; those that lie in files are opened there still."""

    def __init__(self, hub: str, secret: bytes, files: FileVault, seconds: float = ANSWER_SECONDS) -> None:
        """Look whether there is a keyring.

        Raises:
            ConfigError: ``keyring`` is not installed, or has no place where it could keep anything.
        """
        self._service, self._seconds, self._files = f"licet {hub}", seconds, files
        self._closing = Closing(secret)
        self._ring = _ring()

    def make(self, algorithm: Algorithm) -> PublicKey:
        """Have the keyring hold a new key, and give it back once: what is not there afterwards is published by nobody.

        Raises:
            ConfigError: It does not take it.
        """
        kid, public, pem = self._closing.made(algorithm)
        self._asked(lambda: self._ring.set_password(self._service, kid, pem.decode()))
        if self.pem(kid) != pem:
            raise ConfigError(
                Words(
                    f'the keyring ({self._name}) took key {kid!r} and does not give it back; use vault = "file"',
                    f'系统密钥环（{self._name}）未能保存密钥 {kid!r}；请改用 vault = "file"',
                )
            )
        return public

    def private(self, kid: str, algorithm: Algorithm) -> PrivateKey:
        """The private key of a name.

        Raises:
            ConfigError: It is neither there nor in a file, or another secret opens it.
        """
        if self._files.holds(kid):
            return self._files.private(kid, algorithm)
        pem = self.pem(kid)
        if pem is None:
            raise ConfigError(
                Words(
                    f"the keyring ({self._name}) has no key {kid!r}; expected the one of the user who made it, as whom"
                    " the hub must run",
                    f"系统密钥环（{self._name}）中没有密钥 {kid!r}；平台须以创建该密钥的系统用户运行",
                )
            )
        return self._closing.opened(pem, algorithm, f"{self._service}/{kid}")

    def pem(self, kid: str) -> bytes | None:
        """What the keyring holds of a name, encrypted as it is: for a backup.

        Raises:
            ConfigError: It does not answer.
        """
        found = self._asked(lambda: self._ring.get_password(self._service, kid))
        return None if found is None else str(found).encode()

    @property
    def _name(self) -> str:
        return type(self._ring).__module__.removeprefix("keyring.backends.")

    def _asked(self, question: Callable[[], T]) -> T:
        """What the keyring says, within some time."""
        answers: SimpleQueue[tuple[T | None, Exception | None]] = SimpleQueue()

        def ask() -> None:
            try:
                answers.put((question(), None))
            except Exception as error:  # whatever a keyring of others raises is told below
                answers.put((None, error))

        Thread(target=ask, name="keyring", daemon=True).start()
        with suppress(Empty):
            found, error = answers.get(timeout=self._seconds)
            if error is None:
                return found  # type: ignore[return-value]  # no error, so it was found
            raise ConfigError(
                Words(
                    f"the keyring ({self._name}) refuses: {type(error).__name__}; unlock it for the user of the hub",
                    f"系统密钥环（{self._name}）拒绝访问：{type(error).__name__}；请以平台用户解锁",
                )
            ) from error
        raise ConfigError(
            Words(
                f"the keyring ({self._name}) gave no answer in {self._seconds:.0f} s; it may wait to be unlocked",
                f"系统密钥环（{self._name}）在 {self._seconds:.0f} 秒内无应答；可能等待解锁",
            )
        )


def _ring() -> Any:
    """The keyring that is in use.

    Raises:
        ConfigError: There is none.
    """
    try:
        import keyring  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError(
            Words(
                "[keys] vault = \"keyring\": found no such library; pip install 'licet[keyring]'",
                "[keys] vault = \"keyring\"：未安装扩展；pip install 'licet[keyring]'",
            )
        ) from error
    found = keyring.get_keyring()
    if found.priority <= 0:  # those that keep nothing: ``fail`` and ``null``
        kind = type(found).__module__
        raise ConfigError(
            Words(
                f"[keys] vault: found no keyring here ({kind}), expected Secret Service, Keychain or Credential Manager"
                ' of the user of the hub; or vault = "file"',
                f"[keys] vault：此处没有系统密钥环（{kind}）；须有平台用户的 Secret Service、Keychain 或凭据管理器，"
                '否则用 vault = "file"',
            )
        )
    return found
