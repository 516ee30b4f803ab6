"""The files of listeners that speak TLS: each is there, in PEM form, and they belong together."""

import ssl
from collections.abc import Iterator
from pathlib import Path

from hub.config.settings import ListenerSettings, Settings
from hub.config.settings_file import SettingsFile
from hub.rules.files.finding import Finding
from schemas.words import Words

_BOTH = Words("certificate and key, which belong together", "certificate 与 key 同时填写")
_FILES = ("certificate", "key", "client_ca")


def listener_files(path: Path, file: SettingsFile, settings: Settings) -> Iterator[Finding]:
    """What is wrong with certificate, key and authorities of each listener."""
    for name, listener in settings.listeners.items():
        at = ("listeners", name)
        if bool(listener.certificate) != bool(listener.key):
            found = Words("one of certificate and key", "certificate 与 key 只填了一项")
            yield file.fault((*at, "certificate" if listener.certificate else "key"), found, _BOTH)
        elif listener.client_ca and not listener.certificate:
            found = Words("client_ca without a certificate", "只有 client_ca，没有 certificate")
            yield file.fault(
                (*at, "client_ca"), found, Words("a certificate and its key beside it", "同时填写 certificate 与 key")
            )
        else:
            yield from _unreadable(path, file, listener, at)


def _unreadable(path: Path, file: SettingsFile, listener: ListenerSettings, at: tuple[str, ...]) -> Iterator[Finding]:
    named = {each: str(getattr(listener, each)) for each in _FILES if getattr(listener, each)}
    missing = [each for each, place in named.items() if not (path / place).is_file()]
    for each in missing:
        found = Words(f"no file {named[each]}", f"没有文件 {named[each]}")
        yield file.fault((*at, each), found, Words("a file in PEM form", "PEM 格式的文件"), code="config.file")
    if named and not missing and (odd := _odd(path, listener)):
        found = Words(f"what cannot be read in {getattr(listener, odd)}", f"{getattr(listener, odd)} 的内容无法读取")
        expected = Words(
            "PEM files that belong together: certificate, key, client_ca", "相互匹配的 PEM 文件：证书、私钥、受信任机构"
        )
        yield file.fault((*at, odd), found, expected, code="config.file")


def _odd(path: Path, listener: ListenerSettings) -> str:
    """The setting of the file that cannot be used; empty where all can."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(path / listener.certificate, path / listener.key)
    except (OSError, ssl.SSLError):
        return "certificate"
    try:
        if listener.client_ca:
            context.load_verify_locations(path / listener.client_ca)
    except (OSError, ssl.SSLError):
        return "client_ca"
    return ""
