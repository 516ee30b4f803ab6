"""The files of an interface as they were approved: a folder, and the digest of each file that may be read in it."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path

from schemas.errors import SettingError
from schemas.words import Words

_MOST_BYTES = 4 << 20
_MOST_FILES = 64


class PinnedFiles:
    """What a WSDL may be read from. The bytes that were compared are the bytes that are handed out.

    Nothing else is loaded: no address, no file of another folder, none that is not pinned.
    """

    def __init__(self, main: Path, pinned: Mapping[str, str]) -> None:
        """Read all files and compare them.

        Raises:
            ConfigError: One is missing, too large, elsewhere, or not what its digest says.
        """
        self.main = main
        self._folder = main.resolve().parent
        if len(pinned) > _MOST_FILES:
            raise _wrong(
                f"{len(pinned)} files", f"{len(pinned)} 个文件", f"{_MOST_FILES} at most", f"不超过 {_MOST_FILES} 个"
            )
        self._files = {name: self._compared(name, digest) for name, digest in pinned.items()}
        self._named(str(main))

    @property
    def contents(self) -> Collection[bytes]:
        """The contents of all files."""
        return self._files.values()

    def load(self, location: str) -> bytes:
        """The content of a file, by its place.

        Raises:
            ConfigError: It is none of those that are pinned.
        """
        return self._files[self._named(location)]

    def _named(self, location: str) -> str:
        """The name under which a place is pinned."""
        name = _name_in(self._folder, location)
        if name not in self._files:
            expected = f'"{name}" = "{_digest(_content(self._folder, name))}"'
            raise _wrong(f"no digest of {name}", f"缺少 {name} 的摘要", expected, expected)
        return name

    def _compared(self, name: str, digest: str) -> bytes:
        content = _content(self._folder, name)
        found = _digest(content)
        if found != digest.lower():
            raise _wrong(
                f"{name} of another content, SHA-256 {found}",
                f"{name} 内容不同，SHA-256 为 {found}",
                f"{digest.lower()}: the file as it was pinned, or the new digest once somebody has looked at it",
                f"{digest.lower()}：即登记时的文件；如已核对新文件，请更新摘要",
            )
        return content


class FoundFiles:
    """What a WSDL is read from that nobody has pinned yet: files of its folder alone; ``digests`` are theirs."""

    def __init__(self, main: Path) -> None:
        self.main = main
        self._folder = main.resolve().parent
        self.digests: dict[str, str] = {}

    def load(self, location: str) -> bytes:
        """The content of a file, by its place.

        Raises:
            ConfigError: It is elsewhere, or cannot be read.
        """
        name = _name_in(self._folder, location)
        content = _content(self._folder, name)
        self.digests[name] = _digest(content)
        return content


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _name_in(folder: Path, location: str) -> str:
    """The name of a place within a folder."""
    found = Path(location).resolve() if "://" not in location else None
    if found is None or not found.is_relative_to(folder):
        raise SettingError(
            Words(f"an import of {location[:200]}", f"导入 {location[:200]}"),
            Words(
                f"files of {folder.name}/ alone: save it there, name it so in the import, and pin it",
                f"仅限 {folder.name}/ 中的文件：请将其保存到该文件夹，在导入处改用其文件名，并登记摘要",
            ),
            setting="wsdl",
        )
    return found.relative_to(folder).as_posix()


def _content(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder)
        content = path.read_bytes() if inside and path.stat().st_size <= _MOST_BYTES else None
    except (OSError, ValueError) as error:
        raise SettingError(
            Words(f"{name[:200]}, which cannot be read", f"无法读取 {name[:200]}"),
            Words(f"a file in {folder.name}/", f"{folder.name}/ 中的文件"),
            setting="pinned",
            code="config.file",
        ) from error
    if content is None:
        raise _wrong(
            f"{name[:200]}, elsewhere or too large",
            f"{name[:200]} 位置不符或过大",
            f"a file in {folder.name}/ of {_MOST_BYTES >> 20} MiB at most",
            f"{folder.name}/ 中不超过 {_MOST_BYTES >> 20} MiB 的文件",
        )
    return content


def _wrong(found: str, found_zh: str, expected: str, expected_zh: str) -> SettingError:
    return SettingError(Words(found, found_zh), Words(expected, expected_zh), setting="pinned")
