"""How each outside system talks. ``load(name)`` imports one adapter and takes its ``SPEC``."""

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from connectors.port import Spec
from schemas.errors import ConfigError, SettingError
from schemas.words import Words

_WORLDS = ("people", "attendance", "learning", "credential", "access", "notification", "generic")


def load(name: str) -> Spec:
    """The ``SPEC`` of adapter ``world/system``; packages from elsewhere join by entry-point group ``connectors``.

    Raises:
        ConfigError: There is no such adapter.
    """
    if elsewhere := _from_elsewhere().get(name):
        found = elsewhere.load()
    else:
        try:
            found = import_module(f"connectors.{name.replace('/', '.')}").SPEC
        except ModuleNotFoundError as missing:
            raise SettingError(
                Words(f"adapter {name!r}, which does not exist", f"不存在的适配器 {name!r}"),
                Words("world/system, for example access/scim", "“类别/系统”，如 access/scim"),
                setting="adapter",
                code="ref.unknown-name",
            ) from missing
    if not isinstance(found, Spec):
        raise ConfigError(
            Words(f"adapter {name!r} has no SPEC", f"适配器 {name!r} 没有 SPEC"),
            cure=Words(
                "its package must give one by the name SPEC; `licet connectors` lists those that are shipped",
                "适配器包须提供名为 SPEC 的说明；用 `licet connectors` 查看内置适配器",
            ),
        )
    return found


@cache
def _from_elsewhere() -> dict[str, EntryPoint]:
    """The adapters of other packages by name: what is installed is looked through once."""
    return {each.name: each for each in reversed(tuple(entry_points(group="connectors")))}


def shipped() -> list[str]:
    """The names of the adapters that come with the hub, without importing one."""
    here = Path(__file__).parent
    worlds = (each for each in here.iterdir() if each.name in _WORLDS)
    return sorted(
        f"{world.name}/{each.stem}" for world in worlds for each in world.iterdir() if each.name[0] not in "_."
    )
