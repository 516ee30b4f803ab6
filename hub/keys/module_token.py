"""One token of a key module (PKCS #11): a hardware module, a network one, or one of software.

Source:  PKCS #11 3.0 (OASIS), as the library python-pkcs11 speaks it.
"""

from collections.abc import Callable
from threading import Lock, RLock
from typing import Any, NamedTuple, TypeVar

from pydantic import SecretStr

from schemas.errors import ConfigError, UnavailableError
from schemas.words import Words

T = TypeVar("T")

_LOST = {
    "DeviceError", "DeviceRemoved", "KeyHandleInvalid", "ObjectHandleInvalid", "SessionClosed", "SessionHandleInvalid",
    "TokenNotPresent", "UserNotLoggedIn",
}  # fmt: skip
"""What a module says after it was started anew, or pulled: a new session may find the key again."""


class Place(NamedTuple):
    """Where a token is: the library of its module, its label, and what opens it."""

    module: str
    label: str
    pin: SecretStr

    def __str__(self) -> str:
        return f"{self.label} ({self.module})"


class ModuleToken:
    """A token that is logged into; one session, which one thread uses at a time."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lock = RLock()
        self._session: Any = None
        self._refused = False

    def use(self, work: Callable[[Any], T]) -> T:
        """What ``work`` gives of the session; once more with a new one where the module has lost it.

        Raises:
            ConfigError: There is no such module or token, or another PIN opens it; a PIN that was refused is not tried
                again, for three tries lock most tokens for good.
            UnavailableError: ``keys.module``: it does not do it.
        """
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 - an extra

        with self._lock:
            lost = self._session is not None
            try:
                return work(self._opened())
            except PKCS11Error as error:
                if not lost or type(error).__name__ not in _LOST:
                    raise self._failed(error) from error
            self._close()
            try:
                return work(self._opened())
            except PKCS11Error as error:
                raise self._failed(error) from error

    def _opened(self) -> Any:
        if self._session is None:
            self._session = self._open()
        return self._session

    def _open(self) -> Any:
        from pkcs11.exceptions import PinIncorrect, PinInvalid, PinLenRange, PinLocked  # noqa: PLC0415 - an extra

        if self._refused:
            raise self._wrong_pin()
        found = self._found()
        try:
            return found.open(rw=True, user_pin=self._place.pin.get_secret_value())
        except (PinIncorrect, PinInvalid, PinLenRange, PinLocked) as error:
            self._refused = True
            raise self._wrong_pin() from error

    def _found(self) -> Any:
        from pkcs11 import lib  # noqa: PLC0415 - an extra
        from pkcs11.exceptions import MultipleTokensReturned, NoSuchToken  # noqa: PLC0415 - an extra

        try:
            module = lib(self._place.module)
        except (RuntimeError, OSError) as error:
            raise _unset(
                f"cannot load the module {self._place.module} ({error}), expected the library of its maker",
                f"无法加载密码模块 {self._place.module}（{error}）；应为厂商提供的动态库",
                "module",
            ) from error
        try:
            return module.get_token(token_label=self._place.label)
        except (NoSuchToken, MultipleTokensReturned) as error:
            labels = sorted({str(slot.get_token().label) for slot in module.get_slots(token_present=True)})
            there = ", ".join(each for each in labels if each) or "none"
            how_many = "several tokens" if isinstance(error, MultipleTokensReturned) else "no token"
            raise _unset(
                f"found {how_many} {self._place.label!r}, expected one of {there}",
                f"名为 {self._place.label!r} 的令牌不存在或不唯一，现有：{there}",
                "token",
            ) from error

    def _wrong_pin(self) -> ConfigError:
        return _unset(
            f"the token {self._place} refuses its PIN, which is not tried again before the next start",
            f"令牌 {self._place} 拒绝 PIN；重新启动前不再尝试，以免锁定",
            "pin",
        )

    def _close(self) -> None:
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 - an extra

        session, self._session = self._session, None
        try:
            session.close()
        except PKCS11Error:  # it is lost already
            return

    def _failed(self, error: Exception) -> UnavailableError:
        name = type(error).__name__
        return UnavailableError(
            "keys.module",
            Words(
                f"the token {self._place} says {name}; look at the module",
                f"密码模块 {self._place} 返回 {name}；请检查该模块",
            ),
        )


_tokens: dict[Place, ModuleToken] = {}
_adding = Lock()


def token_at(place: Place) -> ModuleToken:
    """The token of a place, one for the whole process: a module knows one log-in of each.

    Raises:
        ConfigError: The extra is not installed.
    """
    try:
        import pkcs11  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise _unset(
            "found no such library; pip install 'licet[pkcs11]'", "未安装扩展；pip install 'licet[pkcs11]'", "vault"
        ) from error
    with _adding:
        return _tokens.setdefault(place, ModuleToken(place))


def _unset(english: str, chinese: str, setting: str) -> ConfigError:
    return ConfigError(
        Words(f"[keys] {setting}: {english}", f"[keys] {setting}：{chinese}"),
        cure=Words(
            "mend [keys] in licet.toml, then `licet check`", "更正 licet.toml 中的 [keys]，再执行 `licet check`"
        ),
    )
